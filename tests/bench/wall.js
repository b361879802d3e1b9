// How long a tick takes against a provider that needs 150 ms for every answer, in rounds of six
// requests: with nothing but waiting it would be 1.
import { LATENCY_MS, LIMIT, SLOTS } from './budget.js';
import { makeOrders } from './orders.js';
import { OLD, OURS, Rig } from './rig.js';
import { median } from './stats.js';

/** @import { Line } from './table.js' */
/** @import { RunningTwin } from '../fakes/square/server.js' */

/** @typedef {{orders: number, frozen: boolean, walls: number[]}} Case */

/** @param {number} requests */
const idealMs = (requests) => Math.ceil(requests / SLOTS) * LATENCY_MS;

/** Enough rounds to tell the machine's part from the tick's. */
const BARE_REQUESTS = 20 * SLOTS;

/** A round of all cases takes half a minute: as many as fit into this, but not fewer than two. */
const PATIENCE_MS = 104_000;
const RUNS_LEAST = 2;
const RUNS_MOST = 5;

let taken = 0;

/** @param {number} size */
const freshOrders = (size) => makeOrders((taken += size) - size, size);

/** Requests as the old pusher's, without anything around them.
 * @param {RunningTwin} twin
 * @param {number} count */
const bareBodies = (twin, count) =>
  freshOrders(count).map(({ order_id, payload }) => ({
    idempotency_key: order_id,
    order: {
      location_id: twin.locations[0].id,
      reference_id: order_id,
      line_items: payload.items.map((/** @type {Record<string, any>} */ item) => ({
        name: item.name,
        quantity: item.quantity,
        base_price_money: { amount: item.unit_price, currency: payload.currency },
      })),
    },
  }));

/** @param {Rig} rig
 * @param {Case} each */
async function runOnce(rig, each) {
  const orders = freshOrders(each.orders);
  await (each.frozen ? rig.enqueueAtTheDoor(orders) : rig.enqueueBySql(orders));
  each.walls.push(await rig.tick());
  await rig.expectBooked(orders);
}

/** @param {Rig} rig
 * @param {number} count */
async function runOld(rig, count) {
  const orders = freshOrders(count);
  await rig.enqueueAsReported(orders);
  const wall = await rig.tick();
  await rig.expectBooked(orders);
  return wall;
}

/**
 * @param {RunningTwin} twin one that takes its time
 * @param {string} scratch
 * @param {(words: string) => void} say
 * @returns {Promise<Line[]>}
 */
export async function measureWall(twin, scratch, say) {
  const cases = [50, 500].flatMap((orders) =>
    [true, false].map((frozen) => /** @type {Case} */ ({ orders, frozen, walls: [] })),
  );
  const bare = [];
  let old = 0;
  const rig = new Rig(OURS, twin, scratch);
  const oldRig = new Rig(OLD, twin, scratch);
  try {
    await rig.start();
    await rig.migrate();
    // A cron finds its worker warm more often than not.
    await runOnce(rig, { orders: SLOTS, frozen: true, walls: [] });
    const began = performance.now();
    let over = 0;
    while (bare.length < RUNS_LEAST || (bare.length < RUNS_MOST && over < PATIENCE_MS)) {
      say(`wall, run ${bare.length + 1}`);
      bare.push(await rig.bare(SLOTS, bareBodies(twin, BARE_REQUESTS)));
      for (const each of cases) await runOnce(rig, each);
      // When the next one would be over, if it takes as long as these did.
      over = (performance.now() - began) * (1 + 1 / bare.length);
    }
    say('wall of the old pusher');
    await oldRig.start();
    await oldRig.migrate();
    old = await runOld(oldRig, 50);
  } finally {
    await rig.close();
    await oldRig.close();
  }
  const section = `Wall ÷ (⌈requests/6⌉ × ${LATENCY_MS} ms), orders without payment`;
  const bareRatio = median(bare) / idealMs(BARE_REQUESTS);
  const seconds = (/** @type {number} */ ms) => `${(ms / 1000).toFixed(2)} s`;
  const lines = cases.map(({ orders, frozen, walls }) => {
    const value = median(walls) / idealMs(orders);
    const wall = `${seconds(median(walls))} of ${seconds(idealMs(orders))}`;
    return {
      section,
      name: `${orders} orders, ${frozen ? 'frozen' : 'to be frozen'}`,
      value,
      limit: orders === 500 ? LIMIT.wall : undefined,
      old: old / idealMs(50),
      note: `${wall}, median of ${walls.length}; ${(value / bareRatio).toFixed(3)} × the bare one`,
    };
  });
  const floor = {
    section,
    name: 'a bare loop of six slots',
    value: bareRatio,
    note: 'the same requests and nothing around them: what this machine adds by itself',
  };
  return [...lines, floor];
}
