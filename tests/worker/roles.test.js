// Who may do what: three roles, and tokens that open nothing.
import { describe, expect, test, vi } from 'vitest';
import { Core } from '../../bindings/core.js';
import { tokenProblem } from '../../bindings/roles.js';
import { ADMIN_TOKEN, ask, cleanWorldBeforeEach, enqueue, logged, payload, query, rowsOf, send, tick } from './lib/world.js';

cleanWorldBeforeEach();

const READ_TOKEN = 'the-token-of-one-who-only-reads-0001';
const APPROVER_TOKEN = 'the-token-of-the-second-person-00002';
const ALL = { READ_TOKEN, APPROVER_TOKEN };

/** @param {string} token */
const as = (token) => ({ authorization: `Bearer ${token}` });

const READS = [
  '/v1/status', '/v1/orders', '/v1/orders/ord-1', '/v1/accounts', '/v1/audits', '/v1/audits/a1',
  '/v1/audits/a1/repairs', '/v1/audits/a1/mails', '/v1/reconciliation',
];
const OPERATES = [
  '/v1/drain', '/v1/orders', '/v1/orders/ord-1/replay', '/v1/orders/ord-1/cancel', '/v1/orders/ord-1/mark-done',
  '/v1/accounts', '/v1/accounts/adana/pause', '/v1/accounts/adana/resume', '/v1/accounts/adana/renew',
  '/v1/accounts/pause', '/v1/accounts/resume', '/v1/accounts/profile', '/v1/accounts/adana/profile', '/v1/audits',
];
const APPROVES = ['/v1/audits/a1/approve', '/v1/audits/a1/repairs/retry', '/v1/audits/a1/mails/approve'];

/** How a route answers, as far as its guard is concerned.
 * @param {string} method @param {string} path @param {Record<string, any>} headers @param {Record<string, any>} env */
async function opens(method, path, headers, env) {
  const { status } = await send(method, path, { headers, env, body: method === 'POST' ? '{"x":1}' : undefined });
  return status !== 401 && status !== 403;
}

describe('each role opens its routes and no others', () => {
  test.each([
    ['READ_TOKEN', READ_TOKEN, true, false, false],
    ['ADMIN_TOKEN', ADMIN_TOKEN, true, true, false],
    ['APPROVER_TOKEN', APPROVER_TOKEN, true, false, true],
  ])('%s', async (_name, token, reads, operates, approves) => {
    for (const path of READS) expect([path, await opens('GET', path, as(token), ALL)]).toEqual([path, reads]);
    for (const path of OPERATES) expect([path, await opens('POST', path, as(token), ALL)]).toEqual([path, operates]);
    for (const path of APPROVES) expect([path, await opens('POST', path, as(token), ALL)]).toEqual([path, approves]);
  });

  test('without a second person, whoever operates also approves', async () => {
    for (const path of APPROVES) {
      expect(await opens('POST', path, as(ADMIN_TOKEN), { READ_TOKEN })).toBe(true);
      expect(await opens('POST', path, as(READ_TOKEN), { READ_TOKEN })).toBe(false);
    }
  });

  test('a reader who shows the approver\'s token beside his own approves, and operates nothing', async () => {
    const headers = { ...as(READ_TOKEN), 'x-approver-token': APPROVER_TOKEN };
    expect(await opens('POST', APPROVES[0], headers, ALL)).toBe(true);
    expect(await opens('POST', '/v1/drain', headers, ALL)).toBe(false);
    expect(await opens('POST', APPROVES[0], { 'x-approver-token': APPROVER_TOKEN, authorization: '' }, ALL)).toBe(false);
  });
});

