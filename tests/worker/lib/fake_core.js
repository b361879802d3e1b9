// A core that does what a test tells it to: its answers are a script.

/** @import { Core, Frame } from '../../../bindings/core.js' */

/** @typedef {Record<string, any>} Json */

const encoder = new TextEncoder();

/** @param {string} text */
export const bytesOf = (text) => encoder.encode(text);

/** An answer of the core: commands, with their attachments taken from `bytes` and `parameters`.
 * @param {...Json} commands
 * @returns {Frame} */
export function answer(...commands) {
  /** @type {Uint8Array[]} */
  const attachments = [];
  const written = commands.map(({ bytes, parameters, ...command }) => {
    if (bytes !== undefined) attachments.push(bytes);
    if (parameters) attachments.push(...parameters.map(bytesOf));
    return {
      ...command,
      ...(bytes === undefined ? {} : { body_bytes: bytes.length }),
      ...(parameters ? { parameter_bytes: parameters.map((/** @type {string} */ p) => p.length) } : {}),
    };
  });
  return { header: { commands: written }, attachments };
}

/** The end of a job, with the given text for a body.
 * @param {string} [text]
 * @param {number} [status] */
export const done = (text = '{}', status = 200) =>
  answer({ do: 'done', status, retry_after_seconds: 0, bytes: bytesOf(text) });

/** @typedef {{header: Json, attachments: readonly Uint8Array[]}} Call */

/** A core that gives the answers of its script one after another, and keeps what it is called with.
 * @param {...(Frame | ((call: Call) => Frame))} script */
export function scripted(...script) {
  /** @type {Call[]} */
  const calls = [];
  /** @param {Json} header @param {readonly Uint8Array[]} attachments */
  const next = (header, attachments) => {
    const call = { header, attachments };
    const frame = script[calls.push(call) - 1];
    return typeof frame === 'function' ? frame(call) : frame;
  };
  const core = /** @type {Core} */ (/** @type {unknown} */ ({ start: next, step: next }));
  /** All outcomes so far, in the order in which the core got them. */
  const outcomes = () => calls.slice(1).flatMap(({ header }) => header.outcomes);
  return { core, calls, outcomes };
}
