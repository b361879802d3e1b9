// The duplicates of a past: how each is known to be one, and what can still be done about it.
import { sha256 } from './canonical.js';
import { totalOf } from './scribe.js';

/** @typedef {import('./types.d.ts').DuplicateKind} DuplicateKind */
/** @typedef {import('./types.d.ts').Evidence} Evidence */
/** @typedef {import('./types.d.ts').PlantedDuplicate} PlantedDuplicate */
/** @typedef {import('./types.d.ts').SeedOrder} SeedOrder */
/** @typedef {import('./types.d.ts').SeedPayment} SeedPayment */
/** @typedef {import('./scribe.js').Scribe} Scribe */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What part of the duplicates is of each kind; the rest is by card. A triple is two of them.
 * @type {[DuplicateKind, number][]} */
const SHARES = [['cash', 0.1], ['external', 0.12], ['disputed', 0.03], ['already_refunded', 0.05],
  ['unpaid', 0.07], ['partly_refunded', 0.04], ['triple', 0.06]];

/** How each is known, and in which part of the cases. The last two have no name in common.
 * @type {[Evidence, number][]} */
const EVIDENCE = [['reference_id', 0.6], ['pos_sync', 0.8], ['table_and_items_at_once', 0.92],
  ['table_and_items_later', 1]];

/** The kinds that are to be planted, one for each order that is one too many.
 * @param {number} count
 * @param {number} old
 * @returns {DuplicateKind[]} each triple once, for two */
function kindsOf(count, old) {
  /** @type {DuplicateKind[]} */
  const kinds = Array.from({ length: Math.min(old, count) }, () => 'old');
  let left = count - kinds.length;
  for (const [kind, share] of SHARES) {
    const size = kind === 'triple' ? 2 : 1;
    // A small past has one of each, as long as there is room.
    for (let planted = 0; planted < Math.max(size, count * share) && left >= size; planted += size) {
      kinds.push(kind);
      left -= size;
    }
  }
  for (; left > 0; left -= 1) kinds.push('card');
  return kinds;
}

/** How long after the first the next one came.
 * @param {Scribe} scribe
 * @param {Evidence} by
 * @returns {number} */
function gapOf({ dice }, by) {
  if (by === 'table_and_items_later') return dice.from(2 * MINUTE_MS, 30 * MINUTE_MS);
  if (by === 'table_and_items_at_once') return dice.from(30 * SECOND_MS, MINUTE_MS);
  return dice.from(SECOND_MS, 60 * MINUTE_MS);
}

/** What all copies of an order say of where they came from.
 * @param {Scribe} scribe
 * @param {Evidence} by
 * @returns {Partial<SeedOrder>} */
function labelsOf(scribe, by) {
  if (by === 'reference_id') return { reference_id: scribe.newReference() };
  if (by === 'pos_sync') return { metadata: { pos_sync: sha256(scribe.newReference()) } };
  return {};
}

/** How every copy of a kind was paid, but for what befell one of them.
 * @type {Partial<Record<DuplicateKind, SeedPayment>>} */
const PAYMENTS = {
  cash: { source_type: 'CASH' },
  external: { source_type: 'EXTERNAL', external_details: { type: 'OTHER', source: 'thMenu' } },
};

/** What befell the payment of the copy that is one too many.
 * @param {Scribe} scribe
 * @param {DuplicateKind} kind
 * @param {{at: number, total: number, currency: string}} sale
 * @returns {SeedPayment} */
function faultOf({ now }, kind, { at, total, currency }) {
  const later = new Date(at + 60 * MINUTE_MS).toISOString();
  switch (kind) {
    case 'disputed':
      return { dispute: { reason: 'DUPLICATE', state: 'EVIDENCE_REQUIRED', created_at: later } };
    case 'already_refunded':
      return { refunds: [{ created_at: later, reason: 'Refunded by hand' }] };
    case 'partly_refunded':
      return { refunds: [{
        created_at: later, amount_money: { amount: Math.ceil(total / 3), currency },
      }] };
    case 'old':
      return { created_at: new Date(now - 400 * DAY_MS).toISOString() };
    default:
      return {};
  }
}

/** What is to be done about a copy of a kind, and how much of its total is still to be given back.
 * @param {DuplicateKind} kind
 * @param {number} total
 * @returns {Pick<PlantedDuplicate, 'action' | 'due'>} */
function cureOf(kind, total) {
  switch (kind) {
    case 'disputed':
    case 'already_refunded':
    case 'old':
      return { action: 'none', due: 0 };
    case 'unpaid':
      return { action: 'cancel', due: 0 };
    case 'cash':
    case 'external':
      return { action: 'record', due: total };
    case 'partly_refunded':
      return { action: 'refund', due: total - Math.ceil(total / 3) };
    default:
      return { action: 'refund', due: total };
  }
}

/** One order and its copies.
 * @param {Scribe} scribe
 * @param {DuplicateKind} kind
 * @param {Evidence} by
 * @returns {PlantedDuplicate[]} the copies */
function plant(scribe, kind, by) {
  const restaurant = scribe.dice.pick(scribe.restaurants);
  const { meal, at } = scribe.scene(restaurant);
  const total = totalOf(meal);
  const { currency } = restaurant.location;
  const labels = labelsOf(scribe, by);
  const usual = PAYMENTS[kind] ?? {};
  const copies = Array.from({ length: kind === 'triple' ? 2 : 1 }, () => gapOf(scribe, by));
  // Now and then somebody has refunded the first of two by hand, which leaves the second.
  const isFirst = kind === 'already_refunded' && scribe.dice.next() < 0.5;
  const fault = (/** @type {number} */ when) =>
    faultOf(scribe, kind, { at: when, total, currency });
  const first = scribe.write(meal, at, {
    ...labels, payments: [{ ...usual, ...(isFirst ? fault(at) : {}) }],
  });
  return copies.map((gap) => {
    const payments = kind === 'unpaid' ? [] :
      [{ ...usual, ...(isFirst ? {} : fault(at + gap)) }];
    const second = scribe.write(meal, at + gap, { ...labels, payments });
    const [kept, surplus] = isFirst ? [second, first] : [first, second];
    const idOf = (/** @type {SeedOrder} */ order) => order.payments?.[0]?.id ?? null;
    return {
      kind,
      confidence: by.startsWith('table') ? 'probable' : 'certain',
      by,
      gap_ms: gap,
      location_id: restaurant.location.id,
      currency,
      amount: total,
      order_id: surplus.id,
      payment_id: idOf(surplus),
      kept_order_id: kept.id,
      kept_payment_id: idOf(kept),
      ...cureOf(kind, total),
    };
  });
}

/** Plants that many orders that are one too many.
 * @param {Scribe} scribe
 * @param {{duplicates: number, oldPayments: number}} options
 * @returns {PlantedDuplicate[]} */
export function plantDuplicates(scribe, { duplicates, oldPayments }) {
  const kinds = kindsOf(duplicates, oldPayments);
  const parts = kinds.map((_, n) => (n + 0.5) / kinds.length);
  scribe.dice.shuffle(parts);
  return kinds.flatMap((kind, n) => {
    const by = EVIDENCE.find(([, upTo]) => parts[n] < upTo)?.[0] ?? 'reference_id';
    return plant(scribe, kind, by);
  });
}
