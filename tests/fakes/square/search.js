// SearchOrders: by location, state, time and source. There is no search by reference_id, metadata
// or key at Square, so there is none here.
import { pageOf } from './listing.js';
import { checkCursor, cursorBehind, decodeCursor } from './paging.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */

const TIMES = ['created_at', 'updated_at', 'closed_at'];
const STATES = ['OPEN', 'COMPLETED', 'CANCELED', 'DRAFT'];

/** @param {Checker} check
 * @param {Json} filter */
function checkFilter(check, filter) {
  const at = 'query.filter';
  const states = filter.state_filter?.states;
  if (filter.state_filter) {
    check.strings(states, `${at}.state_filter.states`, { required: true, min: 1, max: 4 });
    for (const state of Array.isArray(states) ? states : []) {
      check.oneOf(state, `${at}.state_filter.states`, STATES);
    }
  }
  const names = filter.source_filter?.source_names;
  check.strings(names, `${at}.source_filter.source_names`, { max: 10 });
  const times = TIMES.filter((name) => filter.date_time_filter?.[name]);
  if (filter.date_time_filter && times.length !== 1) {
    check.add('INVALID_VALUE', 'Filter by exactly one time.', `${at}.date_time_filter`);
  }
  for (const end of ['start_at', 'end_at']) {
    const field = `${at}.date_time_filter.${times[0]}.${end}`;
    check.time(filter.date_time_filter?.[times[0]]?.[end], field);
  }
  for (const name of ['fulfillment_filter', 'customer_filter']) {
    if (!filter[name]) continue;
    check.refuse('NOT_IMPLEMENTED', 'This filter is not modelled.', `${at}.${name}`);
  }
}

/** The field that a search is sorted by, and so the time that it may filter by.
 * @param {Json} body
 * @returns {'created_at' | 'updated_at' | 'closed_at'} */
const fieldOf = ({ query }) => /** @type {'created_at' | 'updated_at' | 'closed_at'} */ (
  String(query?.sort?.sort_field ?? 'CREATED_AT').toLowerCase());

/** @param {Books} books
 * @param {Call} call
 * @returns {Checker} */
export function checkSearchOrders(books, { body }) {
  const check = new Checker();
  const ids = body.location_ids;
  if (check.strings(ids, 'location_ids', { required: true, min: 1, max: 10 })) {
    for (const id of ids.filter((location) => !books.locationOf(location))) {
      check.refuse('INVALID_VALUE', `Location \`${id}\` is not one of this seller.`, 'location_ids');
    }
  }
  check.integer(body.limit, 'limit', { min: 1, max: 1000 });
  const filter = body.query?.filter ?? {};
  if (check.object(filter, 'query.filter')) checkFilter(check, filter);
  const sort = body.query?.sort;
  if (sort) {
    check.oneOf(sort.sort_field, 'query.sort.sort_field',
      ['CREATED_AT', 'UPDATED_AT', 'CLOSED_AT'], true);
    check.oneOf(sort.sort_order, 'query.sort.sort_order', ['ASC', 'DESC']);
  }
  const filtered = TIMES.find((name) => filter.date_time_filter?.[name]);
  if (filtered && filtered !== fieldOf(body)) {
    check.add('INVALID_VALUE', 'The sort field must be the filtered one.', 'query.sort');
  }
  const { cursor, ...asked } = body;
  checkCursor(check, cursor, asked);
  return check;
}

/** What is asked for, without the place where it goes on.
 * @param {Books} books
 * @param {Json} body
 * @param {number} until where a range without an end ends
 * @returns {import('./listing.js').Query} */
function queryOf(books, body, until) {
  const filter = body.query?.filter ?? {};
  const field = fieldOf(body);
  const states = filter.state_filter?.states;
  const names = filter.source_filter?.source_names;
  const range = filter.date_time_filter?.[field] ?? {};
  return {
    collection: books.store.shelves.order,
    locations: body.location_ids,
    field,
    from: range.start_at ? Date.parse(range.start_at) : -Infinity,
    to: range.end_at ? Date.parse(range.end_at) : until,
    ascending: body.query?.sort?.sort_order === 'ASC',
    asOf: books.seenUntil(),
    keep: (order) => (!states || states.includes(order.state)) &&
      (!names?.length || names.includes(order.source?.name)) &&
      books.settled(Date.parse(order.created_at)),
  };
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function searchOrders(books, { body, page_size: most }) {
  const { cursor, ...asked } = body;
  const position = decodeCursor(cursor, asked);
  // Without an end the range ends where the first request was made, on every page.
  const until = position?.until ?? books.now();
  const query = queryOf(books, body, until);
  const { rows, isLast } = pageOf(query, position, Math.min(body.limit ?? 500, most));
  const orders = rows.map(({ thing }) => thing);
  /** @type {Json} */
  const reply = {};
  if (rows.length > 0 && body.return_entries) {
    reply.order_entries = orders.map(({ id, version, location_id: location }) =>
      ({ order_id: id, version, location_id: location }));
  } else if (rows.length > 0) reply.orders = orders;
  if (!isLast) reply.cursor = cursorBehind(rows, position, until, query.ascending, asked);
  return { status: 200, body: reply };
}
