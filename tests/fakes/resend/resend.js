// A local Resend: a double of POST /emails on the loopback interface, which sends nothing to anybody.
import { createServer } from 'node:http';
import { answer } from '../square/answer.js';
import { sha256 } from '../square/canonical.js';
import { Faults } from '../square/faults.js';
import { Mailbox } from './mailbox.js';
import { errorOfStatus, ResendError } from './resend-rules.js';
import { readBody } from '../square/server.js';
import { carryOut, Waiting } from '../square/waiting.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */
/** @typedef {import('../square/types.d.ts').Call} Call */
/** @typedef {import('../square/types.d.ts').FaultOptions} FaultOptions */
/** @typedef {import('../square/types.d.ts').Json} Json */
/** @typedef {import('../square/types.d.ts').Reply} Reply */
/** @typedef {import('../square/types.d.ts').ResendOptions} ResendOptions */

/** A running local Resend.
 * @typedef {object} RunningResend
 * @property {string} url its origin
 * @property {number} port
 * @property {string} token the API key that it takes
 * @property {() => Json[]} sent the mails, in the order in which they were sent
 * @property {() => Json} state the mails, the log of requests, and what was wrong with them
 * @property {(options: FaultOptions) => void} setFaults replaces plan, seed and rates
 * @property {(ms: number) => void} advance lets time pass: for keys and limits
 * @property {() => Json[]} excuse takes away what was wrongly sent, where a test sends it on purpose
 * @property {() => void} flush lets late effects and slow answers happen now
 * @property {() => void} reset forgets the mails, the keys and the log
 * @property {() => Promise<void>} close hangs up on everybody; throws if something wrong was sent */

const MAX_BODY_BYTES = 40 * 1024 * 1024;

/** @param {Buffer} bytes
 * @returns {any} undefined if it is not JSON */
