// tests/mutants/equivalent.txt: changes that change nothing, each with its reason. An entry is
//
//   wasm/audit/plan/plan.cpp
//   in int grade(const Pair& pair) {
//   - if (a < b) return x;
//   + if (a <= b) return x;
//   = a and b are never equal: they are ids of two orders
//
// An entry is found by its file and its lines, not by a line's number; `in`, which may be left out, is the
// definition that the line belongs to. A reason may go on in further lines that begin with `=`.
import { normal } from './text.mjs';

/** @import { Mutant } from './list.mjs' */

/**
 * @typedef {object} Entry
 * @property {number} line where it begins
 * @property {string} file
 * @property {string} scope
 * @property {string} before
 * @property {string} after
 * @property {string} reason
 */

/**
 * @param {string} text
 * @returns {{entries: Entry[], complaints: string[]}}
 */
export function readEquivalent(text) {
  /** @type {Entry[]} */
  const entries = [];
  /** @type {string[]} */
  const complaints = [];
  let number = 1;
  for (const block of text.split(/\n[ \t]*\n/)) {
    const lines = block.split('\n');
    const first = number + lines.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
    number += lines.length + 1;
    const told = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
    if (told.length === 0) continue;
    /** @param {string} sign */
    const of = (sign) => told.slice(1).filter((line) => line.startsWith(sign)).map((line) => line.slice(sign.length));
    const [before, after, reason] = ['-', '+', '='].map((sign) => of(sign).map(normal).join(' '));
    const isWhole = of('-').length === 1 && of('+').length === 1 && reason !== '';
    const strangers = told.slice(1).filter((line) => !/^([-+=]|in )/.test(line));
    if (!isWhole || strangers.length > 0) {
      complaints.push(`line ${first}: expected a file, then lines that begin with "in ", "-", "+" and "=" (the reason)`);
      continue;
    }
    entries.push({ line: first, file: told[0].trim(), scope: normal(of('in ')[0] ?? ''), before, after, reason });
  }
  return { entries, complaints };
}

/** @param {Entry} entry @param {Mutant} mutant */
export const explains = (entry, mutant) =>
  entry.file === mutant.file &&
  entry.before === mutant.before &&
  entry.after === mutant.after &&
  (entry.scope === '' || entry.scope === mutant.scope);

/** A mutant as an entry that lacks its reason. @param {Mutant} mutant */
export const asEntry = ({ file, scope, before, after }) =>
  [file, ...(scope ? [`in ${scope}`] : []), `- ${before}`, `+ ${after}`.trimEnd(), '= '].join('\n');
