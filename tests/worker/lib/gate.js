// Jobs of the worker that ships, each command of which waits at a gate until a schedule says how it ends.
// What runs is worker.js with its module and a real D1; only `fetch`, the timers, the clock and chance are
// the schedule's. Between two commands the gate waits for the job to have taken in what it was told, so
// that a schedule is the same every time.
import { createExecutionContext, createScheduledController } from 'cloudflare:test';
import { inject } from 'vitest';
import { Core } from '../../../bindings/core.js';
import worker from '../../../worker.js';
import { Air } from './air.js';
import { Clock } from './clock.js';
import { ADMIN_TOKEN, db, envWith, twinControl } from './world.js';

/** @import { Env } from '../../../worker.js' */
/** @import { Luck } from '../../../scripts/lib/dice.mjs' */
/** @import { Flight, Reply } from './air.js' */

/** @typedef {Record<string, any>} Json */

/** @typedef {'done' | 'lost' | 'failed' | 'late'} BatchFault what becomes of a batch: it commits; it commits
 * and is said to have failed; it fails; it is said to have failed and commits at some later time */

/** @typedef {keyof typeof REPLIES} RequestFault */

/** A command at the gate.
 * @typedef {object} Command
 * @property {Job} job
 * @property {D1PreparedStatement[]} [batch]
 * @property {Flight} [flight]
 * @property {(answer: any) => void} resolve
 * @property {(error: unknown) => void} reject */

/** How long a job may really take to take in what it was told: nearly as long as a test may take at all. */
const HANGS_AFTER_MS = inject('patience_ms');

const isGone = () => new Error('D1_ERROR: Network connection lost.');

/** @param {Command} command */
const nameOf = ({ flight, batch }) => flight?.name ?? `batch of ${batch?.length}`;

/** @param {number} status @param {string} code
 * @param {Record<string, string>} [headers] @param {string} [detail] */
const refusal = (status, code, headers, detail = 'By the schedule.') =>
  new Response(JSON.stringify({ errors: [{ category: 'API_ERROR', code, detail }] }), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

/** Half a body, and then the connection breaks.
 * @param {string} text */
const torn = (text) =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2))),
      pull: (controller) => controller.error(new Error('Network connection lost.')),
    }),
  );

/** How a request may end: whether it takes effect, and what comes back. Nothing coming back, neither an
 * answer nor an error, is a timeout.
 * @satisfies {Record<string, {lands: 'now' | 'late' | 'never', answer: ((reply: Reply | null) => Response) | 'broken' | 'silence'}>} */
export const REPLIES = {
  accepted: { lands: 'now', answer: (reply) => whole(reply) },
  'lost after the effect': { lands: 'now', answer: 'broken' },
  'lost before the effect': { lands: 'never', answer: 'broken' },
  'lost, and lands late': { lands: 'late', answer: 'broken' },
  'timeout after the effect': { lands: 'now', answer: 'silence' },
  'timeout before the effect': { lands: 'never', answer: 'silence' },
  'timeout, and lands late': { lands: 'late', answer: 'silence' },
  '500 with effect': { lands: 'now', answer: () => refusal(500, 'INTERNAL_SERVER_ERROR') },
  '503 without effect': { lands: 'never', answer: () => refusal(503, 'SERVICE_UNAVAILABLE') },
  '504, and lands late': { lands: 'late', answer: () => refusal(504, 'GATEWAY_TIMEOUT') },
  'torn after the effect': { lands: 'now', answer: (reply) => torn(reply?.text ?? '') },
  'no JSON after the effect': { lands: 'now', answer: () => new Response('<html>upstream</html>') },
  'no id after the effect': { lands: 'now', answer: () => new Response('{}') },
  'key reused after the effect': { lands: 'now', answer: () => refusal(400, 'IDEMPOTENCY_KEY_REUSED') },
  'exists already after the effect': {
    lands: 'now',
    answer: () => refusal(400, 'BAD_REQUEST', {}, 'Order 4F already exists.'),
  },
  throttled: { lands: 'never', answer: () => refusal(429, 'RATE_LIMITED', { 'retry-after': '7' }) },
  unauthorized: { lands: 'never', answer: () => refusal(401, 'UNAUTHORIZED') },
  'definite no': { lands: 'never', answer: () => refusal(400, 'INVALID_VALUE') },
};

