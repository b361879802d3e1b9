// The mutants of a room: every small change of its files, in the order of their places.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { codeEdits } from './operators.mjs';
import { sqlEdits } from './sql.mjs';
import { languageOf, maskOf, normal, scopeOf } from './text.mjs';

/** @import { Edit } from './operators.mjs' */

/**
 * @typedef {Edit & {
 *   id: string,
 *   file: string,
 *   line: number,
 *   scope: string,
 *   before: string,
 *   after: string,
 * }} Mutant `line` from 1; `before` and `after` are whole lines, with single spaces
 */

/** In these the string literals are SQL. */
export const holdsSql = (/** @type {string} */ file) =>
  /(^|\/)store\//.test(file) && /_sql\.hpp$|fragments\.cpp$/.test(file);

/**
 * @param {string} file as it is called in the repository
 * @param {string} source
 * @returns {Mutant[]}
 */
export function mutantsIn(file, source) {
  const language = languageOf(file);
  if (!language) return [];
  const mask = maskOf(source, language);
  const edits =
    language === 'sql' || holdsSql(file)
      ? sqlEdits(source, mask, language === 'cpp')
      : codeEdits(source, mask, language);
  const lines = mask.split('\n');
  const originals = source.split('\n');
  /** @type {Map<string, number>} */
  const seen = new Map();
  return edits
    .sort((a, b) => a.start - b.start || a.end - b.end || (a.text < b.text ? -1 : 1))
    .flatMap((edit) => {
      const from = source.lastIndexOf('\n', edit.start - 1) + 1;
      const newline = source.indexOf('\n', edit.end);
      const to = newline < 0 ? source.length : newline;
      const before = normal(source.slice(from, to));
      const after = normal(source.slice(from, edit.start) + edit.text + source.slice(edit.end, to));
      if (before === after) return [];
      const row = source.slice(0, edit.start).split('\n').length;
      const key = [file, before, after].join('\n');
      const nth = seen.get(key) ?? 0;
      seen.set(key, nth + 1);
      const id = createHash('sha256').update(`${key}\n${nth}`).digest('hex').slice(0, 12);
      return [{ ...edit, id, file, line: row, scope: scopeOf(lines, originals, row - 1), before, after }];
    });
}

/**
 * @param {string} root
 * @param {string[]} files
 * @returns {Mutant[]}
 */
export const mutantsOf = (root, files) =>
  files.flatMap((file) => mutantsIn(file, readFileSync(path.join(root, file), 'utf8')));

/**
 * Some of them, chosen by a seed: the same ones everywhere, however many are asked for before.
 * @template {{id: string}} T
 * @param {T[]} all
 * @param {number} count
 * @param {string} seed
 * @returns {T[]} in the order of `all`
 */
export function sampleOf(all, count, seed) {
  const rank = (/** @type {T} */ { id }) => createHash('sha256').update(`${seed}\n${id}`).digest('hex');
  const chosen = new Set(
    [...all].map((each) => ({ each, rank: rank(each) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      .slice(0, count)
      .map(({ each }) => each),
  );
  return all.filter((each) => chosen.has(each));
}

/** @param {Mutant} mutant @param {string} source @returns {string} */
export const mutated = ({ start, end, text }, source) => source.slice(0, start) + text + source.slice(end);
