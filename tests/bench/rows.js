// What D1 counts for a tick: round trips, rows read and rows written, with empty tables and with a
// million settled orders in them; beside it the old pusher and the design of the report.
import { readFileSync } from 'node:fs';
import { Core } from '../../bindings/core.js';
import { SHIPPED_MODULE } from '../../scripts/lib/cmake.mjs';
import { BATCH, LIMIT, PRICE } from './budget.js';
import { fillHistory } from './history.js';
import { makeOrders } from './orders.js';
import { SCHEMA, tickAsReported } from './report.js';
import { OLD, OURS, Rig } from './rig.js';
import { total } from './stats.js';

/** @import { Tally } from './meter.js' */
/** @import { Line } from './table.js' */
/** @import { RunningTwin } from '../fakes/square/server.js' */

/**
 * @typedef {object} Count what D1 counted for some orders that all succeeded
 * @property {'ours' | 'old' | 'report'} design
 * @property {number} history settled orders in the tables
 * @property {number} orders
 * @property {boolean} frozen
 * @property {number} restaurants whose orders they are
 * @property {number} trips for each 50 orders
 * @property {number} read rows, per order
 * @property {number} written rows, per order
 * @property {number} enqueued rows that enqueuing had written, per order
 * @property {Tally} tally
 */

const HISTORIES = [0, 1_000_000];

const FEW = 7;
/** As many as the report's operator has: more of them make a fair choice dearer. */
const MANY = 47;

const CASES = [
  { orders: 50, frozen: true, restaurants: FEW },
  { orders: 50, frozen: false, restaurants: FEW },
  { orders: 500, frozen: true, restaurants: FEW },
  { orders: 500, frozen: false, restaurants: FEW },
  { orders: 50, frozen: true, restaurants: MANY },
];
const SIZES = [50, 500];

/**
 * @param {Pick<Count, 'design' | 'history' | 'orders' | 'frozen' | 'restaurants'>} what
 * @param {Tally} enqueuing
 * @param {Tally} tally
 * @returns {Count}
 */
const countOf = (what, enqueuing, tally) => ({
  ...what,
  trips: (tally.trips * BATCH) / what.orders,
  read: total(tally, 'read') / what.orders,
  written: total(tally, 'written') / what.orders,
  enqueued: total(enqueuing, 'written') / what.orders,
  tally,
});

/** No two measurements may share an order. */
let taken = 0;

/** @param {number} size
 * @param {number} restaurants */
const freshOrders = (size, restaurants) =>
  makeOrders((taken += size) - size, size, { restaurants });

/**
 * @param {Rig} rig
 * @param {number} history
 * @returns {Promise<Count[]>}
 */
async function countOurs(rig, history) {
  const counts = [];
  for (const each of CASES) {
    const orders = freshOrders(each.orders, each.restaurants);
    await rig.tally();
    await (each.frozen ? rig.enqueueAtTheDoor(orders) : rig.enqueueBySql(orders));
    const enqueuing = await rig.tally();
    await rig.tick();
    const tally = await rig.tally();
    await rig.expectBooked(orders);
    counts.push(countOf({ design: 'ours', history, ...each }, enqueuing, tally));
  }
  return counts;
}

/**
 * @param {Rig} rig
 * @param {number} history
 * @param {'old' | 'report'} design
 * @returns {Promise<Count[]>}
 */
async function countReported(rig, history, design) {
  const counts = [];
  for (const size of SIZES) {
    const orders = freshOrders(size, FEW);
    await rig.tally();
    await rig.enqueueAsReported(orders);
    const enqueuing = await rig.tally();
    if (design === 'report') await tickAsReported(rig, orders);
    else for (let done = 0; done < size; done += BATCH) await rig.tick();
    const tally = await rig.tally();
    if (design === 'old') await rig.expectBooked(orders);
    const what = { design, history, orders: size, frozen: false, restaurants: FEW };
    counts.push(countOf(what, enqueuing, tally));
  }
  return counts;
}

/**
 * Starts a rig whose tables hold so many settled orders.
 * @param {Rig} rig
 * @param {'ours' | 'report'} schema
 * @param {number} history
 */
async function prepare(rig, schema, history) {
  await rig.start();
  await rig.migrate();
  if (schema === 'report') await rig.sql([SCHEMA.claims]);
  if (history === 0) return;
  await rig.stop();
  fillHistory(rig.databaseFile, schema, history);
  await rig.start();
}

