// What worker.js makes of the end of a job, whatever that end is: a core that says what a test tells it to
// stands in for each job.
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Core, CoreTrapped } from '../../bindings/core.js';
import worker from '../../worker.js';
import { answer, bytesOf } from './lib/fake_core.js';
import { ADMIN_TOKEN, envWith } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

/** @typedef {object} End how a job ends
 * @property {number} [status]
 * @property {Json | string} [body]
 * @property {number} [retry]
 * @property {Json} [next]
 * @property {string} [type]
 * @property {number} [calls] to D1, before it ends
 * @property {number} [ms] that go by meanwhile
 * @property {unknown} [fails] it throws that instead */

let now = 0;
/** @type {Json[]} */
let started = [];
/** @type {Record<string, End>} by the name of a job, or its route */
let ends = {};
/** @type {string[]} */
let logged = [];

const encoder = new TextEncoder();

const nameOf = (/** @type {Json} */ { job, route, suspects }) => (suspects ? 'suspects' : route ?? job);

beforeEach(() => {
  now = 1000;
  started = [];
  ends = {};
  logged = [];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(console, 'error').mockImplementation((...words) => void logged.push(words.join(' ')));
  /** @type {WeakMap<Core, End>} */
  const running = new WeakMap();
  const over = (/** @type {End} */ { status = 200, body = {}, retry = 0, next, type, ms = 0 }) => {
    now += ms;
    const bytes = bytesOf(typeof body === 'string' ? body : JSON.stringify(body));
    return answer({ do: 'done', status, retry_after_seconds: retry, bytes, ...(next && { next }), ...(type && { type }) });
  };
  vi.spyOn(Core.prototype, 'start').mockImplementation(/** @this {Core} */ function start(header) {
    started.push(header);
    const end = ends[nameOf(header)] ?? {};
    running.set(this, end);
    if (end.fails) throw end.fails;
    const calls = Array.from({ length: end.calls ?? 0 }, (_each, id) => ({ do: 'd1', id, statements: [], parameters: [] }));
    return calls.length > 0 ? answer(...calls) : over(end);
  });
  vi.spyOn(Core.prototype, 'step').mockImplementation(/** @this {Core} */ function step() {
    return over(running.get(this) ?? {});
  });
});

afterEach(() => vi.restoreAllMocks());

const names = () => started.map(nameOf);

/** @param {string} method @param {string} path @param {{headers?: Json, env?: Json, body?: string}} [options] */
async function ask(method, path, { headers, env, body } = {}) {
  const context = createExecutionContext();
  const init = { method, body, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } };
  const response = await worker.fetch(new Request(`https://pos-sync.example${path}`, init), envWith(env), context);
  await waitOnExecutionContext(context);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  return { status: response.status, headers: response.headers, type: response.headers.get('content-type'), text, bytes };
}

const drain = () => ask('POST', '/v1/drain');

/** @param {string} cron @param {Json} [env] */
async function scheduled(cron, env) {
  const context = createExecutionContext();
  const run = /** @type {ExportedHandlerScheduledHandler} */ (worker.scheduled);
  const end = await run(createScheduledController({ cron }), envWith(env), context);
  await waitOnExecutionContext(context);
  return end;
}

const TICK = '*/30 * * * *';
const SUSPECTS = { job: 'tick', suspects: true, door: 'cron', actor: 'x' };
const TRAPPED = { type: 'about:blank', title: 'The core stopped unexpectedly', status: 500 };

