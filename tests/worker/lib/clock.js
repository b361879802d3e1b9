// A clock that stands still until a test lets time pass: for the worker, and for what D1 has stored.
// D1's own clock cannot be set, so the times in its tables are set back instead, which is the same
// seen from within.
import { db, query, twinControl } from './world.js';

/** @typedef {{due: number, run: () => void, owner: object}} Timer */

/** Wide enough for every time that is one, and not for the lease that never ends. */
const IS_A_TIME = 'BETWEEN 1 AND 9007199254740990';

/** The statements that set back every time that is stored, by `?1` milliseconds.
 * @returns {Promise<string[]>} */
export async function statementsThatAge() {
  const tables = await query(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%|_v0' ESCAPE '|' " +
      "AND name NOT LIKE '|_cf|_%' ESCAPE '|' AND name NOT LIKE 'sqlite|_%' ESCAPE '|'",
  );
  const statements = await Promise.all(tables.map(async ({ name: table }) => {
    const columns = await query("SELECT name FROM pragma_table_info(?1) WHERE type = 'INTEGER'", table);
    // When something was approved is under its seal, and nothing waits for that.
    const sealed = (/** @type {string} */ name) => name === 'approved_at' && table !== 'pos_audits';
    const times = columns.map(({ name }) => name).filter((name) => /^at$|_(at|until|since)$/.test(name) && !sealed(name));
    const aged = times.map((name) =>
      `${name} = CASE WHEN ${name} ${IS_A_TIME} THEN ${name} - CAST(?1 AS INTEGER) ELSE ${name} END`);
    return aged.length > 0 ? [`UPDATE ${table} SET ${aged.join(', ')}`] : [];
  }));
  return statements.flat();
}

/** The worker's clock and timers. While it is installed, `performance.now()` stands still, and what is
 * set by `setTimeout` while somebody owns it waits for `due()`; all others have their own timers. */
export class Clock {
  now = 0;
  /** @type {object | null} whose timers are being set */
  #owner = null;
  /** @type {Timer[]} */
  #timers = [];

  /** @param {object} owner whose the timers are that are set until this turn of the loop is over */
  own(owner) {
    this.#owner = owner;
    queueMicrotask(() => (this.#owner = null));
  }

  /** @returns {() => void} brings the real clock back */
  install() {
    const { setTimeout: start, clearTimeout: stop } = globalThis;
    const read = performance.now;
    performance.now = () => this.now;
    const set = (/** @type {() => void} */ run, /** @type {number} */ ms) => {
      if (!this.#owner) return start(run, ms);
      const timer = { due: this.now + ms, run, owner: this.#owner };
      this.#timers.push(timer);
      return timer;
    };
    const clear = (/** @type {any} */ timer) => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
      else stop(timer);
    };
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    return () => {
      Object.assign(globalThis, { setTimeout: start, clearTimeout: stop });
      performance.now = read;
    };
  }

  /** Takes the earliest timer that is due.
   * @returns {Timer | undefined} */
  due() {
    const timer = this.#earliest(this.#timers);
    if (!timer || timer.due > this.now) return undefined;
    this.#timers.splice(this.#timers.indexOf(timer), 1);
    return timer;
  }

  /** How long until the earliest timer of somebody's.
   * @param {object} owner
   * @returns {number} Infinity if there is none */
  untilNext(owner) {
    const timer = this.#earliest(this.#timers.filter((each) => each.owner === owner));
    return timer ? Math.max(0, timer.due - this.now) : Infinity;
  }

  /** @param {Timer[]} timers */
  #earliest(timers) {
    return timers.reduce((first, each) => (first && first.due <= each.due ? first : each), timers[0]);
  }
}

/** Lets time pass between two runs of the worker, for D1 and for the local Square.
 * @param {number} ms */
export async function pass(ms) {
  const aging = await statementsThatAge();
  await db.batch(aging.map((sql) => db.prepare(sql).bind(String(ms))));
  await twinControl('clock', { advance_ms: ms });
}
