// The local Square as an HTTP server on the loopback interface.
import { createServer } from 'node:http';
import { control } from './control.js';
import { changeDispute } from './disputes.js';
import { errorEntry } from './errors.js';
import { settleRefund } from './refunds.js';
import { seed } from './seed.js';
import { summarize } from './summary.js';
import { Twin } from './twin.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').FaultOptions} FaultOptions */
/** @typedef {import('./types.d.ts').MerchantOptions} MerchantOptions */
/** @typedef {import('./types.d.ts').Rules} Rules */
/** @typedef {import('./types.d.ts').Delivery} Delivery */
/** @typedef {import('./types.d.ts').DisputeChange} DisputeChange */
/** @typedef {import('./types.d.ts').RefundChange} RefundChange */
/** @typedef {import('./types.d.ts').SeedOrder} SeedOrder */
/** @typedef {import('./types.d.ts').SeededIds} SeededIds */
/** @typedef {import('./types.d.ts').Subscription} Subscription */
/** @typedef {import('./types.d.ts').TokenChange} TokenChange */
/** @typedef {import('./types.d.ts').Violation} Violation */
/** @typedef {import('./types.d.ts').TwinOptions} TwinOptions */

/** A running local Square.
 * @typedef {object} RunningTwin
 * @property {string} url its origin, without /v2
 * @property {number} port
 * @property {string} token the bearer token that it takes
 * @property {{id: string, currency: string}[]} locations
 * @property {() => Json} state orders, payments, requests and what was wrong with them
 * @property {() => Json} summary how many sales, and which were booked more than once
 * @property {(options: FaultOptions) => void} setFaults replaces plan, seed and rates
 * @property {(change: TokenChange) => void} setToken what becomes of a merchant's tokens
 * @property {(merchant: MerchantOptions) => void} addMerchant adds a merchant, or authorizes it anew
 * @property {(change: Partial<Rules>) => void} setRules how this Square behaves from now on
 * @property {(ms: number) => void} advance lets time pass
 * @property {(subscription: Subscription | null) => void} subscribe where events are sent
 * @property {() => Json[]} events what happened on the books, each with the headers that it is sent with
 * @property {(ids?: string[]) => Promise<Delivery[]>} deliver sends events: those named, or all unsent
 * @property {(past: {orders: SeedOrder[]}) => {orders: SeededIds[]}} seed puts what is long over on the
 *   books
 * @property {(change: RefundChange) => Json} refund what becomes of a pending refund, or what the next
 *   refunds of a payment are
 * @property {(change: DisputeChange) => Json} dispute what a cardholder and the bank do
 * @property {() => Violation[]} excuse takes away what was wrongly sent, where a test sends it on purpose
 * @property {() => void} flush lets late effects and slow answers happen now
 * @property {() => void} reset forgets everything
 * @property {() => Promise<void>} close hangs up on everybody; throws if something wrong was sent */

const MAX_BODY_BYTES = 1024 * 1024;

/** Reads a body whole; null if it is too large.
 * @param {IncomingMessage} req
 * @param {number} most
 * @param {(bytes: Buffer | null) => void} done */
export function readBody(req, most, done) {
  /** @type {Buffer[]} */
  const chunks = [];
  let size = 0;
  req.on('data', (chunk) => {
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
  });
  req.on('end', () => done(size > most ? null : Buffer.concat(chunks)));
}

/** @param {ServerResponse} res
 * @param {number} status
 * @param {Json} body */
function sendJson(res, status, body) {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
}

/** @param {Twin} twin
 * @param {IncomingMessage} req
 * @param {ServerResponse} res */
function handleControl(twin, req, res) {
  // A seeded past is as large as a test wants it.
  readBody(req, Infinity, async (bytes) => {
    try {
      const body = bytes?.length ? JSON.parse(bytes.toString()) : {};
      const path = new URL(req.url ?? '/', 'http://twin').pathname;
      const result = await control(twin, req.method ?? 'GET', path, body);
      sendJson(res, result ? 200 : 404, result ?? { error: `no ${req.method} ${path}` });
    } catch (error) {
      sendJson(res, 400, { error: String(error) });
    }
  });
}

/** @param {Twin} twin
 * @param {IncomingMessage} req
 * @param {ServerResponse} res */
function handleSquare(twin, req, res) {
  const startedMs = twin.books.now();
  res.once('close', twin.recorder.arrive());
  readBody(req, MAX_BODY_BYTES, (bytes) => {
    if (bytes) twin.handle(req, res, bytes, startedMs);
    else {
      const detail = 'At most 1 MB.';
      sendJson(res, 413, { errors: [errorEntry('REQUEST_ENTITY_TOO_LARGE', detail)] });
    }
  });
}

/** Where Square's OpenAPI file is at hand everything that is sent is held against it. The check needs a
 * package that a plain run does without; a run that measures does without the check.
 * @param {TwinOptions} options
 * @returns {Promise<import('./openapi.js').Validator | null>} */
async function validatorOf({ openapi = process.env.SQUARE_OPENAPI ?? '', log = true }) {
  if (openapi === '' || !log) return null;
  const { makeOpenApiValidator } = await import('./openapi.js');
  return makeOpenApiValidator(openapi);
}

/** Starts a local Square on 127.0.0.1; without a port, on any free one.
 * @param {TwinOptions} [options]
 * @returns {Promise<RunningTwin>} */
export async function startTwin(options = {}) {
  const twin = new Twin(options, await validatorOf(options));
  const server = createServer((req, res) => {
    if (req.url?.startsWith('/_twin/')) handleControl(twin, req, res);
    else handleSquare(twin, req, res);
  });
  // A client may hold an idle connection as long as it likes; a server that closes it first
  // would look like a fault that nobody asked for.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get token() {
      return twin.books.merchants.tokenOf();
    },
    locations: twin.books.locations,
    state: () => twin.state(),
    summary: () => summarize(twin.books.store),
    setFaults: (faults) => twin.faults.configure(faults),
    setToken: (change) => twin.books.merchants.change(change),
    addMerchant: (merchant) => void twin.books.merchants.authorize(merchant),
    setRules: (change) => twin.rule(change),
    advance(ms) {
      twin.books.ahead += ms;
    },
    subscribe: (subscription) => twin.events.subscribe(subscription),
    events: () => twin.events.state(),
    deliver: (ids) => twin.events.deliver(ids),
    seed: (past) => seed(twin.books, past),
    refund: (change) => settleRefund(twin.books, change),
    dispute: (change) => changeDispute(twin.books, change),
    excuse: () => twin.recorder.violations.splice(0),
    flush: () => twin.flush(),
    reset: () => twin.reset(),
    async close() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      twin.close();
      await closed;
      await Promise.all(twin.events.underway);
      // The one place that every test comes by: nothing wrong was sent, and nothing went wrong here.
      const complaint = twin.verdict();
      if (complaint !== '') throw new Error(complaint);
    },
  };
}
