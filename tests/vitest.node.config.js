// Tests that need Node itself: processes, sockets and files.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/{twin,abi,e2e,scripts}/**/*.test.js'],
  },
});