describe('the jobs behind a tick', () => {
  test('are the suspects and the past, where the tick says that there are any', async () => {
    ends = { tick: { body: { booked: 1, past: true }, next: SUSPECTS }, suspects: { body: { booked: 2 } }, repair: { body: { done: 3 } } };
    const { status, text } = await drain();
    expect(names()).toEqual(['tick', 'suspects', 'repair']);
    expect([status, JSON.parse(text)]).toEqual([200, { booked: 1, past: true, suspects: { booked: 2 }, repair: { done: 3 } }]);
  });

  test.each([
    [{ body: { past: false } }, ['tick'], { past: false }],
    [{ body: {} }, ['tick'], {}],
    [{ body: { past: true } }, ['tick', 'repair'], { past: true, repair: {} }],
    [{ body: { past: false }, next: SUSPECTS }, ['tick', 'suspects'], { past: false, suspects: {} }],
  ])('are no others: %j', async (tick, jobs, body) => {
    ends = { tick };
    const { status, text } = await drain();
    expect(names()).toEqual(jobs);
    expect([status, JSON.parse(text)]).toEqual([200, body]);
  });

  test('each know who asked for them and how, and the tick that others follow', async () => {
    // Whatever the job says that was named: the role is that of the token.
    ends = { tick: { body: { past: true }, next: { ...SUSPECTS, role: 'approve' } } };
    await drain();
    ends.tick.next = SUSPECTS;
    expect(started).toMatchObject([
      { job: 'tick', door: 'http', role: 'operate', followed: true },
      { ...SUSPECTS, role: 'operate' },
      { job: 'repair', door: 'http', role: 'operate' },
    ]);
    started = [];
    await scheduled(TICK);
    expect(started).toMatchObject([
      { job: 'tick', door: 'cron', role: '', followed: true }, { ...SUSPECTS, role: '' }, { job: 'repair', door: 'cron', role: '' },
    ]);
  });

  test('have the requests and the time that the ones before have left, all of them together', async () => {
    ends = {
      tick: { body: { past: true }, next: SUSPECTS, calls: 3, ms: 250.9 }, suspects: { calls: 2, ms: 100.9 }, repair: { calls: 4, ms: 7 },
    };
    await drain();
    expect(started.map(({ spent_subrequests, spent_ms }) => [spent_subrequests, spent_ms])).toEqual([[0, 0], [3, 250], [5, 351]]);
  });

  test('have spent nothing, and not less than that, where a clock was set back', async () => {
    ends = { tick: { body: { past: true }, ms: -5000 } };
    await drain();
    expect(started.map(({ spent_ms }) => spent_ms)).toEqual([0, 0]);
  });

  test('are none where the worker is not set up or has no database: the tick\'s own words are the answer', async () => {
    ends = { tick: { status: 503, retry: 9, body: { title: 'away', status: 503 }, next: SUSPECTS } };
    const { status, text, headers } = await drain();
    expect(names()).toEqual(['tick']);
    expect([status, text, headers.get('retry-after')]).toEqual([503, '{"title":"away","status":503}', '9']);
  });

  test.each([300, 400, 500])('are there where the tick failed otherwise (%i), and it is the tick\'s failure that is told', async (status) => {
    const body = { title: 'the tick failed', status };
    ends = { tick: { status, body, next: SUSPECTS }, repair: { body: { done: 1 } } };
    const told = await drain();
    expect(names()).toEqual(['tick', 'suspects', 'repair']);
    expect([told.status, JSON.parse(told.text), told.type]).toEqual([status, body, 'application/problem+json']);
    // Of two failures it is the first that is told.
    ends.repair = { status: 503, body: { title: 'the repair failed', status: 503 } };
    expect(JSON.parse((await drain()).text)).toEqual(body);
    await expect(scheduled(TICK)).rejects.toThrow('the tick failed');
  });

  test.each([300, 400, 500, 503])('that repair the past are heard of where they fail (%i)', async (status) => {
    const body = { title: 'the repair failed', status, detail: 'why' };
    ends = { tick: { body: { booked: 1, past: true } }, repair: { status, body, retry: 3 } };
    const told = await drain();
    expect([told.status, JSON.parse(told.text), told.headers.get('retry-after')]).toEqual([status, body, '3']);
    await expect(scheduled(TICK)).rejects.toThrow('the repair failed: why');
  });

  test('that take the suspects stand in the answer however they end, and keep nothing back', async () => {
    ends = { tick: { body: { booked: 1, past: true }, next: SUSPECTS }, suspects: { fails: new CoreTrapped(new Error('unreachable')) } };
    const { status, text } = await drain();
    expect(names()).toEqual(['tick', 'suspects', 'repair']);
    expect([status, JSON.parse(text)]).toEqual([200, { booked: 1, past: true, suspects: TRAPPED, repair: {} }]);
  });

  test('that trap are told of as a failure without internals', async () => {
    ends = { tick: { fails: new CoreTrapped(new Error('unreachable')) } };
    const { status, text, type } = await drain();
    expect([status, JSON.parse(text), type]).toEqual([500, TRAPPED, 'application/problem+json']);
    expect(names()).toEqual(['tick', 'repair']);
    expect(logged).toEqual(['{"message":"the core trapped: unreachable","job":"tick"}']);
    await expect(scheduled(TICK)).rejects.toThrow('The core stopped unexpectedly');
  });
});