/**
 * @param {RunningTwin} twin
 * @param {string} scratch
 * @param {(words: string) => void} say
 * @returns {Promise<Count[]>}
 */
export async function countRows(twin, scratch, say) {
  const counts = [];
  for (const history of HISTORIES) {
    const ours = new Rig(OURS, twin, scratch);
    const old = new Rig(OLD, twin, scratch);
    try {
      say(`D1 with ${history.toLocaleString('en')} settled orders`);
      await prepare(ours, 'ours', history);
      counts.push(...(await countOurs(ours, history)));
      await ours.stop();
      await prepare(old, 'report', history);
      counts.push(...(await countReported(old, history, 'old')));
      await old.sql([SCHEMA.index]);
      counts.push(...(await countReported(old, history, 'report')));
    } finally {
      await ours.close();
      await old.close();
    }
  }
  return counts;
}

/** @param {Count} count */
function nameOf({ orders, frozen, restaurants }) {
  const whose = restaurants === FEW ? '' : ` of ${restaurants} restaurants`;
  return `${orders} orders${whose}, ${frozen ? 'frozen' : 'to be frozen'}`;
}

/** The statements of a count, the dearest first.
 * @param {Count} count
 * @param {'read' | 'written'} what */
function dearest({ tally, orders }, what) {
  const known = Core.statements(new WebAssembly.Module(readFileSync(SHIPPED_MODULE)));
  const names = new Map(Object.entries(known).map(([name, { sql }]) => [sql, name]));
  return Object.entries(tally.statements)
    .map(([sql, cost]) => ({ name: names.get(sql) ?? sql, rows: cost[what] / orders }))
    .filter(({ rows }) => rows >= 0.5)
    .sort((a, b) => b.rows - a.rows)
    .map(({ name, rows }) => `${name} ${rows.toFixed(1)}`)
    .join(', ');
}

/**
 * @param {Count[]} counts
 * @returns {Line[]}
 */
export function rowLines(counts) {
  const metrics = /** @type {const} */ ([
    ['D1 round trips per 50 orders', 'trips', 0],
    ['D1 rows written per order', 'written', LIMIT.written],
    ['D1 rows read per order', 'read', LIMIT.read],
  ]);
  return metrics.flatMap(([what, metric, limit]) =>
    counts
      .filter(({ design }) => design === 'ours')
      .map((count) => {
        const { history, orders, frozen, restaurants } = count;
        const old = counts.find(
          (each) => each.design === 'old' && each.history === history && each.orders === orders,
        );
        const value = count[metric];
        const most = limit || (frozen ? LIMIT.tripsFrozen : LIMIT.trips);
        // Once is enough: it hardly differs from one line to the next.
        const isTold = history === 0 && orders === SIZES[1];
        const past = history === 0 ? 'empty tables' : `${history / 1e6} million settled`;
        return {
          section: `${what}, ${past}`,
          name: nameOf(count),
          value,
          // The budget for reading was made for a few restaurants.
          limit: metric === 'read' && restaurants !== FEW ? undefined : most,
          old: old?.[metric],
          note: isTold && metric !== 'trips' && value > most ? dearest(count, metric) : '',
        };
      }),
  );
}

const DESIGNS = { ours: 'ours', old: 'old pusher', report: "the report's design" };

/**
 * What a million orders cost, each succeeding at once; enqueuing them is not in it.
 * @param {Count[]} counts
 * @returns {Line[]}
 */
export function priceLines(counts) {
  const dollars = (/** @type {Count} */ { read, written }) =>
    PRICE.read * read + PRICE.written * written;
  return counts
    .filter(({ orders }) => orders === Math.max(...SIZES))
    .map((count) => {
      const { design, history, frozen, read, written, enqueued } = count;
      const old = counts.find(
        (each) =>
          each.design === 'old' && each.history === history && each.orders === count.orders,
      );
      const how = design === 'ours' ? (frozen ? ', frozen' : ', to be frozen') : '';
      const past = history === 0 ? 'empty tables' : `${history / 1e6} million settled`;
      return {
        section: `D1 price of a million orders in dollars, ${past}`,
        name: DESIGNS[design] + how,
        value: dollars(count),
        old: design === 'old' || !old ? undefined : dollars(old),
        note:
          `${written.toFixed(2)} written, ${read.toFixed(1)} read an order; ` +
          `enqueuing wrote ${enqueued.toFixed(1)} before`,
      };
    });
}
