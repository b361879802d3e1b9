// The JavaScript side of bindings/abi.h: frames in, frames out. It knows nothing of orders.

/** The version of bindings/abi.h that this file speaks. */
const ABI_VERSION = 1;

const HEADER_AT = 4;

/** Texts of more UTF-16 units than this are not given three bytes for each. */
const LARGE = 100_000;

const encoder = new TextEncoder();
// An answer that is not UTF-8 is a defect to be seen, not to be patched over with U+FFFD.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * @typedef {object} Exports what the module exports; bindings/abi.h describes each
 * @property {WebAssembly.Memory} memory
 * @property {() => void} _initialize
 * @property {() => number} pos_abi_version
 * @property {(size: number) => number} pos_input
 * @property {(size: number) => number} pos_start
 * @property {(size: number) => number} pos_step
 * @property {() => number} pos_output
 * @property {() => number} pos_statements
 */

/**
 * @template [Header=Record<string, any>] of commands: CommandsHeader of protocol.d.ts
 * @typedef {object} Frame
 * @property {Header} header
 * @property {Uint8Array[]} attachments those that the header names by their lengths, in order;
 *   copies, which stay valid for as long as anyone likes
 */

/**
 * @typedef {object} Statement
 * @property {string} sql
 * @property {number} parameters how many of its batch's parameters it takes: the first ones
 */

/** The core ended where it must never end; its instance cannot be used any more. */
export class CoreTrapped extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super(`the core trapped: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.name = 'CoreTrapped';
  }
}

/**
 * A fresh instance of the core. It takes some ten microseconds: one job, one instance.
 * @param {WebAssembly.Module} module
 * @returns {Exports}
 */
export function instantiate(module) {
  const instance = new WebAssembly.Instance(module);
  const exports = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
  exports._initialize();
  const version = exports.pos_abi_version();
  if (version !== ABI_VERSION) {
    throw new Error(`the module speaks version ${version} of the ABI, this host ${ABI_VERSION}`);
  }
  return exports;
}

/** One job. */
export class Core {
  /** @type {Exports | null} null once it trapped */
  #exports;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#exports = instantiate(module);
  }

  /**
   * Every SQL statement that a job may name, by its name.
   * @param {WebAssembly.Module} module
   * @returns {Record<string, Statement>}
   */
  static statements(module) {
    const exports = instantiate(module);
    const size = exports.pos_statements();
    return JSON.parse(decoder.decode(output(exports, size)));
  }

  /**
   * Makes the job.
   * @param {object} header
   * @param {readonly Uint8Array[]} [attachments] in the order of their lengths in the header
   * @returns {Frame} the first commands
   */
  start(header, attachments = []) {
    return this.#call('pos_start', header, attachments);
  }

  /**
   * Feeds the job what came of its commands.
   * @param {object} header
   * @param {readonly Uint8Array[]} [attachments] in the order of their lengths in the header
   * @returns {Frame} the next commands
   */
  step(header, attachments = []) {
    return this.#call('pos_step', header, attachments);
  }

  /**
   * @param {'pos_start' | 'pos_step'} name
   * @param {object} header
   * @param {readonly Uint8Array[]} attachments
   * @returns {Frame}
   */
  #call(name, header, attachments) {
    const exports = this.#exports;
    if (!exports) throw new Error('this core has trapped: what it holds is undefined');
    const text = JSON.stringify(header);
    let bytes;
    try {
      bytes = output(exports, exports[name](write(exports, text, attachments)));
    } catch (error) {
      // The module imports nothing, so whatever is thrown in here comes from within it: a trap, or
      // a RangeError where the engine's own stack ran out.
      this.#exports = null;
      throw new CoreTrapped(error);
    }
    return read(bytes);
  }
}

/**
 * Writes a frame into the input buffer.
 * @param {Exports} exports
 * @param {string} text the header
 * @param {readonly Uint8Array[]} attachments
 * @returns {number} the frame's size
 */
function write(exports, text, attachments) {
  // A UTF-16 unit becomes three bytes at most. Where that would be much memory, the text is encoded
  // apart, and its size is known.
  const encoded = text.length > LARGE ? encoder.encode(text) : null;
  let size = HEADER_AT + (encoded ? encoded.length : 3 * text.length);
  for (const attachment of attachments) size += attachment.length;
  const address = exports.pos_input(size);
  const view = new Uint8Array(exports.memory.buffer, address, size);

  let at = HEADER_AT;
  if (encoded) {
    view.set(encoded, at);
    at += encoded.length;
  } else {
    const { read: units, written } = encoder.encodeInto(text, view.subarray(at));
    // encodeInto stops without a word where there is no room.
    if (units !== text.length) throw new Error('the header did not fit into its buffer');
    at += written;
  }
  new DataView(exports.memory.buffer, address).setUint32(0, at - HEADER_AT, true);

  for (const attachment of attachments) {
    view.set(attachment, at);
    at += attachment.length;
  }
  return at;
}

/**
 * A copy of the output buffer: the next call may move it, and growth detaches every view.
 * @param {Exports} exports
 * @param {number} size
 */
function output(exports, size) {
  const address = exports.pos_output();
  return new Uint8Array(exports.memory.buffer, address, size).slice();
}

/**
 * @param {Uint8Array} bytes
 * @returns {Frame}
 */
function read(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = HEADER_AT + view.getUint32(0, true);
  const header = JSON.parse(decoder.decode(bytes.subarray(HEADER_AT, at)));
  /** @type {Uint8Array[]} */
  const attachments = [];
  if (at < bytes.length) {
    for (const length of lengths(header)) attachments.push(bytes.subarray(at, (at += length)));
  }
  if (at !== bytes.length) throw new Error('the lengths in the header are not those of the frame');
  return { header, attachments };
}

/**
 * The lengths of the attachments that a header names, in order of appearance. A list of lengths
 * stands for as many attachments.
 * @param {unknown} value
 * @param {number[]} [found]
 * @returns {number[]}
 */
function lengths(value, found = []) {
  if (typeof value !== 'object' || value === null) return found;
  // Of a list the names are numbers.
  for (const [name, member] of Object.entries(value)) {
    if (name.endsWith('_bytes')) found.push(...[member].flat());
    else lengths(member, found);
  }
  return found;
}
