// What the shell itself answers: who may come in, and what an error looks like.
import { describe, expect, test, vi } from 'vitest';
import { ADMIN_TOKEN, ask, cleanWorldBeforeEach, enqueue, hurry, logged, payload, send, tick, twin } from './lib/world.js';

cleanWorldBeforeEach();

const ADMIN_ROUTES = [
  ['POST', '/v1/orders'],
  ['GET', '/v1/orders'],
  ['GET', '/v1/orders/ord-1'],
  ['POST', '/v1/orders/ord-1/replay'],
  ['POST', '/v1/orders/ord-1/cancel'],
  ['POST', '/v1/orders/ord-1/mark-done'],
  ['POST', '/v1/orders/ord-1/undo-mark-done'],
  ['POST', '/v1/orders/replay'],
  ['POST', '/v1/accounts'],
  ['GET', '/v1/accounts'],
  ['POST', '/v1/accounts/adana/pause'],
  ['POST', '/v1/accounts/adana/resume'],
  ['POST', '/v1/accounts/adana/renew'],
  ['POST', '/v1/accounts/pause'],
  ['POST', '/v1/accounts/resume'],
  ['POST', '/v1/drain'],
  ['GET', '/v1/status'],
];

/** What every error looks like.
 * @param {number} status */
const problem = (status) => ({
  status,
  type: 'application/problem+json',
  body: { type: 'about:blank', title: expect.stringMatching(/./), status },
});

test('GET /healthz is open to everybody, and tells nothing else', async () => {
  const answer = await ask('GET', '/healthz', { headers: { authorization: '' } });
  expect(answer).toMatchObject({ status: 200, type: 'application/json' });
  expect(answer.body).toEqual({ status: 'ok' });
});

