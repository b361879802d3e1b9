// Wiring: which trigger starts which job, and what the job's end looks like from outside.

import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Core } from './bindings/core.js';
import { perform } from './bindings/host.js';
import { callerOf, hasTokens, roleOf, tokenProblem } from './bindings/roles.js';
import repairing from './build/pos_repair.wasm';
import pushing from './build/pos_sync.wasm';

/** @import { Context, MiddlewareHandler } from 'hono' */
/** @import { Done } from './bindings/host.js' */
/** @import { Role } from './bindings/roles.js' */

/** @typedef {{D1_OPS: D1Database, ADMIN_TOKEN?: string, [name: string]: any}} Env */
/** @typedef {{Bindings: Env, Variables: {role: Role}}} Types */
/** @typedef {Context<Types>} RouteContext */
/** @typedef {MiddlewareHandler<Types>} Middleware */

const BODY_BYTES_MAX = 1024 * 1024;

/** Before an event's signature is known, anybody may have sent it. Square's have a few kilobytes. */
const EVENT_BYTES_MAX = 128 * 1024;

/** A binding with such a name is a secret: the core learns that it is there, never what it is. */
const SECRET = /_(TOKEN|SECRET|KEY)$/;

/** The trigger in wrangler.toml that asks for an audit of the quarter that has ended; all others tick. */
const AUDIT_CRON = '0 3 1 1,4,7,10 *';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The two modules: one pushes orders, the other repairs what stands at Square since before.
 * @typedef {{wasm: WebAssembly.Module, statements: Record<string, import('./bindings/core.js').Statement>}} Module
 */
const push = { wasm: pushing, statements: Core.statements(pushing) };
const repair = { wasm: repairing, statements: Core.statements(repairing) };

/** Which module does a job, by its name. */
const MODULES = new Map([
  ['tick', push],
  ['http', push],
  ['repair', repair],
  ['repair.http', repair],
]);

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Runs a job on a core of its own.
 * @param {Env} env
 * @param {{job: string} & Record<string, unknown>} job
 * @param {Uint8Array[]} [attachments]
 */
async function run(env, job, attachments = []) {
  const { wasm, statements } = /** @type {Module} */ (MODULES.get(job.job));
  const plain = Object.entries(env).filter(([, value]) => typeof value !== 'object');
  const header = {
    ...job,
    variables: Object.fromEntries(plain.filter(([name]) => !SECRET.test(name))),
    secrets: plain.filter(([name, value]) => SECRET.test(name) && value).map(([name]) => name),
    id: crypto.randomUUID(),
    seed: hexOf(crypto.getRandomValues(new Uint8Array(16))),
  };
  return perform(new Core(wasm), { header, attachments }, { db: env.D1_OPS, statements, env });
}

/**
 * A problem document, RFC 9457.
 * @param {number} status
 * @param {string} title
 * @param {Record<string, string>} [headers]
 * @param {string} [detail]
 */
