// The memory of the modules that ship, seen from outside: what no memory holds ends the job, and what is given
// back is used again.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Core, instantiate } from '../../bindings/core.js';

const MIB = 1024 * 1024;
const PAGE = 64 * 1024;

const MODULES = ['pos_sync.wasm', 'pos_repair.wasm'].map((name) => ({
  name, module: new WebAssembly.Module(readFileSync(new URL(`../../build/${name}`, import.meta.url))),
}));

const encoder = new TextEncoder();

describe.each(MODULES)('$name', ({ module }) => {
  test.each([
    ['more than there are addresses for', 0xffff_fff0], ['the last that is too much', 0xfffe_0000],
    ['more than any memory grows to', 0xfffd_0000], ['as much again', 0xfffd_ffff],
  ])('ends the job where it is asked for %s: nothing is written to address 0', (_what, size) => {
    const exports = instantiate(module);
    const before = new Uint8Array(exports.memory.buffer, 0, 64).slice();
    expect(() => exports.pos_input(size)).toThrow(WebAssembly.RuntimeError);
    expect(new Uint8Array(exports.memory.buffer, 0, 64)).toEqual(before);
  });

  test('ends the job where all memory that there can be is taken: its last page is not given away a second time', () => {
    const { memory, pos_input } = instantiate(module);
    for (let pages = 2 ** 15; pages >= 1; pages /= 2) {
      try {
        memory.grow(pages);
      } catch {
        // So much is not there: half of it may be.
      }
    }
    const last = new Uint8Array(memory.buffer, memory.buffer.byteLength - PAGE, 64).fill(7);
    expect(() => pos_input(MIB)).toThrow(WebAssembly.RuntimeError);
    expect(last).toEqual(new Uint8Array(64).fill(7));
  });

  test('traps on a frame of which nothing was lent', () => {
    for (const call of /** @type {const} */ (['pos_start', 'pos_step'])) {
      expect(() => instantiate(module)[call](1)).toThrow(WebAssembly.RuntimeError);
      const exports = instantiate(module);
      exports.pos_input(5);
      expect(() => exports[call](6)).toThrow(WebAssembly.RuntimeError);
    }
  });

  test('gives the old buffer back before it takes a larger one', () => {
    const { memory, pos_input } = instantiate(module);
    pos_input(4 * MIB);
    pos_input(5 * MIB);
    const { byteLength } = memory.buffer;
    // The two of before lie side by side, and are as large as this one.
    pos_input(9 * MIB);
    expect(memory.buffer.byteLength).toBe(byteLength);
  });

  test('does not grow with the number of its jobs', () => {
    const core = new Core(module);
    const exports = instantiate(module);
    const header = { job: 'no such job', text: 'x'.repeat(20_000), numbers: [0, -1, 1e3, 2 ** 53 - 1, -(2 ** 53 - 1)] };
    const frame = encoder.encode(JSON.stringify(header));
    const run = () => {
      const address = exports.pos_input(frame.length + 4);
      new DataView(exports.memory.buffer, address).setUint32(0, frame.length, true);
      new Uint8Array(exports.memory.buffer, address + 4, frame.length).set(frame);
      return exports.pos_start(frame.length + 4);
    };
    expect(run()).toBeGreaterThan(4);
    for (let i = 0; i < 10; i += 1) run();
    const { byteLength } = exports.memory.buffer;
    for (let i = 0; i < 500; i += 1) run();
    expect(exports.memory.buffer.byteLength).toBe(byteLength);
    const { header: answer } = core.start(header);
    expect(answer.commands.map((/** @type {{do: string}} */ each) => each.do)).toContain('done');
  });
});