describe('an admin route', () => {
  test.each(ADMIN_ROUTES)('%s %s does not exist where no ADMIN_TOKEN is set', async (method, path) => {
    for (const ADMIN_TOKEN_SET of [undefined, '']) {
      const answer = await ask(method, path, { env: { ADMIN_TOKEN: ADMIN_TOKEN_SET } });
      expect(answer).toMatchObject(problem(404));
    }
    const empty = { authorization: 'Bearer ' };
    expect((await send(method, path, { headers: empty, env: { ADMIN_TOKEN: '' } })).status).toBe(404);
  });

  test.each(ADMIN_ROUTES)('%s %s asks for the admin token', async (method, path) => {
    const wrong = [
      '',
      'Bearer',
      'Bearer ',
      'Bearer wrong',
      `Bearer ${ADMIN_TOKEN}x`,
      `Bearer ${ADMIN_TOKEN.slice(0, -1)}`,
      `Bearer ${ADMIN_TOKEN.toUpperCase()}`,
      `Basic ${ADMIN_TOKEN}`,
      ADMIN_TOKEN,
    ];
    for (const authorization of wrong) {
      const answer = await ask(method, path, { headers: { authorization } });
      expect(answer).toMatchObject(problem(401));
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

test('the name of the scheme is read as HTTP reads it, in any case', async () => {
  const headers = { authorization: `bearer ${ADMIN_TOKEN}` };
  expect((await send('GET', '/v1/status', { headers })).status).toBe(200);
});

test.each(['/', '/nope', '/v1', '/v1/', '/v1/orders/a/b/c', '/v1/orders/ord-1/undo', '/healthz/'])(
  'the unknown path %s is a 404 problem',
  async (path) => {
    expect(await ask('GET', path)).toMatchObject(problem(404));
  },
);

test.each([
  ['POST', '/healthz', 'GET, HEAD'],
  ['DELETE', '/v1/orders', 'GET, HEAD, POST'],
  ['PUT', '/v1/orders/ord-1', 'GET, HEAD'],
  ['GET', '/v1/orders/ord-1/replay', 'POST'],
  ['GET', '/v1/drain', 'POST'],
  ['POST', '/v1/status', 'GET, HEAD'],
])('%s %s is a 405 problem that allows %s', async (method, path, allow) => {
  const answer = await ask(method, path);
  expect(answer).toMatchObject(problem(405));
  expect(answer.headers.get('allow')).toBe(allow);
});

test('what nobody expected is a 500 problem without internals, and a line in the log', async () => {
  const D1_OPS = {
    prepare() {
      throw new TypeError('something internal');
    },
  };
  const answer = await ask('GET', '/v1/status', { env: { D1_OPS } });
  expect(answer).toMatchObject(problem(500));
  expect(JSON.stringify(answer.body)).not.toContain('internal at');
  expect(JSON.stringify(answer.body)).not.toContain('something');
  expect(logged).toEqual([expect.stringContaining('something internal')]);
});

test('a database that stays away is a 503 problem that says when to come back', async () => {
  const D1_OPS = {
    prepare: () => ({ bind() {} }),
    batch: async () => {
      throw new Error('D1_ERROR: Network connection lost.');
    },
  };
  hurry();
  const answer = await ask('GET', '/v1/status', { env: { D1_OPS } });
  expect(answer).toMatchObject({ status: 503, type: 'application/problem+json' });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
});

describe('a body', () => {
  test('of more than 1 MiB is refused, whether its length is declared or not', async () => {
    const text = ' '.repeat(1024 * 1024 + 1);
    // So long that whoever reads it to its end fails this test, rather than never ends it.
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 64 * 1024;
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
        if (pulled > 4 * 1024 * 1024) controller.close();
      },
    });
    expect(await ask('POST', '/v1/orders', { body: text })).toMatchObject(problem(413));
    expect(await ask('POST', '/v1/orders', { body: endless })).toMatchObject(problem(413));
  });

  test('of exactly 1 MiB gets as far as the core', async () => {
    const answer = await ask('POST', '/v1/orders', { body: ' '.repeat(1024 * 1024) });
    expect(answer.status).toBe(400);
  });

  test('is not read before the token is known', async () => {
    const pull = vi.fn();
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    const headers = { authorization: 'Bearer wrong' };
    expect(await ask('POST', '/v1/orders', { body, headers })).toMatchObject(problem(401));
    expect(pull).not.toHaveBeenCalled();
  });
});

describe('an order id in the path', () => {
  test.each(['a/b', '100%', 'a%2Fb', '%41', 'ş ü', 'a?b=c#d', 'a+b', '..%2F..', 'orders/x/replay', "a'b;c"])(
    'is percent-decoded once: %s',
    async (order_id) => {
      await enqueue({ order_id }, { order_id: 'A' }, { order_id: 'a' });
      const path = `/v1/orders/${encodeURIComponent(order_id)}`;
      const shown = await ask('GET', path);
      expect(shown).toMatchObject({ status: 200, type: 'application/json' });
      expect(shown.body.rows.map((/** @type {any} */ row) => row.order_id)).toEqual([order_id]);
      const canceled = await ask('POST', `${path}/cancel`);
      expect(canceled).toMatchObject({ status: 200, body: { order_id, status: 'dead' } });
    },
  );
});

test('no secret ever appears in a log line or an answer', async () => {
  const square = 'square-token-that-nobody-may-see';
  const env = { SQUARE_ACCESS_TOKEN: square, SQUARE_BASE_URL: 'http://127.0.0.1:1', SOME_API_KEY: 'api-key-of-someone' };
  await enqueue({ order_id: 'ord-1' }, { order_id: 'ord-2', payload: '{' });
  const texts = [];
  await tick(env);
  for (const [method, path] of ADMIN_ROUTES) {
    const body = method === 'POST' ? { order_id: 'ord-3', payload: payload() } : undefined;
    for (const changes of [env, { ...env, BATCH_SIZE: 'none' }, { ...env, ADMIN_TOKEN: undefined }]) {
      const response = await send(method, path, { body, env: changes });
      texts.push(await response.text(), ...[...response.headers].flat());
    }
  }
  expect(logged.length).toBeGreaterThan(0);
  for (const secret of [square, ADMIN_TOKEN, twin.token, env.SOME_API_KEY]) {
    expect([...texts, ...logged].filter((text) => text.includes(secret))).toEqual([]);
  }
});

test('the core is told which secrets are set, never what they are', async () => {
  const calls = vi.spyOn(TextEncoder.prototype, 'encodeInto');
  await tick({ SQUARE_ACCESS_TOKEN: 'value-of-a-secret', SOME_API_KEY: 'another-value', EMPTY_SECRET: '' });
  const start = JSON.parse(calls.mock.calls[0][0]);
  expect(start).toMatchObject({ job: 'tick', door: 'cron' });
  expect(start.secrets.sort()).toEqual(['ADMIN_TOKEN', 'SEAL_KEY', 'SOME_API_KEY', 'SQUARE_ACCESS_TOKEN']);
  expect(start.variables).toMatchObject({ BATCH_SIZE: '50', SQUARE_BASE_URL: twin.url });
  expect(JSON.stringify(start)).not.toMatch(/value-of-a-secret|another-value/);
  expect(start.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(start.seed).toMatch(/^[0-9a-f]{32}$/);
});