/** Answers that Square does not give to a request that has taken effect. */
const NOT_AFTER_AN_EFFECT = new Set(['unauthorized', 'definite no']);

/** Answers that only a request with a key is given. */
const NOT_TO_A_READ = new Set(['key reused after the effect', 'exists already after the effect']);

/** To a read this says that there is nothing. That is wrong, so it may happen once. */
const EMPTY = 'no id after the effect';

/** What Square answered, or that it was never reached.
 * @param {Reply | null} reply */
function whole(reply) {
  if (!reply) throw new Error('Network connection lost.');
  return new Response(reply.text, { status: reply.status, headers: reply.headers });
}

/** Where the local Square's events go, and what it signs them with. */
export const WEBHOOK = {
  SQUARE_WEBHOOK_URL: 'https://pos-sync.example/webhooks/square',
  SQUARE_WEBHOOK_SIGNATURE_KEY: 'the-signature-key-that-nobody-may-see',
};

/** One invocation of the worker. */
export class Job {
  isAlive = true;
  /** Whether its first core has said how the job ends. */
  isDone = false;
  /** @type {Command[]} */
  waiting = [];
  /** How many commands its core has asked for that are not at the gate yet. */
  asked = 0;
  /** What it has answered, if it is a request: it may go on behind that.
   * @type {{status: number, body: any} | null} */
  answer = null;
  /** Settled once it has answered or ended; from then on null. Nothing that a schedule decides may keep it
   * from answering once its core has said what.
   * @type {Promise<void> | null} */
  answering = null;
  /** @type {{value?: any, error?: any} | null} */
  end = null;
  #stirs = Promise.withResolvers();

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /** The next time that it has gone on as far as it can. */
  get stirred() {
    return this.#stirs.promise;
  }

  stir() {
    this.#stirs.resolve(undefined);
    this.#stirs = Promise.withResolvers();
  }
}

export class Gate {
  clock = new Clock();
  /** @type {Job[]} */
  jobs = [];
  /** What went wrong that no schedule may make go wrong, by the name of what it breaks.
   * @type {{what: string, words: string}[]} */
  accusations = [];
  /** What happened, line by line.
   * @type {string[]} */
  story = [];
  air = new Air(this.clock, (what, words) => this.accuse(what, words));
  /** Batches that were said to have failed and may still commit.
   * @type {D1PreparedStatement[][]} */
  lateBatches = [];
  /** Requests that are never answered: their jobs wait for their timeouts.
   * @type {Set<Command>} */
  #unanswered = new Set();
  /** Whether a read was answered that there is nothing, wrongly. */
  #wasEmpty = false;
  #close = () => {};

  /** @param {object} options
   * @param {Luck} options.luck decides what the schedule leaves open
   * @param {string[]} options.aging what lets time pass in D1
   * @param {Json} [options.settings] */
  constructor({ luck, aging, settings = {} }) {
    this.luck = luck;
    this.aging = aging;
    this.settings = settings;
  }

  /** @param {string} what @param {string} words */
  accuse(what, words) {
    this.tell(`!! ${what}: ${words}`);
    this.accusations.push({ what, words });
  }

  /** @param {string} line */
  tell(line) {
    this.story.push(`${String(this.clock.now / 1000).padStart(9)} s  ${line}`);
  }

  get alive() {
    return this.jobs.filter(({ isAlive }) => isAlive);
  }