describe('tokens that open nothing', () => {
  const SHORT = 'only-thirty-one-characters-long';
  /** @type {[string, Record<string, string>, string, RegExp][]} */
  const CASES = [
    ['a short ADMIN_TOKEN', { ADMIN_TOKEN: SHORT }, SHORT, /^ADMIN_TOKEN: expected at least 32 characters/],
    ['a short READ_TOKEN, shown by the operator', { READ_TOKEN: SHORT }, ADMIN_TOKEN, /^READ_TOKEN: expected at least 32/],
    ['equal tokens of two roles', { APPROVER_TOKEN: ADMIN_TOKEN }, ADMIN_TOKEN, /^APPROVER_TOKEN: is the same as ADMIN_TOKEN/],
    ['equal tokens of a reader and the operator', { READ_TOKEN: ADMIN_TOKEN }, ADMIN_TOKEN, /^ADMIN_TOKEN: is the same as READ_TOKEN/],
    ['a token with a newline', { READ_TOKEN: `${READ_TOKEN}\n` }, ADMIN_TOKEN, /^READ_TOKEN: expected printable ASCII/],
  ];

  test.each(CASES)('%s: who holds one learns why, and nobody else learns anything', async (_name, env, token, words) => {
    for (const [method, path] of [['GET', '/v1/status'], ['POST', '/v1/drain'], ['POST', APPROVES[0]]]) {
      const told = await ask(method, path, { env, headers: as(token) });
      expect(told).toMatchObject({ status: 503, type: 'application/problem+json', body: { detail: expect.stringMatching(words) } });
      expect(JSON.stringify(told.body)).not.toContain(token);
      const stranger = await ask(method, path, { env, headers: as('wrong') });
      expect(stranger).toMatchObject({ status: 401, body: { title: 'This route needs a token' } });
      expect(stranger.body.detail).toBeUndefined();
    }
  });

  test('keep no order from being booked; the cron says what is wrong', async () => {
    await enqueue({ order_id: 'ord-1' });
    await tick({ APPROVER_TOKEN: ADMIN_TOKEN });
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
    expect(logged.filter((line) => line.includes('is the same as ADMIN_TOKEN'))).toHaveLength(1);
    expect(logged.join()).not.toContain(ADMIN_TOKEN);
  });

  test('are not those of 32 characters or more', () => {
    expect(tokenProblem({ ADMIN_TOKEN: 'a'.repeat(32), READ_TOKEN: 'b'.repeat(32) })).toBe('');
    expect(tokenProblem({})).toBe('');
  });
});

describe('the role stands beside the name that somebody gave', () => {
  test('in the audit of an order', async () => {
    await ask('POST', '/v1/orders', { body: { order_id: 'ord-1', payload: payload() } });
    await ask('POST', '/v1/orders/ord-1/cancel', { body: { actor: 'ayse', reason: 'guest left' } });
    await ask('POST', '/v1/orders/ord-1/replay', { body: { actor: 'the boss' } });
    const lines = await query("SELECT event, actor, json_extract(detail, '$.role') AS role FROM pos_sync_audit ORDER BY id");
    expect(lines).toEqual([
      { event: 'enqueued', actor: 'http', role: 'operate' },
      { event: 'canceled', actor: 'ayse', role: 'operate' },
      { event: 'replayed', actor: 'the boss', role: 'operate' },
    ]);
  });

  test('in the log lines of accounts and audits', async () => {
    await ask('POST', '/v1/accounts/pause', { body: { actor: 'ayse', reason: 'closed' } });
    await ask('POST', '/v1/accounts/profile', { body: { actor: 'ayse', name: 'Adana' } });
    await ask('POST', '/v1/audits', { body: { from: '2026-01-01', to: '2026-02-01', actor: 'ayse' } });
    const told = logged.map((line) => JSON.parse(line));
    expect(told).toMatchObject([{ role: 'operate', actor: 'ayse' }, { role: 'operate', actor: 'ayse' }, { role: 'operate', actor: 'ayse' }]);
  });
});

describe('what the shell promises of every answer and every job', () => {
  test('no answer is kept by a cache', async () => {
    await enqueue({ order_id: 'ord-1' });
    const broken = { D1_OPS: { prepare: () => { throw new Error('x'); } } };
    const answers = [
      await send('GET', '/healthz'), await send('POST', '/healthz'), await send('GET', '/nope'),
      await send('GET', '/v1/status'), await send('HEAD', '/v1/status'), await send('PUT', '/v1/status'),
      await send('GET', '/v1/status', { headers: as('wrong') }), await send('GET', '/v1/status', { env: { ADMIN_TOKEN: '' } }),
      await send('POST', APPROVES[0], { env: ALL }), await send('GET', '/v1/status', { env: { READ_TOKEN: ADMIN_TOKEN } }),
      await send('GET', '/v1/orders/none'), await send('GET', '/v1/status', { env: broken }),
      await send('POST', '/v1/orders', { body: ' '.repeat(1024 * 1024 + 1) }), await send('POST', '/webhooks/square'),
      await send('POST', '/v1/drain'), await send('GET', '/v1/reconciliation?format=csv&from=2026-01-01&to=2026-01-02'),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([answer.status, 'no-store']);
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401, 403, 404, 405, 413, 500, 503]));
  });

  test('two jobs never have one seed, or one id', async () => {
    const starting = vi.spyOn(Core.prototype, 'start');
    for (let i = 0; i < 6; i += 1) await ask('POST', '/v1/drain');
    const headers = starting.mock.calls.map(([header]) => /** @type {any} */ (header));
    expect(headers.length).toBeGreaterThanOrEqual(6);
    expect(new Set(headers.map(({ seed }) => seed)).size).toBe(headers.length);
    expect(new Set(headers.map(({ id }) => id)).size).toBe(headers.length);
    for (const { seed } of headers) expect(seed).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });
});
