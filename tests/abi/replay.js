// Asks a module what the native core was asked, and holds its answers against that one's. The files
// are those of tests/harness/frames.hpp.
import { expect } from 'vitest';
import { instantiate } from '../../bindings/core.js';

/** Half of what an isolate has; JavaScript keeps the same texts once more. */
const MEMORY_MOST = 64 * 1024 * 1024;

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
 * @returns {Buffer} of the module's own memory, valid until the next call */
function answerOf(core, call, frame) {
  const address = core.pos_input(frame.length);
  new Uint8Array(core.memory.buffer, address, frame.length).set(frame);
  const size = core[call](frame.length);
  return Buffer.from(core.memory.buffer, core.pos_output(), size);
}

/** Replays a file; returns how many calls that were.
 * @param {WebAssembly.Module} module
 * @param {Buffer} bytes
 * @returns {number} */
export function replay(module, bytes) {
  let core = instantiate(module);
  let count = 0;
  let peak = 0;
  for (const { tag, input, output } of exchanges(bytes)) {
    if (tag === 's' && count > 0) core = instantiate(module);
    const answer = answerOf(core, tag === 's' ? 'pos_start' : 'pos_step', input);
    // Texts are compared only to be shown: they are easier on the eye.
    if (!answer.equals(output)) {
      expect(answer.toString()).toBe(output.toString());
      expect.unreachable('the answers differ in bytes that are no text');
    }
    peak = Math.max(peak, core.memory.buffer.byteLength);
    count += 1;
  }
  expect(peak).toBeLessThan(MEMORY_MOST);
  return count;
}
