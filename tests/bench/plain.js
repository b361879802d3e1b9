// A tick in plain JavaScript, to be compared with: what the core and its shell do for orders with
// one tax rate that are paid elsewhere or not at all, and go well or are refused. It asks the same
// of D1 and sends the same bytes; whatever is beyond that slice it leaves out.
import { createHash } from 'node:crypto';

/** @typedef {Record<string, any>} Json */

const CLAIM =
  'open reject_log reject mark audit attempts settle_abandoned take probe close rows more'.split(' ');
const ROWS_AT = CLAIM.indexOf('rows');
const FREEZE = 'write read'.split(' ');
const SETTLE = 'audit ledger queue accounts claims read'.split(' ');

const QUIET_MS = 150_000;
const TIMEOUT_MS = 30_000;
const REPLY_LIMIT = 1_000_000;
const PLACEHOLDER = '"order_id":"{{pos_sync:order_id}}"';

/** @type {(text: string, encoding: 'hex' | 'base64url') => string} */
const sha256 = (text, encoding) => createHash('sha256').update(text).digest(encoding);

/** The RFC 8785 form.
 * @param {any} value
 * @returns {string} */
function canonical(value) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** @type {(field: string) => string} */
const encoded = (field) => field.replace(/[^!-$&-9;-~]/gu, encodeURIComponent);

/** @type {(identity: Json, operation?: string) => string} */
function canonicalString({ order_id, provider, revision }, operation = '') {
  const text = `posSync:${encoded(order_id)}:${encoded(provider)}${operation}`;
  return revision > 1 ? `${text}:r${revision}` : text;
}

/** @type {(text: string, size: number) => string} */
const hashed = (text, size) => `posSync:${sha256(text, 'base64url').slice(0, size - 8)}`;

/** @type {(text: string) => string} */
const keyOf = (text) => (text.length <= 45 ? text : hashed(text, 45));

/** @type {(identity: Json) => string} */
const referenceOf = (identity) => {
  const { order_id } = identity;
  return /^[ -~]{1,40}$/.test(order_id) ? order_id : hashed(canonicalString(identity), 40);
};

/** @typedef {(value: any) => boolean} Check */

/** @type {(test: Check) => Check} */
const maybe = (test) => (value) => value === undefined || test(value);
/** @type {Check} */
const isMoney = (value) => Number.isSafeInteger(value) && value >= 0;
/** @type {Check} */
const isDecimal = (value) => /^\d{1,12}(\.\d{1,5})?$/.test(value);
/** @type {(least: number, most: number) => Check} */
const isText = (least, most) => (value) =>
  typeof value === 'string' && value.length >= least && value.length <= most;
/** @type {(value: any) => Check} */
const is = (wanted) => (value) => value === wanted;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** @type {Record<string, Record<string, Check>>} */
const FIELDS = {
  payload: {
    v: maybe(is(1)),
    currency: (value) => /^[A-Z]{3}$/.test(value),
    placed_at: maybe((value) => TIME.test(value)),
    table_id: maybe(isText(0, 30)),
    items: (value) => Array.isArray(value) && value.length >= 1 && value.length <= 500,
    tax_inclusive: is(true),
    discount: maybe(is(0)),
    service_charge: maybe(is(0)),
    total: maybe(isMoney),
    payment: maybe((value) => typeof value === 'object' && value !== null),
  },
  item: {
    name: isText(1, 512),
    quantity: isDecimal,
    unit_price: isMoney,
    tax_percentage: maybe(isDecimal),
    note: maybe(isText(0, 2000)),
  },
  payment: { type: is('external'), source: isText(1, 255), amount: isMoney },
};

/** @type {(kind: string, object: Json) => void} */
function check(kind, object) {
  const fields = FIELDS[kind];
  for (const name in object) if (!fields[name]) throw new Error(`${kind}.${name}: unknown field`);
  for (const name in fields) {
    if (!fields[name](object[name])) throw new Error(`${kind}.${name}: ${object[name]}`);
  }
}

/** Quantity × price, rounded half to even.
 * @param {Json} item */
function lineAmount({ quantity, unit_price }) {
  const [whole, fraction = ''] = quantity.split('.');
  if (fraction === '') return Number(whole) * unit_price;
  const by = 10n ** BigInt(fraction.length);
  const exact = BigInt(whole + fraction) * BigInt(unit_price);
  const [down, twice] = [exact / by, 2n * (exact % by)];
  return Number(twice > by || (twice === by && down % 2n === 1n) ? down + 1n : down);
}

/** @param {Json} payload */
function totalOf(payload) {
  check('payload', payload);
  let total = 0;
  for (const item of payload.items) {
    check('item', item);
    if (item.tax_percentage !== payload.items[0].tax_percentage) throw new Error('several rates');
    total += lineAmount(item);
  }
  if (!isMoney(total) || (payload.total ?? total) !== total) throw new Error('total');
  if (!payload.payment) return total;
  check('payment', payload.payment);
  if (payload.payment.amount !== total) throw new Error('payment.amount');
  return total;
}

