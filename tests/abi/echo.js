// A module with the door of bindings/abi.h that hands every frame back and traps in pos_step. What
// core.js does with frames is tested on it, whatever the real core would make of them.
//
// Assembled by hand: the tests must not need a compiler for it.

/** @param {number} value @returns {number[]} unsigned LEB128 */
function leb(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** @param {string} text */
const name = (text) => [...leb(text.length), ...new TextEncoder().encode(text)];

/** @param {number[][]} items */
const vector = (items) => [...leb(items.length), ...items.flat()];

/** @param {number} id @param {number[]} content */
const section = (id, content) => [id, ...leb(content.length), ...content];

/** @param {number[]} code */
const body = (code) => [...leb(code.length + 2), 0, ...code, 0x0b];

const I32 = 0x7f;
const UNREACHABLE = 0x00;
const CALL = 0x10;
const DROP = 0x1a;
const LOCAL_GET = 0x20;
const I32_CONST = 0x41;
const I32_ADD = 0x6a;
const I32_SHR_U = 0x76;
const MEMORY_GROW = [0x40, 0x00];

// Types: 0 nothing, 1 () -> i32, 2 (i32) -> i32.
const types = [
  [0x60, 0, 0],
  [0x60, 0, 1, I32],
  [0x60, 1, I32, 1, I32],
];

const BUFFER = [I32_CONST, ...leb(32)];

/** @param {number} version of the ABI that it speaks @returns {{name: string, type: number, code: number[]}[]} */
const functionsOf = (version) => [
  { name: '_initialize', type: 0, code: [] },
  { name: 'pos_abi_version', type: 1, code: [I32_CONST, ...leb(version)] },
  {
    // Grows at every call, so that every view taken before it is detached.
    name: 'pos_input',
    type: 2,
    code: [LOCAL_GET, 0, I32_CONST, 16, I32_SHR_U, I32_CONST, 1, I32_ADD, ...MEMORY_GROW, DROP, ...BUFFER],
  },
  { name: 'pos_start', type: 2, code: [LOCAL_GET, 0] },
  { name: 'pos_step', type: 2, code: [UNREACHABLE] },
  { name: 'pos_output', type: 1, code: BUFFER },
  { name: 'pos_statements', type: 1, code: [CALL, 1] },
];

/** @param {number} version below 64 */
export function echoOf(version) {
  const functions = functionsOf(version);
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(3, vector(functions.map(({ type }) => leb(type)))),
    ...section(5, [1, 0, 2]),
    ...section(
      7,
      vector([
        [...name('memory'), 2, 0],
        ...functions.map((entry, index) => [...name(entry.name), 0, ...leb(index)]),
      ]),
    ),
    ...section(10, vector(functions.map(({ code }) => body(code)))),
  ];
  return new WebAssembly.Module(new Uint8Array(bytes));
}

export const echo = echoOf(1);