function parse(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

class Resend {
  /** @type {Json[]} */
  requests = [];
  /** @type {Json[]} */
  violations = [];
  /** What this double did wrong itself.
   * @type {string[]} */
  bugs = [];
  count = 0;

  /** @param {ResendOptions} options */
  constructor(options) {
    this.options = options;
    this.mailbox = new Mailbox(options);
    this.faults = new Faults(options);
    this.waiting = new Waiting();
  }

  /** Takes one request whose body has been read.
   * @param {IncomingMessage} req
   * @param {ServerResponse} res
   * @param {Buffer} bytes */
  handle(req, res, bytes) {
    const { mailbox } = this;
    const header = req.headers['idempotency-key'];
    const call = this.callOf(req, parse(bytes), String(header ?? ''));
    const wrong = mailbox.examine(call, header === undefined ? undefined : String(header));
    if (wrong) this.violations.push({ key: call.key, ...wrong.body });
    const fault = this.faults.decide(call, this.faults.count(call));
    const record = this.record(call, bytes, fault.kind);
    const isSecond = (mailbox.underway.get(call.key) ?? 0) > 0;
    const landed = fault.applied ? mailbox.arrive(call.key) : () => {};
    carryOut(this.waiting, fault, {
      latencyMs: this.options.latencyMs ?? 0,
      land: () => {
        const reply = this.decide(call, wrong, isSecond);
        landed();
        record.applied = reply.status === 200;
        record.replayed = call.replayed;
        return reply;
      },
      reply: (reply) => {
        if (res.closed) return;
        if (reply?.status === 429) res.setHeader('retry-after', '1');
        answer(res, fault, reply ?? { status: 200, body: { id: 'never-sent' } }, errorOfStatus);
        if (res.headersSent) record.status = res.statusCode;
      },
    });
  }

  /** @param {Call} call
   * @param {ResendError | null} wrong
   * @param {boolean} isSecond
   * @returns {Reply} */
  decide(call, wrong, isSecond) {
    try {
      this.mailbox.admit(call.authorization);
      this.mailbox.throttle();
      if (wrong) throw wrong;
      return this.mailbox.send(call, isSecond);
    } catch (error) {
      if (error instanceof ResendError) return { status: error.status, body: error.body };
      this.bugs.push(String(error instanceof Error ? error.stack : error));
      return { status: 500, body: errorOfStatus(500) };
    }
  }

  /** The same shape as a call of the local Square's, so that faults are matched in the same way. Whom a
   * mail is for is its key, for that is what stays the same from one try to the next.
   * @param {IncomingMessage} req
   * @param {any} body
   * @param {string} key
   * @returns {Call} */
  callOf({ method = 'GET', url = '/', headers: { authorization = '' } }, body, key) {
    const { pathname: path, searchParams: query } = new URL(url, 'http://resend');
    return {
      n: ++this.count,
      method,
      path,
      route: path,
      params: {},
      query,
      body,
      key,
      identity: key,
      authorization,
      merchant_id: '',
      page_size: Infinity,
      replayed: false,
    };
  }

  /** @param {Call} call
   * @param {Buffer} bytes
   * @param {string} fault
   * @returns {Json} */
  record({ n, method, path, key }, bytes, fault) {
    /** @type {Json} */
    const record = {
      n, method, path, key, body_sha256: sha256(bytes), fault,
      applied: false, replayed: false, status: null,
    };
    this.requests.push(record);
    return record;
  }

  /** @returns {Json} */
  state() {
    const { requests, violations, bugs } = this;
    return { mails: this.mailbox.sent, requests, violations, bugs };
  }

  reset() {
    const { ahead } = this.mailbox;
    this.mailbox = new Mailbox(this.options);
    this.mailbox.ahead = ahead;
    this.requests = [];
    this.faults.configure(this.faults.options);
  }

  /** Answers a request below /_resend/; null if there is no such path.
   * @param {string} request
   * @param {Json} body
   * @returns {Json | null} */
  control(request, body) {
    switch (request) {
      case 'GET /_resend/state':
        return this.state();
      case 'POST /_resend/faults':
        this.faults.configure(body);
        return {};
      case 'POST /_resend/clock':
        this.mailbox.ahead += Number(body.advance_ms);
        return { now: new Date(this.mailbox.now()).toISOString() };
      case 'POST /_resend/excuse':
        return { violations: this.violations.splice(0) };
      case 'POST /_resend/flush':
        this.waiting.flush();
        return {};
      case 'POST /_resend/reset':
        this.reset();
        return {};
      default:
        return null;
    }
  }

  /** What a test must not leave behind, once.
   * @returns {string} empty if nothing is wrong */
  verdict() {
    const broken = this.violations.splice(0).map(({ name, message }) => `${name}: ${message}`);
    const rules = broken.length > 0 ? ['What was sent is not what Resend takes:', ...broken] : [];
    return [...this.bugs.splice(0), ...rules].join('\n');
  }
}

/** @param {Resend} resend
 * @param {IncomingMessage} req
 * @param {ServerResponse} res */
function serve(resend, req, res) {
  const isControl = req.url?.startsWith('/_resend/') ?? false;
  readBody(req, MAX_BODY_BYTES, (bytes) => {
    if (!isControl) {
      resend.handle(req, res, bytes ?? Buffer.alloc(0));
      return;
    }
    res.setHeader('content-type', 'application/json');
    try {
      const body = bytes?.length ? JSON.parse(bytes.toString()) : {};
      const result = resend.control(`${req.method} ${req.url}`, body);
      res.writeHead(result ? 200 : 404).end(JSON.stringify(result ?? { error: 'no such path' }));
    } catch (error) {
      res.writeHead(400).end(JSON.stringify({ error: String(error) }));
    }
  });
}

/** Starts a local Resend on 127.0.0.1; without a port, on any free one.
 * @param {ResendOptions} [options]
 * @returns {Promise<RunningResend>} */
export async function startResend(options = {}) {
  const resend = new Resend(options);
  const server = createServer((req, res) => serve(resend, req, res));
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
    token: resend.mailbox.apiKey,
    sent: () => resend.mailbox.sent,
    state: () => resend.state(),
    setFaults: (faults) => resend.faults.configure(faults),
    advance(ms) {
      resend.mailbox.ahead += ms;
    },
    excuse: () => resend.violations.splice(0),
    flush: () => resend.waiting.flush(),
    reset: () => resend.reset(),
    async close() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      resend.waiting.clear();
      await closed;
      const complaint = resend.verdict();
      if (complaint !== '') throw new Error(complaint);
    },
  };
}
