// A past for an audit to read: ninety days of many restaurants, in which duplicates were planted, and
// beside them what only looks like one. What was planted where is the truth that comes with it.
import { sha256 } from './canonical.js';
import { plantNearMisses } from './near-misses.js';
import { plantDuplicates } from './planted.js';
import { Scribe } from './scribe.js';

/** @typedef {import('./types.d.ts').History} History */
/** @typedef {import('./types.d.ts').HistoryOptions} HistoryOptions */
/** @typedef {import('./types.d.ts').Json} Json */

/** Orders of which there is only one: most with a reference, some from a till, some to take away.
 * @param {Scribe} scribe
 * @param {number} each */
function writeUsual(scribe, each) {
  for (const restaurant of scribe.restaurants) {
    for (let n = 0; n < each; n += 1) {
      const takeaway = scribe.dice.next() < 0.15;
      const { meal, at } = scribe.scene(restaurant, { takeaway });
      const isOurs = scribe.dice.next() < 0.8;
      const reference = scribe.newReference();
      const labels = isOurs ? { reference_id: reference, metadata: { pos_sync: sha256(reference) } } :
        { source: { name: 'Square Point of Sale' } };
      scribe.write(meal, at, { ...labels, payments: [scribe.usualPayment()] });
    }
  }
}

/** @param {Json[]} things
 * @param {string} name
 * @returns {Record<string, number>} how many there are of each */
function countBy(things, name) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const thing of things) counts[thing[name]] = (counts[thing[name]] ?? 0) + 1;
  return counts;
}

/** Ninety days of restaurants, the same ones for the same seed. The past is given to `seed`; either
 * `merchants` or `locations` to `startTwin`, for a merchant each or one with all of them.
 * @param {HistoryOptions} options
 * @returns {History} */
export function seededHistory({ now, ...options }) {
  const all = {
    restaurants: 47, duplicates: 312, seed: 1, days: 90, ordersPerRestaurant: 100, oldPayments: 0,
    nearMisses: Math.max(1, Math.round((options.duplicates ?? 312) / 30)), ...options, now,
  };
  const scribe = new Scribe(all);
  writeUsual(scribe, all.ordersPerRestaurant);
  const duplicates = plantDuplicates(scribe, all);
  const nearMisses = plantNearMisses(scribe, all.nearMisses);
  /** @type {Record<string, number>} */
  const due = {};
  for (const one of duplicates) due[one.currency] = (due[one.currency] ?? 0) + one.due;
  const orders = scribe.orders.sort((a, b) =>
    String(a.created_at) < String(b.created_at) ? -1 : 1);
  return {
    merchants: scribe.restaurants.map(({ merchant }) => merchant),
    locations: scribe.restaurants.map(({ location }) => location),
    orders,
    truth: {
      duplicates,
      near_misses: nearMisses,
      counts: {
        orders: orders.length,
        duplicates: duplicates.length,
        groups: new Set(duplicates.map(({ kept_order_id: id }) => id)).size,
        by_kind: countBy(duplicates, 'kind'),
        by_confidence: countBy(duplicates, 'confidence'),
        by_evidence: countBy(duplicates, 'by'),
        by_action: countBy(duplicates, 'action'),
        near_misses: countBy(nearMisses, 'kind'),
        due,
      },
    },
  };
}