function problem(status, title, headers, detail) {
  return new Response(JSON.stringify({ type: 'about:blank', title, status, detail }), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}

/**
 * @param {Done} done
 * @returns {Response}
 */
function responseOf({ status, retry_after_seconds, body, type: own }) {
  const type = own ?? (status < 300 ? 'application/json' : 'application/problem+json');
  const headers = new Headers({ 'content-type': type, 'cache-control': 'no-store' });
  if (retry_after_seconds > 0) headers.set('retry-after', String(retry_after_seconds));
  return new Response(body, { status, headers });
}

/** @param {RouteContext} context */
const bearerOf = ({ req }) =>
  /^Bearer +(.*)/i.exec(req.header('authorization') ?? '')?.[1] ?? '';

/** What who calls without the role that a route needs is told. Every role reads. */
const NEEDS = {
  operate: 'This route needs the role operate: the ADMIN_TOKEN',
  approve: 'This route needs a second person: the APPROVER_TOKEN',
};

/**
 * Lets in callers that have the role. A caller without a valid token learns nothing.
 * @param {Role} needed
 * @returns {Middleware}
 */
const only = (needed) => async (context, next) => {
  const { env, req } = context;
  if (!hasTokens(env)) return problem(404, 'Not found');
  const given = { bearer: bearerOf(context), beside: req.header('x-approver-token') ?? '' };
  const { role, allowed, problem: wrong } = await callerOf(env, needed, given);
  if (!role) return problem(401, 'This route needs a token', { 'www-authenticate': 'Bearer' });
  if (wrong) return problem(503, 'pos-sync is not set up', {}, wrong);
  if (!allowed) return problem(403, NEEDS[/** @type {'operate' | 'approve'} */ (needed)]);
  context.set('role', role);
  return next();
};

/**
 * Whether Square has sent this: it signs the URL of the subscription and the body (Square, "Validate
 * event notifications").
 * @param {{key: string, url: string, given: string, body: ArrayBuffer}} event
 * @returns {Promise<boolean>}
 */
async function isSigned({ key, url, given, body }) {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const usable = await crypto.subtle.importKey('raw', encoder.encode(key), hmac, false, ['verify']);
  const signed = await new Blob([url, body]).arrayBuffer();
  // It compares in constant time.
  return crypto.subtle.verify('HMAC', usable, bytesOf(given), signed);
}

/**
 * @param {string} base64
 * @returns {Uint8Array} none if it is something else
 */
function bytesOf(base64) {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** @type {Middleware} */
async function fromSquare({ env, req }, next) {
  const { SQUARE_WEBHOOK_SIGNATURE_KEY: key, SQUARE_WEBHOOK_URL: url } = env;
  if (!key || !url) return problem(404, 'Not found');
  if (req.method !== 'POST') return next();
  const given = req.header('x-square-hmacsha256-signature') ?? '';
  if (await isSigned({ key, url, given, body: await req.arrayBuffer() })) return next();
  return problem(401, 'This is not signed by Square');
}

/**
 * A tick; then the orders that may be what kills their workers, on a core of its own, so that a trap
 * takes nothing else with it; then what there is to do for the past. Each has what the ones before it
 * have left of the budgets of one invocation.
 * @param {Env} env
 * @param {'cron' | 'http'} door
 * @param {string} role of who asks for it; "" is the cron
 * @returns {Promise<Done>} the tick's, with what the others did as members of its body
 */
async function tick(env, door, role = '') {
  const began = performance.now();
  let spent_subrequests = 0;
  /** @param {{job: string} & Record<string, unknown>} job */
  const runNext = async (job) => {
    const spent_ms = Math.max(0, Math.floor(performance.now() - began));
    const { subrequests, ...done } = await run(env, { ...job, role, spent_ms, spent_subrequests });
    spent_subrequests += subrequests;
    return done;
  };
  const { next, ...ticked } = await runNext({ job: 'tick', door, followed: true });
  // It is not set up, or there is no database: so it would be for the others.
  if (ticked.status === 503) return ticked;
  const suspects = next && (await runNext(/** @type {{job: string}} */ (next)));
  const summary = ticked.status < 300 ? JSON.parse(decoder.decode(ticked.body)) : null;
  // A tick that has trapped does not say whether there is a past to repair: it is looked for.
  const repaired = summary && !summary.past ? null : await runNext({ job: 'repair', door });
  if (!summary) return ticked;
  if (repaired && repaired.status >= 300) return repaired;
  if (suspects) summary.suspects = JSON.parse(decoder.decode(suspects.body));
  if (repaired) summary.repair = JSON.parse(decoder.decode(repaired.body));
  return { ...ticked, body: encoder.encode(JSON.stringify(summary)) };
}

/**
 * Starts the job that another one has named, if it did. The answer does not wait for it.
 * @param {Env} env
 * @param {Promise<Done>} running
 */
async function follow(env, running) {
  const { next } = await running;
  if (!next) return;
  await run(env, /** @type {{job: string}} */ (next)).catch((error) => {
    const { stack } = error;
    console.error(JSON.stringify({ message: 'a job failed unexpectedly', error: stack }));
  });
}

/** @param {{job: string} & Record<string, unknown>} job */
const route = (job) => async (/** @type {RouteContext} */ context) => {
  const { env, req, executionCtx } = context;
  const body = new Uint8Array(await req.arrayBuffer());
  const role = context.get('role') ?? '';
  // One that is given twice is a list, which no parameter may be; Hono leaves out one without a name.
  const given = new URL(req.url).searchParams;
  const query = Object.fromEntries([...new Set(given.keys())].map((name) => {
    const all = given.getAll(name);
    return [name, all.length === 1 ? all[0] : all];
  }));
  if (job.job === 'tick' && Object.keys(query).length > 0) {
    return problem(400, `Unknown query parameter "${Object.keys(query)[0]}": this route has none`);
  }
  // A filter, or a dry_run, that the job ignores would push all orders.
  if (job.job === 'tick' && !/^\s*(\{\s*\})?\s*$/.test(decoder.decode(body))) {
    return problem(400, 'This route takes no body: it pushes all that is due');
  }
  const request = { path: req.param(), query, role, body_bytes: body.length };
  const running =
    job.job === 'tick' ? tick(env, 'http', role) : run(env, { ...job, ...request }, [body]);
  // A client that hangs up would end it here and now, with requests under way: this way the runtime
  // grants it some time to write down what became of them.
  executionCtx.waitUntil(Promise.allSettled([follow(env, running)]));
  return responseOf(await running);
};

/**
 * A route of the module that repairs.
 * @param {string} name
 */
const past = (name) => ({ job: 'repair.http', door: 'http', route: name });

/**
 * A route of the module that pushes.
 * @param {string} name
 */
const present = (name) => ({ job: 'http', route: name });

/**
 * @typedef {{job: string} & Record<string, unknown>} RouteJob
 * @typedef {[role: Role, job: RouteJob]} Guarded
 */

/**
 * Every route below /v1, with the role that it needs: `read` changes nothing, and `approve` is what moves
 * money or speaks to restaurants.
 * @type {[path: string, methods: Record<string, Guarded>][]}
 */
const ROUTES = [
  ['/v1/drain', { POST: ['operate', { job: 'tick' }] }],
  ['/v1/status', { GET: ['read', present('status')] }],
  ['/v1/orders', { GET: ['read', present('orders.list')], POST: ['operate', present('orders.create')] }],
  ['/v1/orders/replay', { POST: ['operate', present('orders.replay_many')] }],
  ['/v1/accounts', { GET: ['read', present('accounts.list')], POST: ['operate', present('accounts.put')] }],
  // Without an id it is the account of all restaurants that have none of their own.
  ['/v1/accounts/pause', { POST: ['operate', present('accounts.pause')] }],
  ['/v1/accounts/resume', { POST: ['operate', present('accounts.resume')] }],
  ['/v1/accounts/profile', { POST: ['operate', past('accounts.profile')] }],
  ['/v1/accounts/:restaurant_id/pause', { POST: ['operate', present('accounts.pause')] }],
  ['/v1/accounts/:restaurant_id/resume', { POST: ['operate', present('accounts.resume')] }],
  ['/v1/accounts/:restaurant_id/renew', { POST: ['operate', present('accounts.renew')] }],
  ['/v1/orders/:order_id', { GET: ['read', present('orders.show')] }],
  ['/v1/orders/:order_id/replay', { POST: ['operate', present('orders.replay')] }],
  ['/v1/orders/:order_id/cancel', { POST: ['operate', present('orders.cancel')] }],
  ['/v1/orders/:order_id/mark-done', { POST: ['operate', present('orders.mark_done')] }],
  ['/v1/orders/:order_id/undo-mark-done', { POST: ['operate', present('orders.undo_mark_done')] }],
  ['/v1/accounts/:restaurant_id/profile', { POST: ['operate', past('accounts.profile')] }],
  ['/v1/audits', { GET: ['read', past('audits.list')], POST: ['operate', past('audits.create')] }],
  ['/v1/audits/:audit_id', { GET: ['read', past('audits.show')] }],
  ['/v1/audits/:audit_id/approve', { POST: ['approve', past('audits.approve')] }],
  ['/v1/audits/:audit_id/places/:location_id/leave-out', { POST: ['operate', past('places.leave_out')] }],
  ['/v1/audits/:audit_id/places/:location_id/put-back', { POST: ['operate', past('places.put_back')] }],
  ['/v1/audits/:audit_id/repairs', { GET: ['read', past('repairs.list')] }],
  ['/v1/audits/:audit_id/repairs/retry', { POST: ['approve', past('repairs.retry')] }],
  ['/v1/audits/:audit_id/mails', { GET: ['read', past('mails.list')] }],
  ['/v1/audits/:audit_id/mails/approve', { POST: ['approve', past('mails.approve')] }],
  ['/v1/reconciliation', { GET: ['read', past('reconciliation')] }],
];

/** @param {string[]} methods */
const onlyThese = (methods) => () =>
  problem(405, 'Method not allowed', { allow: methods.join(', ').replace('GET', 'GET, HEAD') });

/** @type {Hono<Types>} */
const app = new Hono();
app.get('/healthz', (context) => context.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }));
app.all('/healthz', onlyThese(['GET']));

