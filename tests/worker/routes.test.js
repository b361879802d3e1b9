// Every route, with who may call it and the job that it starts: written down a second time, so that a word
// of worker.js that is another one does not send an operator's request to another job.
import { applyD1Migrations } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Core } from '../../bindings/core.js';
import { ADMIN_TOKEN, db, emptyDatabase, send } from './lib/world.js';

/** @typedef {Record<string, any>} Json */
/** @typedef {'read' | 'operate' | 'approve'} Role */

/** @type {string[]} */
let logged = [];

// Of an empty queue nothing is left behind.
beforeAll(async () => {
  await emptyDatabase();
  await applyD1Migrations(db, bindings.MIGRATIONS);
});
beforeEach(() => {
  logged = [];
  for (const level of /** @type {const} */ (['info', 'warn', 'error'])) {
    vi.spyOn(console, level).mockImplementation((...words) => void logged.push(words.join(' ')));
  }
});
afterEach(() => vi.restoreAllMocks());

const TOKENS = {
  read: 'the-token-of-one-who-only-reads-0001',
  operate: ADMIN_TOKEN,
  approve: 'the-token-of-the-second-person-00002',
};
const ENV = { READ_TOKEN: TOKENS.read, APPROVER_TOKEN: TOKENS.approve };

/** Which roles open what needs one. @type {Record<Role, Role[]>} */
const OPENED_BY = { read: ['read', 'operate', 'approve'], operate: ['operate'], approve: ['approve'] };

/** @typedef {[method: string, path: string, role: Role, job: string, params?: Json]} Route */

/** @type {Route[]} */
const ROUTES = [
  ['POST', '/v1/drain', 'operate', 'tick'],
  ['GET', '/v1/status', 'read', 'http status'],
  ['GET', '/v1/orders', 'read', 'http orders.list'],
  ['POST', '/v1/orders', 'operate', 'http orders.create'],
  ['POST', '/v1/orders/replay', 'operate', 'http orders.replay_many'],
  ['GET', '/v1/accounts', 'read', 'http accounts.list'],
  ['POST', '/v1/accounts', 'operate', 'http accounts.put'],
  ['POST', '/v1/accounts/pause', 'operate', 'http accounts.pause'],
  ['POST', '/v1/accounts/resume', 'operate', 'http accounts.resume'],
  ['POST', '/v1/accounts/profile', 'operate', 'repair.http accounts.profile'],
  ['POST', '/v1/accounts/adana/pause', 'operate', 'http accounts.pause', { restaurant_id: 'adana' }],
  ['POST', '/v1/accounts/adana/resume', 'operate', 'http accounts.resume', { restaurant_id: 'adana' }],
  ['POST', '/v1/accounts/adana/renew', 'operate', 'http accounts.renew', { restaurant_id: 'adana' }],
  ['POST', '/v1/accounts/adana/profile', 'operate', 'repair.http accounts.profile', { restaurant_id: 'adana' }],
  ['GET', '/v1/orders/ord-1', 'read', 'http orders.show', { order_id: 'ord-1' }],
  // Ids that are names of routes.
  ['GET', '/v1/orders/replay', 'read', 'http orders.show', { order_id: 'replay' }],
  ['POST', '/v1/orders/replay/replay', 'operate', 'http orders.replay', { order_id: 'replay' }],
  ['POST', '/v1/accounts/pause/resume', 'operate', 'http accounts.resume', { restaurant_id: 'pause' }],
  ['POST', '/v1/orders/ord-1/replay', 'operate', 'http orders.replay', { order_id: 'ord-1' }],
  ['POST', '/v1/orders/ord-1/cancel', 'operate', 'http orders.cancel', { order_id: 'ord-1' }],
  ['POST', '/v1/orders/ord-1/mark-done', 'operate', 'http orders.mark_done', { order_id: 'ord-1' }],
  ['POST', '/v1/orders/ord-1/undo-mark-done', 'operate', 'http orders.undo_mark_done', { order_id: 'ord-1' }],
  ['GET', '/v1/audits', 'read', 'repair.http audits.list'],
  ['POST', '/v1/audits', 'operate', 'repair.http audits.create'],
  ['GET', '/v1/audits/a1', 'read', 'repair.http audits.show', { audit_id: 'a1' }],
  ['POST', '/v1/audits/a1/approve', 'approve', 'repair.http audits.approve', { audit_id: 'a1' }],
  ['POST', '/v1/audits/a1/places/L1/leave-out', 'operate', 'repair.http places.leave_out', { audit_id: 'a1', location_id: 'L1' }],
  ['POST', '/v1/audits/a1/places/L1/put-back', 'operate', 'repair.http places.put_back', { audit_id: 'a1', location_id: 'L1' }],
  ['GET', '/v1/audits/a1/repairs', 'read', 'repair.http repairs.list', { audit_id: 'a1' }],
  ['POST', '/v1/audits/a1/repairs/retry', 'approve', 'repair.http repairs.retry', { audit_id: 'a1' }],
  ['GET', '/v1/audits/a1/mails', 'read', 'repair.http mails.list', { audit_id: 'a1' }],
  ['POST', '/v1/audits/a1/mails/approve', 'approve', 'repair.http mails.approve', { audit_id: 'a1' }],
  ['GET', '/v1/reconciliation', 'read', 'repair.http reconciliation'],
];