describe('a cron', () => {
  test('starts an audit of the quarter at its own time alone, and a tick at any other', async () => {
    const QUARTER = '0 3 1 1,4,7,10 *';
    for (const cron of [TICK, '', '0 3 1 1,4,7,10 * ', '0 3 1 1,4,7 *', '0 3 1 * *', '*/5 * * * *', QUARTER]) {
      started = [];
      expect(await scheduled(cron)).toBeUndefined();
      expect([cron, names()]).toEqual([cron, [cron === QUARTER ? 'audits.quarterly' : 'tick']]);
    }
    expect(started).toMatchObject([{ job: 'repair.http', door: 'cron', route: 'audits.quarterly' }]);
  });

  test.each([
    [200, { title: 'x' }, null], [299, { title: 'x' }, null],
    [300, { title: 'Odd' }, /^Odd$/], [409, { title: 'Conflict', detail: 'an audit is being read' }, /^Conflict: an audit is being read$/],
    [503, { title: 'Away', detail: '' }, /^Away$/],
  ])('whose job ends with %i and %j is a failed run, in its words, or none', async (status, body, words) => {
    for (const cron of [TICK, '0 3 1 1,4,7,10 *']) {
      ends = { tick: { status, body }, 'audits.quarterly': { status, body } };
      if (words) await expect(scheduled(cron)).rejects.toThrow(words);
      else await scheduled(cron);
    }
  });

  test('runs though no route is open, and says so', async () => {
    await scheduled(TICK, { READ_TOKEN: ADMIN_TOKEN });
    expect(names()).toEqual(['tick']);
    expect(logged).toEqual([JSON.stringify({
      message: 'no route is open', detail: 'ADMIN_TOKEN: is the same as READ_TOKEN; each role has a token of its own',
    })]);
    logged = [];
    await scheduled(TICK);
    expect(logged).toEqual([]);
  });
});

describe('the answer to a request', () => {
  test.each([
    [200, undefined, 'application/json'], [201, undefined, 'application/json'], [299, undefined, 'application/json'],
    [300, undefined, 'application/problem+json'], [409, undefined, 'application/problem+json'],
    [200, 'text/csv; charset=utf-8', 'text/csv; charset=utf-8'], [409, 'text/plain', 'text/plain'],
  ])('has the status, the type and the bytes of the job, and is kept by no cache: %i, %s', async (status, type, expected) => {
    ends = { status: { status, type, body: '\ufeffa;b\n' } };
    const told = await ask('GET', '/v1/status');
    expect([told.status, told.type, told.headers.get('cache-control')]).toEqual([status, expected, 'no-store']);
    expect(told.bytes).toEqual(encoder.encode('\ufeffa;b\n'));
  });

  test.each([[0, null], [1, '1'], [86_400, '86400']])('says when to come again where there is something to wait for: %i', async (retry, header) => {
    ends = { status: { status: 503, retry } };
    expect((await ask('GET', '/v1/status')).headers.get('retry-after')).toBe(header);
  });

  test('of what nobody expected is a 500 without internals, and a line in the log with all of them', async () => {
    ends = { status: { fails: new TypeError('something internal') } };
    const told = await ask('GET', '/v1/status');
    expect([told.status, told.type, told.headers.get('cache-control')]).toEqual([500, 'application/problem+json', 'no-store']);
    expect(JSON.parse(told.text)).toEqual({ type: 'about:blank', title: 'Internal error', status: 500 });
    expect(logged).toHaveLength(1);
    const { message, error } = JSON.parse(logged[0]);
    expect(message).toBe('a request failed unexpectedly');
    expect(error).toMatch(/something internal[^]* at /);
  });
});