// Open to everybody, but its reasons are for those who have a token.
app.get('/readyz', async (context) => {
  const { env } = context;
  const role = await roleOf(env, bearerOf(context));
  const request = { path: {}, query: {}, body_bytes: 0 };
  const known = { authorized: role !== null, token_problem: tokenProblem(env) };
  return responseOf(await run(env, { job: 'http', route: 'ready', ...request, ...known }, [new Uint8Array()]));
});
app.all('/readyz', onlyThese(['GET']));

/** @param {number} maxSize */
const atMost = (maxSize) =>
  bodyLimit({ maxSize, onError: () => problem(413, `A body has at most ${maxSize} bytes`) });
const limit = atMost(BODY_BYTES_MAX);

const webhook = route({ job: 'http', route: 'webhooks.square' });
app.post('/webhooks/square', atMost(EVENT_BYTES_MAX), fromSquare, webhook);
app.all('/webhooks/square', fromSquare, onlyThese(['POST']));
for (const [path, methods] of ROUTES) {
  for (const [method, [role, job]] of Object.entries(methods)) {
    app.on(method, path, only(role), limit, route(job));
  }
}
// Behind all of them: GET /v1/orders/replay is the order of that id, and its path takes that method, too.
for (const [path] of ROUTES) {
  const here = ROUTES.filter(([each]) => new RegExp(`^${each.replace(/:\w+/g, '[^/]+')}$`).test(path));
  const methods = here.flatMap(([, each]) => Object.keys(each)).sort();
  app.all(path, only('read'), onlyThese(methods));
}
app.notFound(() => problem(404, 'Not found'));
app.onError((error) => {
  console.error(JSON.stringify({ message: 'a request failed unexpectedly', error: error.stack }));
  return problem(500, 'Internal error');
});

export default {
  fetch: app.fetch,

  /**
   * @param {ScheduledController} controller
   * @param {Env} env
   */
  async scheduled({ cron }, env) {
    // No sale waits for that: the routes are shut until it is put right.
    const wrong = tokenProblem(env);
    if (wrong) console.error(JSON.stringify({ message: 'no route is open', detail: wrong }));
    const { status, body } =
      cron === AUDIT_CRON
        ? await run(env, { job: 'repair.http', door: 'cron', route: 'audits.quarterly' })
        : await tick(env, 'cron');
    if (status < 300) return;
    const { title, detail } = JSON.parse(decoder.decode(body));
    // A run that throws is recorded as failed, and its words are what the dashboard shows.
    throw new Error(detail ? `${title}: ${detail}` : title);
  },
};
