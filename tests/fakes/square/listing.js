// Which rows are on one page of a search or a list.
import { earlier } from './timeline.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./paging.js').Position} Position */
/** @typedef {import('./store.js').Collection} Collection */
/** @typedef {import('./timeline.js').Place} Place */

/** What is asked for: `from` and `to` are times of the field that it is sorted by.
 * @typedef {object} Query
 * @property {Collection} collection
 * @property {string[]} locations
 * @property {'created_at' | 'updated_at' | 'closed_at'} field
 * @property {number} from
 * @property {number} to
 * @property {boolean} ascending
 * @property {number} asOf the moment at which all is looked at
 * @property {(thing: Json) => boolean} keep */

/** @typedef {{at: number, thing: Json}} Row */

/** The places of one location that may be on the page or on one behind it, in their order.
 * @param {Query} query
 * @param {string} location
 * @param {Place | null} after
 * @returns {Iterable<Place>} */
function placesOf({ collection, field, from, to, ascending, asOf }, location, after) {
  const { line } = collection;
  if (field === 'created_at') return line.walk(location, { from, to, ascending, after });
  const all = line.walk(location, { from: -Infinity, to: Infinity, ascending: true });
  const sign = ascending ? 1 : -1;
  // What is not closed has no such time, so it is not in any range of it.
  return [...all]
    .map(({ id }) => ({ id, at: Date.parse(collection.asOf(id, asOf)[field] ?? '') }))
    .filter((place) => place.at >= from && place.at <= to &&
      (after === null || sign * earlier(place, after) > 0))
    .sort((a, b) => sign * earlier(a, b));
}

/** The rows of a page, and whether there are any behind it. A position is a place in the order and not
 * a row, for the row that it was taken from may have moved meanwhile.
 * @param {Query} query
 * @param {Position | null} position
 * @param {number} most
 * @returns {{rows: Row[], isLast: boolean}} */
export function pageOf(query, position, most) {
  const after = position && { at: position.at, id: position.after };
  /** @type {Row[]} */
  const found = [];
  for (const location of new Set(query.locations)) {
    let left = most + 1;
    for (const { at, id } of placesOf(query, location, after)) {
      const thing = query.collection.asOf(id, query.asOf);
      if (!query.keep(thing)) continue;
      found.push({ at, thing });
      left -= 1;
      if (left === 0) break;
    }
  }
  const sign = query.ascending ? 1 : -1;
  const place = (/** @type {Row} */ { at, thing: { id } }) => ({ at, id });
  found.sort((a, b) => sign * earlier(place(a), place(b)));
  return { rows: found.slice(0, most), isLast: found.length <= most };
}
