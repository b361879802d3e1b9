// The size of the module that ships.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { moduleOf, SHIPPED_MODULE } from '../../scripts/lib/cmake.mjs';
import { which } from '../../scripts/lib/run.mjs';
import { LIMIT } from './budget.js';

/** @import { Line } from './table.js' */

/** How it was optimised: a build folder remembers what it was first configured with. */
function howBuilt() {
  const preset = existsSync(moduleOf('wasi')) ? 'wasi' : 'emscripten';
  const cache = readFileSync(path.join(path.dirname(moduleOf(preset)), 'CMakeCache.txt'), 'utf8');
  const flags = /^POS_SYNC_WASM_OPTIMISATION:\w+=(.*)$/m.exec(cache)?.[1] ?? 'its default flags';
  return `built by ${preset} with ${flags}`;
}

/** As gzip itself packs it: Node's own zlib differs from it by a percent. */
const gzipped = () =>
  which('gzip')
    ? execFileSync('gzip', ['-9', '-n', '-c', SHIPPED_MODULE])
    : gzipSync(readFileSync(SHIPPED_MODULE), { level: 9 });

/** @returns {Line[]} */
export function measureModule() {
  const bytes = readFileSync(SHIPPED_MODULE);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  const section = 'Module: build/pos_sync.wasm';
  return [
    { section, name: 'bytes', value: bytes.length, limit: LIMIT.bytes, note: howBuilt() },
    { section, name: 'bytes after gzip -9', value: gzipped().length, limit: LIMIT.gzip },
    {
      section,
      name: 'imports',
      value: imports.length,
      limit: LIMIT.imports,
      note: imports.map(({ module, name }) => `${module}.${name}`).join(', '),
    },
  ];
}
