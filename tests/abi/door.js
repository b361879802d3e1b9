// The job of POST /v1/orders, as far as a request is made of a payload, without a worker and a D1.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Core } from '../../bindings/core.js';

/** @typedef {Record<string, any>} Json */

/** @typedef {object} Answer
 * @property {Json} [order] what is to be stored, its `request` parsed
 * @property {Json} [problem] what the door says instead */

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

const VARIABLES = { SQUARE_LOCATION_ID: 'L1', SQUARE_BASE_URL: 'http://127.0.0.1:1' };

/** What D1 knows of an order that nobody has enqueued yet: one row.
 * @param {string} sql @param {string} query */
function evidenceOfNothing(sql, query) {
  const database = new DatabaseSync(':memory:');
  for (const name of readdirSync(MIGRATIONS).sort()) {
    database.exec(readFileSync(path.join(MIGRATIONS, name), 'utf8'));
  }
  const rows = database.prepare(sql).all('op:x', query).map((row) => Object.values(row));
  database.close();
  return rows;
}

/** @param {WebAssembly.Module} module */
export function makeDoor(module) {
  const statements = Core.statements(module);
  const asked = JSON.stringify({ order_id: 'x', provider: 'square', revision: 1, restaurant_id: '' });
  // Any number of jobs, one after the other: each drops the one before.
  const core = new Core(module);
  const evidence = evidenceOfNothing(statements['order.evidence'].sql, asked);

  /** Enqueues a new order.
   * @param {Json} order with its payload
   * @returns {Answer} */
  return function enqueue(order) {
    const body = encoder.encode(JSON.stringify(order));
    const job = { job: 'http', route: 'orders.create', path: {}, query: {}, body_bytes: body.length };
    const start = { ...job, variables: VARIABLES, secrets: [], id: 'x', seed: '0'.repeat(32) };
    const frame = core.start(start, [body]);
    const [command] = frame.header.commands;
    if (command.do !== 'd1') return { problem: JSON.parse(decoder.decode(frame.attachments[0])) };
    const outcome = { id: command.id, of: 'd1', results: [evidence] };
    const { attachments } = core.step({ elapsed_ms: 0, outcomes: [outcome] });
    const stored = JSON.parse(decoder.decode(attachments.at(-1)));
    return { order: { ...stored, request: JSON.parse(stored.request) } };
  };
}