/** @type {(identity: Json, payload: Json, location_id: string) => string | undefined} */
function orderBody(identity, { currency, items, table_id, placed_at }, location_id) {
  const key = keyOf(canonicalString(identity));
  const percentage = items[0].tax_percentage;
  const tax = { uid: 't1', name: `Tax ${percentage}%`, type: 'INCLUSIVE', percentage };
  return JSON.stringify({
    idempotency_key: key,
    order: {
      location_id,
      reference_id: referenceOf(identity),
      source: { name: 'pos-sync' },
      ticket_name: table_id || undefined,
      line_items: items.map((/** @type {Json} */ item, /** @type {number} */ i) => ({
        uid: `i${i + 1}`,
        name: item.name,
        quantity: item.quantity,
        base_price_money: { amount: item.unit_price, currency },
        note: item.note || undefined,
      })),
      taxes: percentage ? [{ ...tax, scope: 'ORDER' }] : undefined,
      metadata: {
        pos_sync: key,
        order_id: identity.order_id,
        revision: String(identity.revision),
        placed_at,
      },
    },
  });
}

/** @type {(identity: Json, payload: Json, location_id: string) => string | undefined} */
function paymentBody(identity, { payment, currency }, location_id) {
  if (!payment) return undefined;
  const key = JSON.stringify(keyOf(canonicalString(identity, ':payment')));
  const rest = JSON.stringify({
    source_id: 'EXTERNAL',
    location_id,
    reference_id: referenceOf(identity),
    amount_money: { amount: payment.amount, currency },
    external_details: { type: 'OTHER', source: payment.source, source_id: identity.order_id },
  });
  return `{"idempotency_key":${key},${PLACEHOLDER},${rest.slice(1)}`;
}

/** @typedef {{status: number, text: string}} Reply */

/** @type {(what: 'order' | 'payment', reply: Reply, frozen: Json) => Json} */
function outcomeOf(what, { status, text }, frozen) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return { result: 'unknown', words: `${status} unreadable reply` };
  }
  const made = status >= 200 && status < 300 ? body[what] : undefined;
  if (made?.id && (what === 'order' ? made.total_money : made.status === 'COMPLETED')) {
    const { amount, currency } = made.total_money;
    const same = what === 'payment' || (amount === frozen.total && currency === frozen.currency);
    return { result: same ? 'accepted' : 'total_differs', id: made.id, words: String(status) };
  }
  const codes = (body.errors ?? []).map((/** @type {Json} */ error) => error.code);
  const words = `${status} ${codes.join('; ')}`;
  if (codes.includes('IDEMPOTENCY_KEY_REUSED')) return { result: 'conflict', words };
  if (status === 429) return { result: 'throttled', words };
  if (status === 401 || status === 403) return { result: 'unauthorized', words };
  const isNo = codes.length > 0 && [400, 404, 405, 413, 415, 422].includes(status);
  return { result: isNo ? 'rejected' : 'unknown', words };
}

/** @type {(path: string, body: string, env: Json) => Promise<Reply>} */
async function post(path, body, env) {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  const authorization = `Bearer ${env.SQUARE_ACCESS_TOKEN}`;
  const type = { 'content-type': 'application/json', 'square-version': '2025-08-20' };
  const init = { method: 'POST', headers: { ...type, authorization }, body };
  const { signal } = timeout;
  const url = env.SQUARE_BASE_URL + path;
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const text = await response.text();
    return { status: response.status, text: text.length > REPLY_LIMIT ? '' : text };
  } catch {
    return { status: 0, text: '' };
  } finally {
    clearTimeout(timer);
  }
}

/** What is frozen, under the names that the statements' columns have.
 * @param {Json} row */
const frozenOf = (row) => ({
  total: row["json_extract(l.request, '$.total')"],
  currency: row["json_extract(l.request, '$.currency')"],
  order: row["json_extract(l.request, '$.order')"],
  payment: row["json_extract(l.request, '$.payment')"],
});

/** @type {(row: Json, env: Json) => Json} */
function readRow(row, env) {
  const { claim_key: key, restaurant_id: restaurant, account } = row;
  // The last column is the payload, or its size where it is too large to be carried.
  const payload = JSON.parse(String(Object.values(row).at(-1)));
  const fingerprint = sha256(canonical({ payload, restaurant_id: restaurant }), 'hex');
  const held = { key, restaurant, fingerprint, account, identity: row, frozen: frozenOf(row) };
  if (held.frozen.order) return row.fingerprint === fingerprint ? held : { dead: 'differs' };
  const location = row.location_id ?? env.SQUARE_LOCATION_ID;
  try {
    const total = totalOf(payload);
    const order = orderBody(row, payload, location);
    const payment = paymentBody(row, payload, location);
    const { currency } = payload;
    const request = { v: 1, square_version: '2025-08-20', total, currency, order, payment };
    return { ...held, request: JSON.stringify(request) };
  } catch (error) {
    return { dead: String(error) };
  }
}

