// Builds the modules that the worker imports, build/pos_sync.wasm and build/pos_repair.wasm: with
// wasi's toolchain, or with Emscripten where that is the only one. wrangler runs this before it serves
// or deploys, so it is quick and silent when there is nothing to do.

import { existsSync } from 'node:fs';
import { build, moduleOf, ship } from './lib/cmake.mjs';
import { findEmscripten, findWasi } from './lib/toolchains.mjs';

/**
 * The toolchain to build with. One that has built before is taken at its word: asking the compilers
 * takes longer than a build with nothing to do.
 * @returns {'wasi' | 'emscripten' | null}
 */
function choose() {
  if (existsSync(moduleOf('wasi'))) return 'wasi';
  if (findWasi()) return 'wasi';
  return findEmscripten() ? 'emscripten' : null;
}

const preset = choose();
if (!preset) {
  console.error('build: no wasm toolchain: run npm run setup');
  process.exit(1);
}
const { code, output } = await build(preset);
if (code !== 0) {
  console.error(output.trimEnd());
  console.error(`build: the ${preset} build failed`);
  process.exit(1);
}
ship(preset);
if (!output.includes('no work to do')) console.log(`build: build/pos_sync.wasm, build/pos_repair.wasm (${preset})`);
