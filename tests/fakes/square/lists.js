// What ListPayments and ListPaymentRefunds have in common: ranges of two times, an order by either,
// and pages of a hundred.
import { pageOf } from './listing.js';
import { checkCursor, cursorBehind, decodeCursor } from './paging.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */
/** @typedef {import('./store.js').Collection} Collection */

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** The largest page, and the usual one. */
const MOST = 100;

const TIMES = ['begin_time', 'end_time', 'updated_at_begin_time', 'updated_at_end_time'];

/** A list asks in its query string; the numbers and times in it are text.
 * @param {Books} books
 * @param {Call} call
 * @param {string[]} [unmodelled] parameters that Square has and this double has not
 * @returns {Checker} */
export function checkList(books, { query }, unmodelled = []) {
  const check = new Checker();
  const asked = Object.fromEntries(query);
  for (const name of TIMES) check.time(asked[name], name);
  check.oneOf(asked.sort_order, 'sort_order', ['ASC', 'DESC']);
  check.oneOf(asked.sort_field, 'sort_field', ['CREATED_AT', 'UPDATED_AT']);
  for (const name of ['limit', 'total'].filter((each) => asked[each] !== undefined)) {
    check.integer(Number(asked[name] || NaN), name, { min: name === 'limit' ? 1 : 0 });
  }
  // Square takes a larger one for 100 and says nothing.
  if (Number(asked.limit) > MOST) check.note('VALUE_TOO_HIGH', `Must be at most ${MOST}.`, 'limit');
  const { location_id: location } = asked;
  if (location !== undefined && !books.locationOf(location)) {
    const detail = 'The location is not one of this seller.';
    check.refuse('INVALID_VALUE', detail, 'location_id');
  }
  for (const name of unmodelled.filter((each) => asked[each] !== undefined)) {
    check.refuse('NOT_IMPLEMENTED', 'Not modelled.', name);
  }
  const { cursor, ...rest } = asked;
  checkCursor(check, cursor, rest);
  return check;
}

/** @param {string | null} text
 * @param {number} otherwise
 * @returns {number} */
const timeOf = (text, otherwise) => (text ? Date.parse(text) : otherwise);

/** One page of a list.
 * @param {Books} books
 * @param {Call} call
 * @param {{collection: Collection, name: string, locations: string[], keep: (thing: Json) => boolean}} list
 * @returns {Reply} */
export function listPage(books, { query, page_size: most }, { collection, name, locations, keep }) {
  const { cursor, ...asked } = Object.fromEntries(query);
  const position = decodeCursor(cursor, asked);
  const now = books.now();
  const until = position?.until ?? now;
  const created = {
    from: timeOf(query.get('begin_time'), now - YEAR_MS),
    to: timeOf(query.get('end_time'), until),
  };
  const updated = {
    from: timeOf(query.get('updated_at_begin_time'), -Infinity),
    to: timeOf(query.get('updated_at_end_time'), Infinity),
  };
  const isByUpdate = query.get('sort_field') === 'UPDATED_AT';
  const [sorted, other] = isByUpdate ? [updated, created] : [created, updated];
  const ascending = query.get('sort_order') === 'ASC';
  const { rows, isLast } = pageOf({
    collection,
    locations,
    field: isByUpdate ? 'updated_at' : 'created_at',
    ...sorted,
    ascending,
    asOf: books.seenUntil(),
    keep(thing) {
      const at = Date.parse(isByUpdate ? thing.created_at : thing.updated_at);
      return at >= other.from && at <= other.to && books.settled(Date.parse(thing.created_at)) &&
        keep(thing);
    },
  }, position, Math.min(Number(query.get('limit') ?? MOST), MOST, most));
  /** @type {Json} */
  const body = rows.length > 0 ? { [name]: rows.map(({ thing }) => thing) } : {};
  if (!isLast) body.cursor = cursorBehind(rows, position, until, ascending, asked);
  return { status: 200, body };
}
