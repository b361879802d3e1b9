// One text for all spellings of the same JSON, and hashes.
import { createHash } from 'node:crypto';

/** @param {string | Buffer} data
 * @returns {string} */
export function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

/** JSON with its keys sorted: two bodies mean the same if and only if their texts are equal.
 * @param {any} value
 * @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** A copy without members that are null, which Square takes as absent.
 * @param {any} value
 * @returns {any} */
export function withoutNulls(value) {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  /** @type {Record<string, any>} */
  const kept = {};
  for (const key of Object.keys(value)) {
    if (value[key] !== null) kept[key] = withoutNulls(value[key]);
  }
  return kept;
}
