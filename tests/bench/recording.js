// One whole tick, recorded: what the core was told, what D1 and the local Square answered. It is
// played again, and then nothing but what is measured takes any time.
import { readFileSync } from 'node:fs';
import { Core } from '../../bindings/core.js';
import { SHIPPED_MODULE } from '../../scripts/lib/cmake.mjs';
import { BATCH } from './budget.js';
import { MemoryD1 } from './database.js';
import { median } from './stats.js';

/** @typedef {Record<string, any>} Json */
/** @typedef {import('./orders.js').BenchOrder} BenchOrder */
/** @typedef {import('../fakes/square/server.js').RunningTwin} RunningTwin */

/**
 * @typedef {object} Recording
 * @property {Json} job the header that started it
 * @property {Uint8Array[]} frames what the core was given, from its start to its end
 * @property {Map<string, Json[]>} answers of D1, by the first statement of their batch
 * @property {Map<string, Uint8Array>} replies of the provider, by idempotency key
 * @property {number} replyBytes of the median reply
 */

/** @typedef {{header: Json, attachments: Uint8Array[]}} Outcome */

export const MODULE = new WebAssembly.Module(readFileSync(SHIPPED_MODULE));
export const STATEMENTS = Core.statements(MODULE);

/** A reply comes after so long: 150 ms, shared by six slots. */
const STEP_MS = 25;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A frame as bindings/abi.h describes it.
 * @param {Json} header
 * @param {readonly Uint8Array[]} attachments
 */
export function frameOf(header, attachments) {
  const text = encoder.encode(JSON.stringify(header));
  const length = new Uint8Array(new Uint32Array([text.length]).buffer);
  return new Uint8Array(Buffer.concat([length, text, ...attachments]));
}

/** Performs a job as the shell does, but one outcome at a time, and keeps all that was said. */
class Recorder {
  /** @type {Uint8Array[]} */
  frames = [];
  /** @type {Map<string, Json[]>} */
  answers = new Map();
  /** @type {Map<string, Uint8Array>} */
  replies = new Map();

  /** @param {MemoryD1} db
   * @param {RunningTwin} twin */
  constructor(db, twin) {
    this.db = db;
    this.twin = twin;
  }

  /** @param {Json} job
   * @param {Uint8Array[]} [attachments]
   * @returns {Promise<{status: number, body: Json}>} how it ended */
  async run(job, attachments = []) {
    const core = new Core(MODULE);
    this.frames.push(frameOf(job, attachments));
    let answer = core.start(job, attachments);
    /** @type {{command: Json, parts: Uint8Array[]}[]} */
    const waiting = [];
    for (let elapsed_ms = STEP_MS; ; elapsed_ms += STEP_MS) {
      for (const command of answer.header.commands) {
        const lengths = [command.parameter_bytes ?? command.body_bytes ?? []].flat();
        const parts = answer.attachments.splice(0, lengths.length);
        if (command.do === 'done') {
          return { status: command.status, body: JSON.parse(decoder.decode(parts[0])) };
        }
        if (command.do === 'd1' || command.do === 'fetch') waiting.push({ command, parts });
      }
      const next = waiting.shift();
      if (!next) throw new Error('the recorded job waits for nothing');
      const outcome = await this.perform(next.command, next.parts);
      const input = { elapsed_ms, outcomes: [outcome.header] };
      this.frames.push(frameOf(input, outcome.attachments));
      answer = core.step(input, outcome.attachments);
    }
  }

  /** @param {Json} command
   * @param {Uint8Array[]} parts */
  perform(command, parts) {
    return command.do === 'd1' ? this.#askD1(command, parts) : this.#send(command, parts[0]);
  }

  /** @param {Json} command
   * @param {Uint8Array[]} parts
   * @returns {Promise<Outcome>} */
  async #askD1({ id, statements }, parts) {
    const parameters = parts.map((part) => decoder.decode(part));
    const batch = statements.map((/** @type {string} */ name) => ({
      sql: STATEMENTS[name].sql,
      values: parameters.slice(0, STATEMENTS[name].parameters),
    }));
    const answer = await this.db.batch(batch);
    this.answers.set(statements[0], answer);
    const results = answer.map((each) => each.results.map((row) => Object.values(row)));
    return { header: { id, of: 'd1', results }, attachments: [] };
  }

  /** @param {Json} command
   * @param {Uint8Array} part
   * @returns {Promise<Outcome>} */
  async #send({ id, url, headers }, part) {
    const body = decoder.decode(part);
    const authorization = `Bearer ${this.twin.token}`;
    const init = { method: 'POST', headers: { ...headers, authorization }, body };
    const response = await fetch(url, init);
    const reply = new Uint8Array(await response.arrayBuffer());
    this.replies.set(JSON.parse(body).idempotency_key, reply);
    const date = response.headers.get('date') ?? undefined;
    const { status } = response;
    return {
      header: { id, of: 'fetch', status, date, body_bytes: reply.length },
      attachments: [reply],
    };
  }
}

/** What every job is told here.
 * @param {RunningTwin} twin
 * @param {Json} job
 * @returns {Json} */
const headerOf = (twin, job) => ({
  ...job,
  variables: { SQUARE_BASE_URL: twin.url, SQUARE_LOCATION_ID: twin.locations[0].id },
  secrets: ['SQUARE_ACCESS_TOKEN'],
  seed: '00112233445566778899aabbccddeeff',
});

/** @param {MemoryD1} db
 * @param {BenchOrder} order */
async function enqueue(db, { order_id, restaurant_id, payload }) {
  const sql =
    'INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, payload) ' +
    "VALUES (?1, 'square', ?2, ?3)";
  await db.batch([{ sql, values: [order_id, restaurant_id, JSON.stringify(payload)] }]);
}

/** At the HTTP door, which freezes the order.
 * @param {MemoryD1} db
 * @param {RunningTwin} twin
 * @param {BenchOrder} order */
async function enqueueAtTheDoor(db, twin, order) {
  const body = encoder.encode(JSON.stringify(order));
  const route = { job: 'http', route: 'orders.create', path: {}, query: {} };
  const job = { ...route, id: order.order_id, body_bytes: body.length };
  const { status } = await new Recorder(db, twin).run(headerOf(twin, job), [body]);
  if (status !== 201) throw new Error(`the door answered ${status}`);
}

/**
 * A tick with one full batch.
 * @param {RunningTwin} twin
 * @param {BenchOrder[]} orders
 * @param {{frozen: boolean}} options whether they were frozen at the HTTP door
 * @returns {Promise<Recording>}
 */
export async function record(twin, orders, { frozen }) {
  const db = new MemoryD1();
  try {
    for (const order of orders) {
      await (frozen ? enqueueAtTheDoor(db, twin, order) : enqueue(db, order));
    }
    const id = '7d9c5f1e-6b0a-4c3d-9e21-5a1f0c2b3d4e';
    const job = headerOf(twin, { job: 'tick', door: 'cron', id });
    const recorder = new Recorder(db, twin);
    const { body } = await recorder.run(job);
    if (body.booked !== BATCH) {
      throw new Error(`the recorded tick did not book its batch: ${JSON.stringify(body)}`);
    }
    const { frames, answers, replies } = recorder;
    const replyBytes = median(Array.from(replies.values(), ({ length }) => length));
    return { job, frames, answers, replies, replyBytes };
  } finally {
    db.close();
  }
}