/** The jobs that a request starts, as the core is asked for them.
 * @param {string} method @param {string} path @param {{headers?: Json, env?: Json, body?: any}} [options] */
async function started(method, path, options = {}) {
  /** @type {Json[]} */
  const headers = [];
  const { start } = Core.prototype;
  const spy = vi.spyOn(Core.prototype, 'start').mockImplementation(/** @this {Core} */ function note(header, attachments) {
    headers.push({ ...header, attached: attachments?.map((each) => new TextDecoder().decode(each)) });
    return start.call(this, header, attachments);
  });
  const response = await send(method, path, { env: ENV, ...options });
  spy.mockRestore();
  return { status: response.status, headers, response };
}

/** @param {string} token */
const as = (token) => ({ authorization: `Bearer ${token}` });

const methodsOf = (/** @type {string} */ path) => ROUTES.filter(([, each]) => each === path).map(([method]) => method);

describe.each(ROUTES)('%s %s', (method, path, role, job, params = {}) => {
  test(`starts the job ${job}, and no other`, async () => {
    const body = method === 'POST' && job !== 'tick' ? '{"none":"such"}' : undefined;
    const { status, headers } = await started(method, path, { headers: as(TOKENS[role]), body });
    expect(headers.length).toBeGreaterThan(0);
    const [first] = headers;
    expect([first.job, first.route].filter(Boolean).join(' ')).toBe(job);
    if (job === 'tick') {
      expect(first).toMatchObject({ door: 'http', role: 'operate', followed: true });
    } else {
      expect(first).toMatchObject({ path: params, query: {}, role, body_bytes: (body ?? '').length });
      expect(first.path).toEqual(params);
      expect(first.attached).toEqual([body ?? '']);
      // The module of the past is told which trigger it was.
      expect(first.door).toBe(job.startsWith('repair.') ? 'http' : undefined);
      expect(headers.length).toBe(1);
    }
    // The module that got the job knows it: an unknown one is the shell's mistake.
    expect(status).not.toBe(500);
    expect(logged.filter((line) => line.includes('unexpectedly'))).toEqual([]);
  });

  test(`opens for ${OPENED_BY[role].join(', ')}, and starts nothing for anybody else`, async () => {
    for (const who of /** @type {Role[]} */ (['read', 'operate', 'approve'])) {
      const { status, headers } = await started(method, path, { headers: as(TOKENS[who]) });
      const isOpen = OPENED_BY[role].includes(who);
      expect([who, headers.length > 0]).toEqual([who, isOpen]);
      if (!isOpen) expect([who, status]).toEqual([who, 403]);
    }
    for (const headers of [{ authorization: '' }, as('wrong'), as(''), as(`${TOKENS[role]} `.repeat(2)), { authorization: `x${as(TOKENS[role]).authorization}` },
      { authorization: TOKENS[role] }, { authorization: `Bearer${TOKENS[role]}` }]) {
      const stranger = await started(method, path, { headers });
      expect(stranger.status).toBe(401);
      expect(stranger.headers).toEqual([]);
    }
  });

  test('takes no other method, from whoever has a token, and tells a stranger not even that', async () => {
    const there = methodsOf(path);
    const allow = there.includes('GET') ? ['GET', 'HEAD', ...there.filter((each) => each !== 'GET')] : there;
    for (const other of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((each) => !there.includes(each))) {
      const { status, headers, response } = await started(other, path, { headers: as(TOKENS.read) });
      expect([other, status, response.headers.get('allow')]).toEqual([other, 405, allow.join(', ')]);
      expect(headers).toEqual([]);
      expect((await started(other, path, { headers: as('wrong') })).status).toBe(401);
    }
  });
});

describe('what a role lacks is said in words', () => {
  test.each([
    ['POST', '/v1/drain', TOKENS.read, 'This route needs the role operate: the ADMIN_TOKEN'],
    ['POST', '/v1/audits/a1/approve', TOKENS.operate, 'This route needs a second person: the APPROVER_TOKEN'],
  ])('%s %s', async (method, path, token, title) => {
    const { response } = await started(method, path, { headers: as(token) });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({ type: 'about:blank', title, status: 403 });
  });
});

