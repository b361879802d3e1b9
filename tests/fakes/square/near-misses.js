// What looks like a duplicate and is none: two rounds, two tables, two revisions, two restaurants.
import { sha256 } from './canonical.js';

/** @typedef {import('./types.d.ts').NearMiss} NearMiss */
/** @typedef {import('./types.d.ts').SeedOrder} SeedOrder */
/** @typedef {import('./scribe.js').Scribe} Scribe */
/** @typedef {import('./restaurants.js').Restaurant} Restaurant */

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

/** Writes the orders of one near miss. Most come within a minute, as duplicates do.
 * @typedef {(scribe: Scribe, restaurant: Restaurant) => (SeedOrder & {id: string})[]} Writer */

/** @type {Record<NearMiss['kind'], Writer>} */
const WRITERS = {
  an_hour_apart(scribe, restaurant) {
    const { meal, at } = scribe.scene(restaurant);
    const gap = HOUR_MS + scribe.dice.from(0, 60) * SECOND_MS;
    return [scribe.write(meal, at), scribe.write(meal, at + gap)];
  },
  another_table(scribe, restaurant) {
    const { meal, at } = scribe.scene(restaurant);
    const other = { ...meal, ticket_name: `${restaurant.country.table} 41` };
    return [scribe.write(meal, at), scribe.write(other, at + 40 * SECOND_MS)];
  },
  another_amount(scribe, restaurant) {
    const { meal, at } = scribe.scene(restaurant);
    const [item, ...rest] = meal.line_items ?? [];
    const more = { ...item, quantity: String(Number(item.quantity) + 1) };
    const labels = { reference_id: scribe.newReference() };
    const other = { ...meal, line_items: [more, ...rest] };
    return [scribe.write(meal, at, labels), scribe.write(other, at + 45 * SECOND_MS, labels)];
  },
  second_revision(scribe, restaurant) {
    const { meal, at } = scribe.scene(restaurant);
    const reference = scribe.newReference();
    return [1, 2].map((revision) => scribe.write(meal, at + revision * 50 * SECOND_MS, {
      reference_id: reference,
      metadata: {
        order_id: reference, revision: String(revision), pos_sync: sha256(`${reference}:${revision}`),
      },
    }));
  },
  returned(scribe, restaurant) {
    const { meal, at } = scribe.scene(restaurant);
    const refunds = [{ created_at: new Date(at + 45 * SECOND_MS).toISOString(), reason: 'Cold' }];
    const labels = { reference_id: scribe.newReference() };
    return [scribe.write(meal, at, { ...labels, payments: [{ refunds }] })];
  },
  canceled_copy(scribe, restaurant) {
    const { meal, at } = scribe.scene(restaurant);
    const labels = { reference_id: scribe.newReference() };
    const canceled = { ...labels, state: /** @type {const} */ ('CANCELED'), payments: [] };
    return [
      scribe.write(meal, at, labels), scribe.write(meal, at + 35 * SECOND_MS, canceled),
    ];
  },
  two_restaurants(scribe) {
    // In one country, so that not even the currency tells them apart.
    const alike = (/** @type {Restaurant} */ one) => scribe.restaurants.filter((other) =>
      other !== one && other.location.currency === one.location.currency);
    const paired = scribe.restaurants.filter((one) => alike(one).length > 0);
    if (paired.length === 0) return [];
    const here = scribe.dice.pick(paired);
    const { meal, at } = scribe.scene(here);
    const labels = { reference_id: scribe.newReference() };
    const there = { ...meal, location_id: scribe.dice.pick(alike(here)).location.id };
    return [scribe.write(meal, at, labels), scribe.write(there, at + 30 * SECOND_MS, labels)];
  },
  takeaway(scribe, restaurant) {
    const { meal, at } = scribe.scene(restaurant, { takeaway: true });
    return [scribe.write(meal, at), scribe.write(meal, at + 55 * SECOND_MS)];
  },
};

/** Plants that many near misses of each kind.
 * @param {Scribe} scribe
 * @param {number} each
 * @returns {NearMiss[]} */
export function plantNearMisses(scribe, each) {
  return Object.entries(WRITERS).flatMap(([kind, write]) =>
    Array.from({ length: each }, () => {
      const orders = write(scribe, scribe.dice.pick(scribe.restaurants));
      return {
        kind: /** @type {NearMiss['kind']} */ (kind), order_ids: orders.map(({ id }) => id),
      };
    }).filter(({ order_ids: ids }) => ids.length > 0));
}