  /** Puts itself between the worker and the world. */
  open() {
    const restoreClock = this.clock.install();
    const { fetch: away } = globalThis;
    const { start, step } = Core.prototype;
    const { getRandomValues, randomUUID } = crypto;
    /** @type {WeakMap<Core, Job>} */
    const owners = new WeakMap();
    const gate = this;
    Core.prototype.start = function (header, attachments) {
      const { JOB } = /** @type {{variables: Json}} */ (header).variables;
      const job = /** @type {Job} */ (gate.jobs.find(({ name }) => name === JOB));
      owners.set(this, job);
      return gate.#watch(job, () => start.call(this, header, attachments));
    };
    Core.prototype.step = function (header, attachments) {
      return gate.#watch(/** @type {Job} */ (owners.get(this)), () => step.call(this, header, attachments));
    };
    globalThis.fetch = /** @type {typeof fetch} */ ((url, init) => {
      const [, name] = /^Bearer job-(.*)$/.exec(/** @type {Json} */ (init)?.headers?.authorization) ?? [];
      const job = this.jobs.find((each) => each.name === name);
      return job ? this.#request(job, String(url), /** @type {any} */ (init)) : away(url, init);
    });
    const { info, warn, error } = console;
    const log = (/** @type {string} */ line) => this.tell(`  log: ${line}`);
    Object.assign(console, { info: log, warn: log, error: log });
    const byte = () => this.luck.between(0, 255);
    Object.assign(crypto, {
      getRandomValues: (/** @type {Uint8Array} */ bytes) => bytes.map(byte),
      randomUUID: () => `00000000-0000-4000-8000-${Array.from({ length: 6 }, () => byte().toString(16).padStart(2, '0')).join('')}`,
    });
    this.#close = () => {
      Object.assign(Core.prototype, { start, step });
      Object.assign(crypto, { getRandomValues, randomUUID });
      Object.assign(console, { info, warn, error });
      globalThis.fetch = away;
      restoreClock();
    };
  }

  close() {
    this.#close();
  }

  /** Starts a cron run; returns when its first commands wait.
   * @param {Json} [settings] */
  tick(settings) {
    const controller = createScheduledController({ cron: '*/30 * * * *' });
    return this.#start('tick', settings, async (env) => {
      await /** @type {ExportedHandlerScheduledHandler} */ (worker.scheduled)(controller, env, createExecutionContext());
    });
  }

  /** Starts a request to one of the worker's routes.
   * @param {string} path @param {Json} [body] @param {Json} [settings]
   * @param {(text: string) => Promise<Record<string, string>>} [headersOf] for a body */
  async post(path, body, settings, headersOf = async () => ({})) {
    const text = JSON.stringify(body);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, ...(await headersOf(text)) };
    return this.#ask('post', path, { headers, body: text }, settings);
  }

  /** Starts the delivery of one of the local Square's events.
   * @param {{headers: Record<string, string>, body: string}} event */
  deliver({ headers, body }) {
    return this.#ask('event', '/webhooks/square', { headers, body }, WEBHOOK);
  }

  /** What a job does behind its answer is part of it.
   * @param {string} kind @param {string} path
   * @param {{headers: Record<string, string>, body: string}} init @param {Json} [settings] */
  #ask(kind, path, { headers, body }, settings) {
    const request = new Request(`https://pos-sync.example${path}`, { method: 'POST', headers, body });
    return this.#start(kind, settings, async (env, job) => {
      const behind = /** @type {Promise<unknown>[]} */ ([]);
      // Not one of vitest's: a killed job leaves promises that never settle, and it would complain.
      const context = /** @type {ExecutionContext} */ ({
        waitUntil: (promise) => void behind.push(promise),
        passThroughOnException() {},
      });
      const answer = async () => {
        const response = await worker.fetch(request, env, context);
        job.answer = { status: response.status, body: await response.json() };
        this.tell(`${job.name} answers ${response.status}`);
        job.answering = null;
      };
      job.answering = answer();
      await job.answering;
      await Promise.all(behind);
      return job.answer;
    });
  }

  /** @param {string} kind @param {Json | undefined} settings
   * @param {(env: Env, job: Job) => Promise<unknown>} begin
   * @returns {Promise<Job>} */
  async #start(kind, settings = {}, begin) {
    const job = new Job(`${kind}-${this.jobs.length + 1}`);
    this.jobs.push(job);
    this.tell(`${job.name} starts`);
    const env = envWith({
      ...this.settings,
      ...settings,
      JOB: job.name,
      SQUARE_ACCESS_TOKEN: `job-${job.name}`,
      D1_OPS: this.#database(job),
    });
    await this.#reaction(job, () => {
      begin(env, job)
        .then((value) => ({ value }), (error) => ({ error }))
        .then((end) => this.#ended(job, end));
    });
    return job;
  }

  /** @param {Job} job @param {{value?: any, error?: any}} end */
  #ended(job, end) {
    if (!job.isAlive) return;
    const { error, value } = end;
    this.tell(`${job.name} ends${error ? `: ${error}` : value ? `: ${value.status}` : ''}`);
    // What a cron run throws and what a route answers when D1 is away is part of the promise.
    const isFine = error ? /D1: /.test(String(error)) : [undefined, 200, 201, 202, 404, 409, 503].includes(value?.status);
    if (!isFine) this.accuse('job', `${job.name} ended with ${error?.stack ?? JSON.stringify(value)}`);
    Object.assign(job, { end, isAlive: false, waiting: [] });
    job.stir();
  }

  /** The core is about to answer. What it asks for is at the gate when this turn of the loop is over.
   * @template {{header: Json}} T
   * @param {Job} job @param {() => T} call
   * @returns {T} */
  #watch(job, call) {
    if (!job.isAlive) this.accuse('isolation', `${job.name} went on after its end`);
    this.clock.own(job);
    const frame = call();
    const kinds = frame.header.commands.map((/** @type {Json} */ command) => command.do);
    job.asked += kinds.filter((/** @type {string} */ kind) => kind === 'd1' || kind === 'fetch').length;
    if (kinds.includes('done')) job.isDone = true;
    else queueMicrotask(() => job.stir());
    return frame;
  }

  /** Does something to a job; returns when it has taken that in, and all that it asks for next waits.
   * @param {Job} job @param {() => void} act */
  async #reaction(job, act) {
    const { stirred } = job;
    /** @type {any} */
    let watchdog;
    const hangs = new Promise((_resolve, reject) => {
      const words = `${job.name} neither went on nor ended`;
      watchdog = setTimeout(() => reject(new Error(words)), HANGS_AFTER_MS);
    });
    act();
    try {
      const answered = async () => {
        await stirred;
        if (job.isDone) await job.answering;
      };
      await Promise.race([answered(), hangs]);
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** @param {Job} job */
  #database(job) {
    return {
      prepare: (/** @type {string} */ sql) => db.prepare(sql),
      batch: (/** @type {D1PreparedStatement[]} */ batch) =>
        new Promise((resolve, reject) => this.#arrive({ job, batch, resolve, reject })),
    };
  }

  /** A command comes to the gate. The core decides, the shell performs: one that no core has asked for is
   * the shell's own idea.
   * @param {Command} command */
  #arrive(command) {
    const { job } = command;
    job.waiting.push(command);
    job.asked -= 1;
    if (job.asked >= 0) return;
    job.asked = 0;
    this.accuse('job', `${job.name} does what its core has not asked for: ${nameOf(command)}`);
    job.stir();
  }

  /** @param {Job} job @param {string} url
   * @param {{method: string, headers: Record<string, string>, body?: Uint8Array, signal: AbortSignal}} init
   * @returns {Promise<Response>} */
  #request(job, url, init) {
    const flight = this.air.takeOff(url, init);
    return new Promise((resolve, reject) => {
      const command = { job, flight, resolve, reject };
      this.#arrive(command);
      init.signal.addEventListener('abort', () => {
        job.waiting = job.waiting.filter((each) => each !== command);
        reject(init.signal.reason);
      });
    });
  }

  /** Commands of a job that a schedule may end.
   * @param {Job} job */
  choices(job) {
    return job.waiting.filter((command) => !this.#unanswered.has(command));
  }

  /** Ends a batch.
   * @param {Command} command @param {BatchFault} fault */
  async endBatch(command, fault) {
    const batch = /** @type {D1PreparedStatement[]} */ (command.batch);
    this.tell(`${command.job.name}: ${nameOf(command)}: ${fault}`);
    if (fault === 'late') this.lateBatches.push(batch);
    const answers = fault === 'done' || fault === 'lost' ? await this.commit(batch) : null;
    await this.#answer(command, () => (fault === 'done' ? command.resolve(answers) : command.reject(isGone())));
  }

  /** @param {D1PreparedStatement[]} batch */
  async commit(batch) {
    try {
      return await db.batch(batch);
    } catch (error) {
      this.accuse('job', `D1 does not take a batch: ${error}`);
      throw error;
    }
  }

  /** Ends a request.
   * @param {Command} command @param {RequestFault} wanted */
  async endFetch(command, wanted) {
    const flight = /** @type {Flight} */ (command.flight);
    const fault = this.#isPossible(flight, wanted) ? wanted : 'accepted';
    if (fault === EMPTY && flight.order === '') this.#wasEmpty = true;
    this.tell(`${command.job.name}: ${nameOf(command)}: ${fault}`);
    const { lands, answer } = REPLIES[fault];
    if (lands === 'now') await this.air.land(flight);
    if (lands === 'never') this.air.crash(flight);
    if (answer === 'silence') {
      this.#unanswered.add(command);
      return;
    }
    await this.#answer(command, () => {
      try {
        if (answer === 'broken') throw new TypeError('Network connection lost.');
        command.resolve(answer(flight.reply));
      } catch (error) {
        command.reject(error);
      }
    });
  }

  /** @param {Flight} flight @param {RequestFault} fault */
  #isPossible({ order, reply }, fault) {
    if (order === '') return !NOT_TO_A_READ.has(fault) && !(fault === EMPTY && this.#wasEmpty);
    return !(reply && NOT_AFTER_AN_EFFECT.has(fault));
  }

  /** @param {Command} command @param {() => void} act */
  async #answer(command, act) {
    const { job } = command;
    job.waiting = job.waiting.filter((each) => each !== command);
    await this.#reaction(job, act);
  }

  /** A worker goes away: nothing of it ever goes on.
   * @param {Job} job
   * @param {(command: Command) => BatchFault | 'never'} becomes what becomes of what it had under way */
  async kill(job, becomes) {
    this.tell(`${job.name} is killed`);
    const { waiting } = job;
    Object.assign(job, { isAlive: false, waiting: [] });
    for (const command of waiting) {
      const fault = becomes(command);
      this.tell(`  its ${nameOf(command)}: ${fault}`);
      if (command.batch && fault === 'done') await this.commit(command.batch);
      if (command.batch && fault === 'late') this.lateBatches.push(command.batch);
      if (command.flight && fault === 'done') await this.air.land(command.flight);
      if (command.flight && fault === 'never') this.air.crash(command.flight);
    }
  }

  /** Requests in the air for which nobody waits any more. */
  strays() {
    const awaited = new Set(this.jobs.flatMap(({ waiting }) => waiting.map(({ flight }) => flight)));
    return this.air.strays((flight) => awaited.has(flight));
  }

  /** D1's clock is set, and no other one.
   * @param {number} ms forward, or back if below 0 */
  async step(ms) {
    this.tell(`D1's clock is stepped by ${ms / 1000} s`);
    await this.#age(ms);
  }

  /** @param {number} ms */
  async #age(ms) {
    await db.batch(this.aging.map((sql) => db.prepare(sql).bind(String(ms))));
  }

  /** Time passes, for all.
   * @param {number} ms */
  async pass(ms) {
    await this.air.age(ms, () => this.luck.strikes(0.5));
    this.clock.now += ms;
    this.tell(`... ${ms / 1000} s pass`);
    await Promise.all([this.#age(ms), twinControl('clock', { advance_ms: ms })]);
    for (let timer = this.clock.due(); timer; timer = this.clock.due()) {
      const job = /** @type {Job} */ (timer.owner);
      if (job.isAlive) await this.#reaction(job, timer.run);
    }
  }

  /** Lets a job go on to its end with nothing going wrong any more, unless `judge` has it otherwise.
   * @param {Job} job
   * @param {(command: Command) => Promise<boolean>} [judge] whether it has ended that command itself */
  async run(job, judge = async () => false) {
    while (job.isAlive) {
      const [command] = this.choices(job);
      if (!command) await this.pass(this.clock.untilNext(job));
      else if (await judge(command)) continue;
      else if (command.batch) await this.endBatch(command, 'done');
      else await this.endFetch(command, 'accepted');
    }
  }
}