test('a request whose job fails is told of once, and not a second time by what its invocation waits for', async () => {
  ends = { status: { fails: new TypeError('something internal') } };
  /** @type {Promise<unknown>[]} */
  const waited = [];
  const context = /** @type {any} */ ({ waitUntil: (/** @type {Promise<unknown>} */ work) => void waited.push(work), passThroughOnException() {} });
  const request = new Request('https://pos-sync.example/v1/status', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  expect((await worker.fetch(request, envWith(), context)).status).toBe(500);
  expect((await Promise.allSettled(waited)).map(({ status }) => status)).toEqual(['fulfilled']);
  expect(logged).toHaveLength(1);
});

test('a request is held from its beginning: a client that hangs up ends no job that has sent something', async () => {
  ends = { status: { calls: 1 } };
  const under = Promise.withResolvers();
  const over = Promise.withResolvers();
  const db = { prepare: () => ({ bind() {} }), batch: async () => (under.resolve(undefined), await over.promise, []) };
  const waitUntil = vi.fn();
  const context = /** @type {any} */ ({ waitUntil, passThroughOnException() {} });
  const request = new Request('https://pos-sync.example/v1/status', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const answered = worker.fetch(request, envWith({ D1_OPS: db }), context);
  await under.promise;
  // A turn later, for what is begun at once is begun by then.
  await new Promise((resolve) => void setTimeout(resolve, 0));
  expect(waitUntil).toHaveBeenCalledTimes(1);
  over.resolve(undefined);
  expect((await answered).status).toBe(200);
});

describe('a job that another one has named', () => {
  const NEXT = { job: 'tick', order_id: 'ord-1', door: 'enqueue' };

  test('is started behind it, once, and the answer does not wait for it', async () => {
    ends = { 'orders.create': { status: 201, body: { order_id: 'ord-1' }, next: NEXT } };
    const running = Promise.withResolvers();
    const { start } = Core.prototype;
    let ended = false;
    const db = { prepare: () => ({ bind() {} }), batch: async () => (await running.promise, (ended = true), []) };
    ends.tick = { calls: 1 };
    const context = createExecutionContext();
    const request = new Request('https://pos-sync.example/v1/orders', {
      method: 'POST', body: '{}', headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const response = await worker.fetch(request, envWith({ D1_OPS: db }), context);
    expect([response.status, await response.json(), ended]).toEqual([201, { order_id: 'ord-1' }, false]);
    // And the invocation lives until it has ended, or the runtime would cut it off with requests under way.
    let over = false;
    const waiting = waitOnExecutionContext(context).then(() => (over = true));
    for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => void setTimeout(resolve, 0));
    expect([ended, over]).toEqual([false, false]);
    running.resolve(undefined);
    await waiting;
    expect(ended).toBe(true);
    expect(names()).toEqual(['orders.create', 'tick']);
    expect(started[1]).toMatchObject(NEXT);
    expect(start).toBe(Core.prototype.start);
  });

  test('that fails is heard of in the log, and changes nothing of the answer', async () => {
    ends = { 'orders.create': { status: 201, next: NEXT }, tick: { fails: new TypeError('out of luck') } };
    expect((await ask('POST', '/v1/orders', { body: '{}' })).status).toBe(201);
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0])).toEqual({
      message: 'a job failed unexpectedly', error: expect.stringMatching(/out of luck[^]* at /),
    });
  });

  test('that cannot even begin is heard of in the log, too', async () => {
    ends = { 'orders.create': { status: 201, next: NEXT } };
    const { Instance } = WebAssembly;
    let instances = 0;
    vi.spyOn(WebAssembly, 'Instance').mockImplementation(function instance(module) {
      instances += 1;
      if (instances === 2) throw new RangeError('no memory for another one');
      return new Instance(module);
    });
    expect((await ask('POST', '/v1/orders', { body: '{}' })).status).toBe(201);
    expect(names()).toEqual(['orders.create']);
    expect(logged).toEqual([expect.stringMatching(/a job failed unexpectedly.*no memory for another one/)]);
  });

  test('is none where there is none', async () => {
    ends = { 'orders.create': { status: 201 } };
    await ask('POST', '/v1/orders', { body: '{}' });
    expect(names()).toEqual(['orders.create']);
    expect(logged).toEqual([]);
  });
});