/** @type {(frozen: Json, env: Json) => Promise<Json>} */
async function push(frozen, env) {
  const order = outcomeOf('order', await post('/v2/orders', frozen.order, env), frozen);
  const ordered = { outcome: order, event: `order_${order.result}` };
  if (order.result !== 'accepted') return ordered;
  const external_order_id = order.id;
  if (!frozen.payment) return { ...ordered, external_order_id };
  const own = `"order_id":${JSON.stringify(external_order_id)}`;
  const body = frozen.payment.replace(PLACEHOLDER, () => own);
  const payment = outcomeOf('payment', await post('/v2/payments', body, env), frozen);
  const paid = { outcome: payment, event: `payment_${payment.result}`, external_order_id };
  return payment.result === 'accepted' ? { ...paid, external_payment_id: payment.id } : paid;
}

/** @type {Json} */
const STATUS = { accepted: 'success', unknown: 'failed', throttled: 'failed', unauthorized: null };

/** @param {Json} held */
function settlementOf({ key, identity, event, outcome, external_order_id, external_payment_id }) {
  const { result, words } = outcome;
  const status = STATUS[result] === undefined ? 'dead' : STATUS[result];
  const booked = result === 'accepted';
  const wait = Math.max(QUIET_MS, Math.floor(Math.random() * 60_000));
  const doubtful = ['unknown', 'throttled', 'conflict'].includes(result);
  return {
    key,
    revision: identity.revision,
    actor: 'cron',
    event,
    status,
    error: booked ? null : `${result}: ${words}`,
    detail: JSON.stringify({ words, external_order_id, external_payment_id }),
    attempts: Number(['unknown', 'rejected', 'conflict'].includes(result)),
    delay_ms: status === 'failed' ? wait : null,
    external_order_id: external_order_id ?? null,
    external_payment_id: external_payment_id ?? null,
    ledger: 1,
    sent: 1,
    booked: Number(booked),
    doubt: booked ? 'clear' : doubtful ? 'set' : 'keep',
    // Left out, it leaves the reason as it is.
    ...(result === 'conflict' && { look: 'conflict' }),
  };
}

/** @param {Json[]} done */
function accountsOf(done) {
  const times = { quiet_ms: QUIET_MS, base_ms: 60_000, cap_ms: 14_400_000, slots: 6 };
  return Array.from(Map.groupBy(done, ({ account }) => account), ([restaurant, own]) => {
    const count = (/** @type {string} */ result) =>
      own.filter(({ outcome }) => outcome.result === result).length;
    const opens = Number(count('unauthorized') > 0);
    const pause_ms = count('throttled') > 0 ? 60_000 : 0;
    const reason = opens ? 'unauthorized' : pause_ms ? 'throttled' : '';
    const news = { reset: Number(count('accepted') > 0), unknowns: count('unknown'), opens };
    const { key } = own[own.length - 1];
    return { restaurant, key, ...news, release: 0, pause_ms, reason, ...times };
  });
}

/**
 * One tick of one batch.
 * @param {Json} world `db`, `statements`, `env`, and the tick's `id`
 */
export async function plainTick({ db, statements, env, id }) {
  /** @type {(stage: string, names: string[], ...parameters: unknown[]) => Promise<Json[]>} */
  const ask = (stage, names, ...values) => {
    const texts = [`${id}.1`, ...values.map((value) => JSON.stringify(value))];
    return db.batch(
      names.map((name) => {
        const { sql, parameters } = statements[`${stage}.${name}`];
        return db.prepare(sql).bind(...texts.slice(0, parameters));
      }),
    );
  };
  const limits = { batch: 50, slots: 6, lease_ms: 960_000, quiet_ms: QUIET_MS, start: 0 };
  const claim = await ask('claim', CLAIM, limits);
  /** @type {Json[]} */
  const held = claim[ROWS_AT].results.map((/** @type {Json} */ row) => readRow(row, env));

  const unfrozen = held.filter(({ request }) => request);
  if (unfrozen.length > 0) {
    const list = unfrozen.map(({ key, restaurant, fingerprint, request }) =>
      ({ key, restaurant, fingerprint, request, refusals: 0 }));
    const [, stored] = await ask('freeze', FREEZE, list);
    const rows = new Map(stored.results.map((/** @type {Json} */ row) => [row.claim_key, row]));
    for (const each of unfrozen) each.frozen = frozenOf(rows.get(each.key));
  }

  const waiting = held.filter(({ frozen }) => frozen?.order).values();
  const lane = async () => {
    for (const each of waiting) Object.assign(each, await push(each.frozen, env));
  };
  await Promise.all(Array.from({ length: 6 }, lane));

  const done = held.filter(({ outcome }) => outcome);
  const settled = await ask('settle', SETTLE, done.map(settlementOf), accountsOf(done));
  return { claimed: held.length, booked: settled[SETTLE.length - 1].results.length };
}
