// A plain client for the tests: what our shell and the old pusher do with fetch.

/** @typedef {Record<string, any>} Json */
/** @typedef {{status: number, body: any, headers: Headers}} Answer */

/** @param {{url: string, token: string}} twin */
export function clientOf(twin) {
  /** @param {string} method
   * @param {string} path
   * @param {Json} [body]
   * @param {{headers?: Record<string, string>, signal?: AbortSignal}} [more]
   * @returns {Promise<Answer>} */
  async function request(method, path, body, { headers = {}, signal } = {}) {
    const response = await fetch(twin.url + path, {
      method,
      headers: {
        authorization: `Bearer ${twin.token}`,
        'square-version': '2025-08-20',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  }
  return {
    request,
    /** @param {string} path */
    get: (path) => request('GET', path),
    /** @param {string} path
     * @param {Json} body
     * @param {{headers?: Record<string, string>, signal?: AbortSignal}} [more] */
    post: (path, body, more) => request('POST', path, body, more),
  };
}

/** Sends a request and hangs up once it has arrived, as a client does whose time is over.
 * @param {import('../server.js').RunningTwin} twin
 * @param {string} path
 * @param {Json} body
 * @returns {Promise<void>} */
export async function postAndHangUp(twin, path, body) {
  const abort = new AbortController();
  const arrived = twin.state().request_count + 1;
  const answer = clientOf(twin).post(path, body, { signal: abort.signal });
  const outcome = answer.then(() => 'answered', () => 'gone');
  await until(() => twin.state().requests.length >= arrived);
  abort.abort();
  if ((await outcome) === 'answered') throw new Error('answered, where no answer was expected');
}

/** Waits for something that is bound to happen; the test's own time is the only limit.
 * @param {() => boolean} condition */
export async function until(condition) {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

export const LOCATION = 'LADANA0000001';

/** @param {number} amount
 * @param {string} [currency] */
export const money = (amount, currency = 'TRY') => ({ amount, currency });

/** A CreateOrder body: two Adana kebabs, 700.00 TRY.
 * @param {Json} [order] more fields of the order
 * @param {string} [key]
 * @returns {Json} */
export function orderBody(order = {}, key) {
  const item = { name: 'Adana Kebabı', quantity: '2', base_price_money: money(35000) };
  return {
    ...(key === undefined ? {} : { idempotency_key: key }),
    order: { location_id: LOCATION, reference_id: 'ord-1', line_items: [item], ...order },
  };
}

/** A CreatePayment body for an order of 700.00 TRY that was paid elsewhere.
 * @param {string} orderId
 * @param {Json} [more]
 * @returns {Json} */
export function paymentBody(orderId, more = {}) {
  return {
    idempotency_key: 'pay-1',
    source_id: 'EXTERNAL',
    external_details: { type: 'OTHER', source: 'thMenu', source_id: 'ord-1' },
    amount_money: money(70000),
    location_id: LOCATION,
    order_id: orderId,
    ...more,
  };
}
