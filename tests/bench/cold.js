// One tick in a process that has run none before: `node cold.js MODULE FRAMES`.
import { readFileSync } from 'node:fs';
import { instantiate } from '../../bindings/core.js';

const [moduleFile, framesFile] = process.argv.slice(2);
const bytes = readFileSync(moduleFile);
/** @type {Uint8Array[]} */
const frames = JSON.parse(readFileSync(framesFile, 'utf8')).map((/** @type {string} */ text) =>
  Buffer.from(text, 'base64'),
);

const began = performance.now();
const module = new WebAssembly.Module(bytes);
const compiled = performance.now();
const exports = instantiate(module);
const instantiated = performance.now();
for (const [i, frame] of frames.entries()) {
  const at = exports.pos_input(frame.length);
  new Uint8Array(exports.memory.buffer, at, frame.length).set(frame);
  if (i === 0) exports.pos_start(frame.length);
  else exports.pos_step(frame.length);
}
const ended = performance.now();
console.log(
  JSON.stringify({
    compile: compiled - began,
    instance: instantiated - compiled,
    tick: ended - compiled,
  }),
);
