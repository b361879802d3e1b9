// When days begin: the rules of time zones change by law, so they are the runtime's.

/** @import { DayBoundariesCommand, DayBoundariesOutcome } from './protocol.js' */

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** Dates compare as texts as long as their years have four digits. */
const LAST_DAY_MS = Date.UTC(9999, 11, 1);

/**
 * When the days of a time zone begin. A day there may have 23 hours or 25, and a zone that crosses the
 * date line skips one or has one twice as long, so that each beginning is looked for.
 * @param {Pick<DayBoundariesCommand, 'time_zone' | 'from_ms' | 'to_ms'>} command
 * @returns {{header: DayBoundariesOutcome}}
 */
export function days({ time_zone, from_ms, to_ms }) {
  if (from_ms < 0 || to_ms > LAST_DAY_MS) return { header: { of: 'days' } };
  let format;
  try {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: time_zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  } catch {
    return { header: { of: 'days' } };
  }
  const dateAt = (/** @type {number} */ ms) => format.format(ms);
  /** @type {[string, number][]} */
  const results = [];
  // Of a day that has begun by `before` nothing more is looked for.
  let before = from_ms - 2 * DAY_MS;
  while (results.length === 0 || /** @type {[string, number]} */ (results.at(-1))[1] < to_ms) {
    const begun = beginningAfter(before, dateAt);
    results.push([dateAt(begun), begun]);
    before = begun;
  }
  // The first one asked for is the last that begins at from_ms or before.
  while (results.length > 1 && results[1][1] <= from_ms) results.shift();
  return { header: { of: 'days', results } };
}

/**
 * The first moment after `before` that is of a later date. Nearly every day has 24 hours, and then it is
 * found at once.
 * @param {number} before
 * @param {(ms: number) => string} dateAt
 * @returns {number}
 */
function beginningAfter(before, dateAt) {
  const date = dateAt(before);
  const isLater = (/** @type {number} */ ms) => dateAt(ms) > date;
  if (isLater(before + DAY_MS) && !isLater(before + DAY_MS - 1)) return before + DAY_MS;
  let last = before;
  // No day is so short that a step of an hour passes over it.
  while (!isLater(last + HOUR_MS)) last += HOUR_MS;
  let first = last + HOUR_MS;
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2);
    if (isLater(middle)) first = middle;
    else last = middle;
  }
  return first;
}
