// The native core, the module that ships and the one that Emscripten builds give the same answers,
// byte for byte: to whole ticks with all their faults, to operators, and to texts of every kind.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { replay } from './replay.js';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));

// Recorded anew, so that they are never those of an older core.
const directory = mkdtempSync(path.join(tmpdir(), 'pos-traces-'));
execFileSync(path.join(BUILD, 'native', 'pos_traces'), [directory]);
afterAll(() => rmSync(directory, { recursive: true }));

const traces = readdirSync(directory).map((file) => ({
  name: path.basename(file, '.trace'),
  bytes: readFileSync(path.join(directory, file)),
}));

test('the traces hold ticks, operators and odd texts', () => {
  expect(traces.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['fifty-orders', 'payloads', 'replies', 'operators', 'json', 'identities']),
  );
  expect(traces.filter(({ name }) => name.startsWith('faults-')).length).toBeGreaterThan(3);
});

describe.each(['wasi', 'emscripten'])('the module built by %s answers as the native core', (toolchain) => {
  const module = new WebAssembly.Module(readFileSync(path.join(BUILD, toolchain, 'pos_sync.wasm')));

  test.each(traces)('$name', ({ bytes }) => {
    expect(replay(module, bytes)).toBeGreaterThan(4);
  });
});
