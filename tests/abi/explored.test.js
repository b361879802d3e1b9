// Every different call that the explorer makes of the core in its world of two ticks and one order
// (tests/explore), from the beginning of its job on: what is proved of the native core holds for the
// modules, byte for byte.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { replay } from './replay.js';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));
const directory = mkdtempSync(path.join(tmpdir(), 'pos-explored-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = path.join(directory, 'calls.trace');
const said = execFileSync(path.join(BUILD, 'native', 'pos_explore'), ['traces', file], { encoding: 'utf8' });
const [different, calls] = [...said.matchAll(/\d+/g)].map(Number);

test.each(['wasi', 'emscripten'])(
  `the module built by %s makes the same of each of the ${different} calls that the explorer met`,
  (toolchain) => {
    const module = new WebAssembly.Module(readFileSync(path.join(BUILD, toolchain, 'pos_sync.wasm')));
    expect(different).toBeGreaterThan(1000);
    expect(replay(module, readFileSync(file))).toBe(calls);
  },
  60_000,
);
