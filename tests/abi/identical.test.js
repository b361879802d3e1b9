// The native core, the module that ships and the one that Emscripten builds give the same answers,
// byte for byte: to whole ticks with all their faults, to operators, and to texts of every kind.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { instantiate } from '../../bindings/core.js';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));

// Recorded anew, so that they are never those of an older core.
const directory = mkdtempSync(path.join(tmpdir(), 'pos-traces-'));
execFileSync(path.join(BUILD, 'native', 'pos_traces'), [directory]);
afterAll(() => rmSync(directory, { recursive: true }));

const traces = readdirSync(directory).map((file) => ({
  name: path.basename(file, '.trace'),
  bytes: readFileSync(path.join(directory, file)),
}));

/** Frames that went in, and the native core's answers; `s` starts a job in a new instance.
 * @param {Buffer} bytes
 * @returns {Generator<{tag: string, input: Buffer, output: Buffer}>} */
function* exchanges(bytes) {
  let at = 0;
  const record = () => {
    const tag = String.fromCharCode(bytes[at]);
    const length = bytes.readUInt32LE(at + 1);
    at += 5 + length;
    return { tag, frame: bytes.subarray(at - length, at) };
  };
  while (at < bytes.length) {
    const { tag, frame: input } = record();
    yield { tag, input, output: record().frame };
  }
}

/** @param {import('../../bindings/core.js').Exports} core
 * @param {'pos_start' | 'pos_step'} call
 * @param {Buffer} frame
 * @returns {Buffer} */
function answerOf(core, call, frame) {
  const address = core.pos_input(frame.length);
  new Uint8Array(core.memory.buffer, address, frame.length).set(frame);
  const size = core[call](frame.length);
  return Buffer.from(core.memory.buffer, core.pos_output(), size);
}

test('the traces hold ticks, operators and odd texts', () => {
  expect(traces.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['fifty-orders', 'payloads', 'replies', 'operators', 'json', 'identities']),
  );
  expect(traces.filter(({ name }) => name.startsWith('faults-')).length).toBeGreaterThan(3);
});

describe.each(['wasi', 'emscripten'])('the module built by %s answers as the native core', (toolchain) => {
  const module = new WebAssembly.Module(readFileSync(path.join(BUILD, toolchain, 'pos_sync.wasm')));

  test.each(traces)('$name', ({ bytes }) => {
    let core = instantiate(module);
    let count = 0;
    let peak = 0;
    for (const { tag, input, output } of exchanges(bytes)) {
      if (tag === 's') core = instantiate(module);
      const answer = answerOf(core, tag === 's' ? 'pos_start' : 'pos_step', input);
      // Texts are compared only to be shown: they are easier on the eye.
      if (!answer.equals(output)) expect(answer.toString()).toBe(output.toString());
      expect(answer.equals(output)).toBe(true);
      peak = Math.max(peak, core.memory.buffer.byteLength);
      count += 1;
    }
    expect(count).toBeGreaterThan(4);
    // Half of what an isolate has; JavaScript keeps the same texts once more.
    expect(peak).toBeLessThan(64 * 1024 * 1024);
  });
});
