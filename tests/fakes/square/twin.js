// One request's way: recorded, perhaps hit by a fault, landed on the books, answered.
import { answer } from './answer.js';
import { Books } from './books.js';
import { complaint, examine } from './conformance.js';
import { errorEntry, errorOfStatus, SquareError } from './errors.js';
import { Events } from './events.js';
import { Faults } from './faults.js';
import { Recorder } from './recorder.js';
import { findRoute, identityOf, merchantOf } from './routes.js';
import { rulesIn, strangers } from './rules.js';
import { carryOut, Waiting } from './waiting.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Fault} Fault */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./types.d.ts').RequestRecord} RequestRecord */
/** @typedef {import('./types.d.ts').TwinOptions} TwinOptions */
/** @typedef {import('./openapi.js').Validator} Validator */
/** @typedef {ReturnType<typeof findRoute>} Route */

/** What a spoilt answer is cut from when the request itself took no effect.
 * @type {Reply} */
const UNAPPLIED = { status: 200, body: { order: { id: 'never-booked' } } };

/** @param {Buffer} bytes
 * @returns {any} undefined if it is not JSON */
function parse(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** How many rows a page has at the most.
 * @param {Fault} fault
 * @returns {number} */
function pageSizeOf({ kind }) {
  if (kind === 'empty_page') return 0;
  return kind === 'short_page' ? 1 : Infinity;
}

export class Twin {
  /** @param {TwinOptions} options
   * @param {Validator | null} validator */
  constructor(options, validator) {
    this.books = new Books(options);
    this.events = new Events(this.books);
    if (options.log ?? true) this.books.store.watcher = (entry) => this.events.publish(entry);
    this.faults = new Faults(options);
    this.recorder = new Recorder({ log: options.log ?? true });
    this.latencyMs = options.latencyMs ?? 0;
    this.validator = validator;
    this.count = 0;
    this.waiting = new Waiting();
  }

  /** Lets late effects and slow answers happen now. */
  flush() {
    this.waiting.flush();
  }

  /** Takes one request whose body has been read.
   * @param {IncomingMessage} req
   * @param {ServerResponse} res
   * @param {Buffer} bytes
   * @param {number} startedMs */
  handle(req, res, bytes, startedMs) {
    const { method = 'GET', headers } = req;
    const url = new URL(req.url ?? '/', 'http://twin');
    const route = findRoute(method, url.pathname);
    const call = this.callOf(req, url, route, parse(bytes));
    const nth = this.faults.count(call);
    const fault = this.faults.decide(call, nth);
    call.page_size = Math.min(this.books.rules.pageSize ?? Infinity, pageSizeOf(fault));
    if (this.recorder.log) this.inspect(headers, route, call);
    const record = this.recorder.record(call, fault, nth, startedMs, bytes);
    if (headers['square-version']) res.setHeader('square-version', headers['square-version']);
    const isLate = fault.applied && fault.late_ms > 0;
    const landed = this.watchEnd(res, call, record, isLate);
    const land = () => {
      const reply = this.land(headers, route, call, record);
      landed();
      return reply;
    };
    carryOut(this.waiting, fault, {
      latencyMs: this.latencyMs,
      land,
      reply: (reply) => this.reply(res, fault, reply ?? UNAPPLIED, record),
    });
  }

  /** @param {IncomingMessage} req
   * @param {URL} url
   * @param {Route} route
   * @param {any} body
   * @returns {Call} */
  callOf({ method = 'GET', headers: { authorization = '' } }, url, route, body) {
    const key = typeof body?.idempotency_key === 'string' ? body.idempotency_key : '';
    const named = {
      route: route?.route ?? url.pathname, params: route?.params ?? {}, body, key, authorization,
    };
    return {
      ...named,
      n: ++this.count,
      method,
      path: url.pathname,
      query: url.searchParams,
      identity: identityOf(this.books, named),
      merchant_id: merchantOf(this.books, named),
      page_size: Infinity,
      replayed: false,
    };
  }

  /** A request is over when its connection or answer is, and its effect no longer under way.
   * @param {ServerResponse} res
   * @param {Call} call
   * @param {RequestRecord | null} record
   * @param {boolean} isLate whether its effect is still to come when it is answered
   * @returns {() => void} what to call when the effect has landed */
  watchEnd(res, call, record, isLate) {
    const leave = this.recorder.occupy(call.method === 'GET' ? '' : call.identity);
    this.books.keys.begin(call.n);
    let pending = isLate;
    res.once('close', () => {
      leave();
      if (!pending) this.books.keys.end(call.n);
      if (record) record.ended_ms = this.books.now();
    });
    return () => {
      pending = false;
      if (res.closed) this.books.keys.end(call.n);
    };
  }

  /** Lets a request take its effect and says what Square would answer.
   * @param {IncomingMessage['headers']} headers
   * @param {Route} route
   * @param {Call} call
   * @param {RequestRecord | null} record
   * @returns {Reply} */
  land(headers, route, call, record) {
    const reply = this.decide(headers, route, call);
    if (route) this.inspectAnswer(route.route, call, reply);
    if (record) {
      record.landed_ms = this.books.now();
      record.applied = reply.status === 200;
      record.replayed = call.replayed;
    }
    return reply;
  }

  /** @param {IncomingMessage['headers']} headers
   * @param {Route} route
   * @param {Call} call
   * @returns {Reply} */
  decide(headers, route, call) {
    try {
      const books = this.booksFor(route, call);
      call.form ??= examine(this.validator, books, route, call, headers);
      const { refusals } = call.form;
      if (refusals.length > 0 || !route) throw new SquareError(refusals);
      return route.handler(books, call);
    } catch (error) {
      if (error instanceof SquareError) return { status: error.status, body: error.body };
      // A mistake of this double, not of its client: tests look for it in the state.
      this.recorder.bugs.push(String(error instanceof Error ? error.stack : error));
      const detail = 'The local Square failed.';
      return { status: 500, body: { errors: [errorEntry('INTERNAL_SERVER_ERROR', detail)] } };
    }
  }

  /** The books as the sender of a request may see them; throws Square's refusal of a bad token.
   * @param {Route} route
   * @param {Call} call
   * @returns {Books} */
  booksFor(route, call) {
    if (route?.authorizesItself) return this.books;
    return this.books.as(this.books.merchants.admit(call.authorization));
  }

  /** Notes what is wrong with the form of a request: on its arrival, for what comes of it is up to
   * its token and its fault.
   * @param {IncomingMessage['headers']} headers
   * @param {Route} route
   * @param {Call} call */
  inspect(headers, route, call) {
    const merchant = this.books.merchants.all.get(call.merchant_id);
    const books = merchant ? this.books.as(merchant) : this.books;
    try {
      call.form = examine(this.validator, books, route, call, headers);
      const { violations } = call.form;
      const { method, key } = call;
      this.recorder.accuse(violations.map((one) => ({ method, route: call.route, key, ...one })));
    } catch (error) {
      this.recorder.bugs.push(String(error instanceof Error ? error.stack : error));
    }
  }

  /** Notes where this double says what Square would not. VERSION_MISMATCH stands in Square's prose and
   * not in its list of codes; older refusals of ObtainToken are not described at all.
   * @param {string} route
   * @param {Call} call
   * @param {Reply} reply */
  inspectAnswer(route, { method }, { body }) {
    if (!this.validator || body.message !== undefined) return;
    if (body.errors?.[0]?.code === 'VERSION_MISMATCH') return;
    for (const { field, message } of this.validator.validateAnswer(method, route, body)) {
      this.recorder.bugs.push(`the answer to ${method} ${route}: ${field}: ${message}`);
    }
  }

  /** @param {ServerResponse} res
   * @param {Fault} fault
   * @param {Reply} reply
   * @param {RequestRecord | null} record */
  reply(res, fault, reply, record) {
    if (res.closed) return;
    answer(res, fault, reply, errorOfStatus);
    if (record && res.headersSent) record.status = res.statusCode;
  }

  /** @returns {Json} all that a test may want to look at */
  state() {
    const { orders, payments, refunds, disputes } = this.books.store;
    return {
      orders: [...orders.values()],
      payments: [...payments.values()],
      refunds: [...refunds.values()],
      disputes: [...disputes.values()],
      merchants: this.books.merchants.state(),
      ...this.recorder.state(),
    };
  }

  /** What a test must not leave behind. Whoever asks takes it away, so that it is told once.
   * @returns {string} empty if nothing is wrong */
  verdict() {
    return complaint(this.recorder.take());
  }

  /** Changes how this Square behaves from now on.
   * @param {Partial<import('./types.d.ts').Rules>} change */
  rule(change) {
    const [unknown] = strangers(change);
    if (unknown !== undefined) throw new Error(`unknown rule: ${unknown}`);
    Object.assign(this.books.rules, rulesIn(change));
  }

  /** Forgets the books and the log, and what was changed since the start, but not what was wrong.
   * What is under way still lands. */
  reset() {
    this.books.reset();
    this.events.clear();
    this.recorder.clear();
    this.faults.configure(this.faults.options);
  }

  close() {
    this.waiting.clear();
    this.books.store.close();
  }
}