describe('GET /readyz', () => {
  const READER = 'the-token-of-one-who-only-reads-0001';

  test.each([
    ['the operator', `Bearer ${ADMIN_TOKEN}`, {}, true, ''],
    ['the reader', `Bearer ${READER}`, {}, true, ''],
    ['a stranger', 'Bearer wrong', {}, false, ''],
    ['nobody', '', {}, false, ''],
    ['a stranger, where the tokens are wrong', 'Bearer wrong', { APPROVER_TOKEN: 'short' }, false, /^APPROVER_TOKEN: expected at least/],
  ])('is asked by %s: the core is told whether its reasons may be', async (_who, authorization, env, authorized, problem) => {
    ends = { ready: { status: 201, body: { status: 'ready' } } };
    const told = await ask('GET', '/readyz', { headers: { authorization }, env: { READ_TOKEN: READER, ...env } });
    // It says what the job said, and not that all is well whatever that was.
    expect([told.status, told.text, told.type]).toEqual([201, '{"status":"ready"}', 'application/json']);
    expect(started).toMatchObject([{ job: 'http', route: 'ready', path: {}, query: {}, body_bytes: 0, authorized }]);
    expect(started[0].token_problem).toEqual(problem === '' ? '' : expect.stringMatching(problem));
  });

  test('hands over a body of no bytes', async () => {
    await ask('GET', '/readyz');
    expect(vi.mocked(Core.prototype.start).mock.calls[0][1]).toEqual([new Uint8Array()]);
  });
});

describe('what the shell says by itself', () => {
  const SHORT = 'short';
  const KEYS = { SQUARE_WEBHOOK_SIGNATURE_KEY: 'k', SQUARE_WEBHOOK_URL: 'https://x.example/' };

  test.each([
    ['GET', '/nope', {}, {}, 404, { title: 'Not found' }, {}],
    ['GET', '/v1/status', { ADMIN_TOKEN: '' }, {}, 404, { title: 'Not found' }, {}],
    ['GET', '/v1/status', {}, { authorization: 'Bearer x' }, 401, { title: 'This route needs a token' }, { 'www-authenticate': 'Bearer' }],
    ['GET', '/v1/status', { ADMIN_TOKEN: SHORT }, { authorization: `Bearer ${SHORT}` }, 503, { title: 'pos-sync is not set up', detail: expect.stringMatching(/^ADMIN_TOKEN: /) }, {}],
    ['PUT', '/v1/status', {}, {}, 405, { title: 'Method not allowed' }, { allow: 'GET, HEAD' }],
    ['POST', '/healthz', {}, { authorization: '' }, 405, { title: 'Method not allowed' }, { allow: 'GET, HEAD' }],
    ['POST', '/readyz', {}, { authorization: '' }, 405, { title: 'Method not allowed' }, { allow: 'GET, HEAD' }],
    ['POST', '/webhooks/square', {}, {}, 404, { title: 'Not found' }, {}],
    ['GET', '/webhooks/square', KEYS, {}, 405, { title: 'Method not allowed' }, { allow: 'POST' }],
    ['POST', '/webhooks/square', KEYS, {}, 401, { title: 'This is not signed by Square' }, {}],
  ])('is a problem document that no cache keeps: %s %s', async (method, path, env, headers, status, words, others) => {
    const told = await ask(method, path, { env, headers });
    expect([told.status, told.type, told.headers.get('cache-control')]).toEqual([status, 'application/problem+json', 'no-store']);
    expect(JSON.parse(told.text)).toEqual({ type: 'about:blank', status, ...words });
    for (const [name, value] of Object.entries(others)) expect(told.headers.get(name)).toBe(value);
    expect(started).toEqual([]);
  });

  test('GET /healthz is open, asks nothing, and is kept by no cache', async () => {
    const told = await ask('GET', '/healthz', { headers: { authorization: '' }, env: { D1_OPS: undefined, ADMIN_TOKEN: '' } });
    expect([told.status, told.text, told.type, told.headers.get('cache-control')]).toEqual([200, '{"status":"ok"}', 'application/json', 'no-store']);
    expect(started).toEqual([]);
  });
});