describe('a query', () => {
  test('reaches its job as it was given, and what is given twice as a list, which no parameter may be', async () => {
    const { headers } = await started('GET', '/v1/orders?status=dead&code=a&code=b&code=c&empty=', { headers: as(ADMIN_TOKEN) });
    expect(headers[0].query).toEqual({ status: 'dead', code: ['a', 'b', 'c'], empty: '' });
  });

  test('of POST /v1/drain has no parameter, and names the one that it refuses', async () => {
    const { status, headers, response } = await started('POST', '/v1/drain?limit=1', { headers: as(ADMIN_TOKEN) });
    expect(status).toBe(400);
    expect(headers).toEqual([]);
    expect(await response.json()).toEqual({
      type: 'about:blank', title: 'Unknown query parameter "limit": this route has none', status: 400,
    });
  });
});

describe('a body', () => {
  test('that POST /v1/drain would not read, such as a dry_run, pushes nothing', async () => {
    for (const body of ['{"dry_run":true}', '{"restaurant_id":"adana"}', '[]', 'null', 'x']) {
      const { status, headers, response } = await started('POST', '/v1/drain', { headers: as(ADMIN_TOKEN), body });
      expect([body, status]).toEqual([body, 400]);
      expect(headers).toEqual([]);
      expect((await response.json()).title).toBe('This route takes no body: it pushes all that is due');
    }
    for (const body of ['', ' ', '{}', ' { }\n']) {
      const { headers } = await started('POST', '/v1/drain', { headers: as(ADMIN_TOKEN), body });
      expect([body, headers[0]?.job]).toEqual([body, 'tick']);
    }
  });
});

describe('what the core is told of the worker', () => {
  test('are its variables, and of its secrets the names alone; of its bindings nothing', async () => {
    const env = {
      ...ENV, PLAIN: 'plain', A_TOKEN: 'the-value-1', A_SECRET: 'the-value-2', A_KEY: 'the-value-3',
      TOKENS_OF: 'no secret', MY_KEY_ID: 'none, either', MONKEY: 'nor that', EMPTY_KEY: '', EMPTY: '', BUCKET: { get() {} }, COUNT: 7,
    };
    const { headers: [header] } = await started('GET', '/v1/status', { headers: as(ADMIN_TOKEN), env });
    expect(header.secrets).toEqual(expect.arrayContaining(['A_TOKEN', 'A_SECRET', 'A_KEY', 'READ_TOKEN', 'APPROVER_TOKEN']));
    expect(header.secrets).not.toContain('EMPTY_KEY');
    expect(header.variables).toMatchObject({ PLAIN: 'plain', TOKENS_OF: 'no secret', MY_KEY_ID: 'none, either', MONKEY: 'nor that', EMPTY: '', COUNT: 7 });
    for (const name of ['A_TOKEN', 'A_SECRET', 'A_KEY', 'EMPTY_KEY', 'BUCKET', 'D1_OPS']) expect(header.variables).not.toHaveProperty(name);
    expect(JSON.stringify(header)).not.toMatch(/the-value-/);
  });

  test('is an id and a seed of its own, with every bit drawn, or two ticks would back off in step', async () => {
    const seeds = [];
    for (let i = 0; i < 24; i += 1) {
      const { headers: [header] } = await started('GET', '/v1/accounts', { headers: as(ADMIN_TOKEN) });
      expect(header.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(header.seed).toMatch(/^[0-9a-f]{32}$/);
      seeds.push(header.seed);
    }
    // Each of the 32 digits is drawn anew: that one of them were equal in 24 seeds is a chance of 16^-23.
    for (let at = 0; at < 32; at += 1) expect(new Set(seeds.map((seed) => seed[at])).size).toBeGreaterThan(1);
  });
});

test('a worker that has no token has no route, whatever is called', async () => {
  const none = { ...ENV, READ_TOKEN: undefined, APPROVER_TOKEN: undefined, ADMIN_TOKEN: undefined };
  for (const [method, path] of ROUTES) {
    const { status, headers } = await started(method, path, { env: none });
    expect([path, status, headers.length]).toEqual([path, 404, 0]);
  }
});

test.each(['READ_TOKEN', 'ADMIN_TOKEN', 'APPROVER_TOKEN'])('a worker whose only token is the %s has routes', async (name) => {
  const env = { READ_TOKEN: undefined, ADMIN_TOKEN: undefined, APPROVER_TOKEN: undefined, [name]: TOKENS.read };
  const { status, headers } = await started('GET', '/v1/status', { headers: as(TOKENS.read), env });
  expect([status, headers.length]).toEqual([200, 1]);
});
