// The local Square as an HTTP server on the loopback interface.
import { createServer } from 'node:http';
import { control } from './control.js';
import { errorEntry } from './errors.js';
import { summarize } from './summary.js';
import { Twin } from './twin.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').FaultOptions} FaultOptions */
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
 * @property {(change: {token?: string, state?: 'valid' | 'expired' | 'revoked'}) => void} setToken
 * @property {() => void} flush lets late effects and slow answers happen now
 * @property {() => void} reset forgets everything
 * @property {() => Promise<void>} close hangs up on everybody */

const MAX_BODY_BYTES = 1024 * 1024;

/** Reads a body whole; null if it is too large.
 * @param {IncomingMessage} req
 * @param {(bytes: Buffer | null) => void} done */
function readBody(req, done) {
  /** @type {Buffer[]} */
  const chunks = [];
  let size = 0;
  req.on('data', (chunk) => {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  });
  req.on('end', () => done(size > MAX_BODY_BYTES ? null : Buffer.concat(chunks)));
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
  readBody(req, (bytes) => {
    try {
      const body = bytes?.length ? JSON.parse(bytes.toString()) : {};
      const path = new URL(req.url ?? '/', 'http://twin').pathname;
      const result = control(twin, req.method ?? 'GET', path, body);
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
  readBody(req, (bytes) => {
    if (bytes) twin.handle(req, res, bytes, startedMs);
    else {
      const detail = 'At most 1 MB.';
      sendJson(res, 413, { errors: [errorEntry('REQUEST_ENTITY_TOO_LARGE', detail)] });
    }
  });
}

/** Starts a local Square on 127.0.0.1; without a port, on any free one.
 * @param {TwinOptions} [options]
 * @returns {Promise<RunningTwin>} */
export async function startTwin(options = {}) {
  // The check needs a package that a plain run does without.
  const openapi = options.openapi ? await import('./openapi.js') : null;
  const validator = openapi ? openapi.makeOpenApiValidator(String(options.openapi)) : null;
  const twin = new Twin(options, validator);
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
      return twin.gate.token;
    },
    locations: twin.books.locations,
    state: () => twin.state(),
    summary: () => summarize(twin.books.store),
    setFaults: (faults) => twin.faults.configure(faults),
    setToken: (change) => twin.gate.change(change),
    flush: () => twin.flush(),
    reset: () => twin.reset(),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      twin.close();
    }),
  };
}