test.each([
  ['Bearer', 1], ['bearer', 1], ['BEARER', 3], ['Bearer', 7],
])('the scheme %s with %i spaces behind it is read as HTTP reads it', async (scheme, spaces) => {
  const authorization = `${scheme}${' '.repeat(spaces)}${ADMIN_TOKEN}`;
  expect((await ask('GET', '/v1/status', { headers: { authorization } })).status).toBe(200);
});

describe('a body', () => {
  const KEY = 'the-signature-key-that-nobody-may-see';
  const URL_ = 'https://pos-sync.example/webhooks/square';

  /** @param {string} body */
  async function signed(body) {
    const key = await crypto.subtle.importKey('raw', encoder.encode(KEY), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(URL_ + body));
    const env = { SQUARE_WEBHOOK_SIGNATURE_KEY: KEY, SQUARE_WEBHOOK_URL: URL_ };
    return { env, body, headers: { authorization: '', 'x-square-hmacsha256-signature': btoa(String.fromCharCode(...new Uint8Array(mac))) } };
  }

  const MIB = 1024 * 1024;
  const KIB_128 = 128 * 1024;

  test.each([[MIB, 200], [MIB + 1, 413]])('of an operator that has %i bytes is answered with %i', async (bytes, status) => {
    const told = await ask('POST', '/v1/orders', { body: 'x'.repeat(bytes) });
    expect(told.status).toBe(status);
    if (status === 200) expect(started).toMatchObject([{ body_bytes: bytes }]);
    else expect(JSON.parse(told.text)).toEqual({ type: 'about:blank', title: 'A body has at most 1048576 bytes', status });
  });

  test.each([[KIB_128, 200], [KIB_128 + 1, 413]])('of an event that has %i bytes is answered with %i: anybody may have sent it', async (bytes, status) => {
    const told = await ask('POST', '/webhooks/square', await signed('x'.repeat(bytes)));
    expect(told.status).toBe(status);
    if (status === 200) expect(started).toMatchObject([{ job: 'http', route: 'webhooks.square', body_bytes: bytes, path: {}, role: '' }]);
    else expect(JSON.parse(told.text)).toEqual({ type: 'about:blank', title: 'A body has at most 131072 bytes', status });
  });

  test('of an event that somebody else has signed reaches no job', async () => {
    const event = await signed('{}');
    for (const given of ['', 'AAAA', 'no base64!', `${event.headers['x-square-hmacsha256-signature']}AAAA`]) {
      const told = await ask('POST', '/webhooks/square', { ...event, headers: { ...event.headers, 'x-square-hmacsha256-signature': given } });
      expect([given, told.status]).toEqual([given, 401]);
    }
    expect((await ask('POST', '/webhooks/square', { ...event, body: '{} ' })).status).toBe(401);
    expect((await ask('POST', '/webhooks/square', { ...event, env: { ...event.env, SQUARE_WEBHOOK_URL: `${URL_}/` } })).status).toBe(401);
    expect(started).toEqual([]);
    const imported = vi.spyOn(crypto.subtle, 'importKey');
    expect((await ask('POST', '/webhooks/square', event)).status).toBe(200);
    // The key verifies, and nothing gets it back out of the runtime.
    const [[format, , , extractable, usages]] = imported.mock.calls;
    expect([format, extractable, usages]).toEqual(['raw', false, ['verify']]);
  });
});
