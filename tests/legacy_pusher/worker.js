// The old pusher of the report, kept as it was: every half hour it takes 50 rows and pushes one
// after another. A reply that is lost after Square has booked the sale looks like a failure to
// it, and the next tick pushes the order as a new sale. The demo and the tests run it to show
// what each protection is for.
import { orderBody, paymentBody } from './mapping.js';

/** @typedef {Record<string, any>} Json */
/** @typedef {{D1_OPS: any, SQUARE_BASE_URL: string, SQUARE_ACCESS_TOKEN: string,
 *   SQUARE_LOCATION_ID: string, PUSH_TIMEOUT_SECONDS?: string}} Env */

/** @param {Env} env
 * @param {string} path
 * @param {Json} body
 * @returns {Promise<Json>} */
async function postSquare(env, path, body) {
  const response = await fetch(`${env.SQUARE_BASE_URL}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${env.SQUARE_ACCESS_TOKEN}`,
      'content-type': 'application/json',
      'square-version': '2025-08-20',
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(Number(env.PUSH_TIMEOUT_SECONDS ?? 30) * 1000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Square answered ${response.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

/** @param {Env} env
 * @param {Json} row */
async function pushOrder(env, row) {
  const payload = JSON.parse(row.payload);
  const body = orderBody(row.order_id, payload, env.SQUARE_LOCATION_ID);
  const { order } = await postSquare(env, '/v2/orders', body);
  if (!payload.payment) return;
  await postSquare(env, '/v2/payments', paymentBody(row.order_id, payload, order));
}

/** One tick.
 * @param {Env} env
 * @returns {Promise<{pushed: number, failed: number}>} */
export async function drain(env) {
  const { results } = await env.D1_OPS.prepare(
    `SELECT * FROM pos_sync_queue
     WHERE status IN ('pending', 'failed') AND attempts < 10 ORDER BY id LIMIT 50`).all();
  const count = { pushed: 0, failed: 0 };
  for (const row of results) {
    try {
      await pushOrder(env, row);
      await env.D1_OPS.prepare(
        `UPDATE pos_sync_queue SET status = 'success', updated_at = CURRENT_TIMESTAMP WHERE id = ?`)
        .bind(row.id).run();
      count.pushed += 1;
    } catch (error) {
      await env.D1_OPS.prepare(
        `UPDATE pos_sync_queue SET status = 'failed', attempts = attempts + 1, last_error = ?,
         updated_at = CURRENT_TIMESTAMP WHERE id = ?`)
        .bind(String(error), row.id).run();
      count.failed += 1;
    }
  }
  return count;
}

export default {
  /** @param {unknown} _controller
   * @param {Env} env */
  async scheduled(_controller, env) {
    await drain(env);
  },
};
