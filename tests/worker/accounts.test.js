// Restaurants with access tokens of their own, from the door to Square: revoked, renewed, sealed under
// keys that change, and never seen.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Keys } from '../../bindings/seal.js';
import {
  ADMIN_TOKEN,
  ask,
  cleanWorldBeforeEach,
  db,
  enqueue,
  logged,
  query,
  rowsOf,
  send,
  tick,
  twin,
  twinControl,
} from './lib/world.js';

cleanWorldBeforeEach();

const K1 = `k1:${btoa('1'.repeat(32))}`;
const K2 = `k2:${btoa('2'.repeat(32))}`;
const APPLICATION_SECRET = 'sandbox-sq0csb-local';

/** What a worker that renews tokens is set up with. */
const SETUP = {
  ACCOUNTS_KEY: K1,
  SQUARE_APPLICATION_ID: 'sandbox-sq0idb-local',
  SQUARE_APPLICATION_SECRET: APPLICATION_SECRET,
};

const ADANA = { id: 'MADANA000002', locations: [{ id: 'L-ADANA', currency: 'TRY' }] };
const TOKENS = { access_token: 'adana-access-0', refresh_token: 'adana-refresh-0' };

/** A seller of its own at the local Square, and its account at the worker.
 * @param {Record<string, any>} [seller]
 * @param {Record<string, any>} [env] */
async function open(seller = {}, env = SETUP) {
  await twinControl('merchant', { ...ADANA, ...TOKENS, ...seller });
  const body = { restaurant_id: 'adana', location_id: 'L-ADANA', ...TOKENS };
  return ask('POST', '/v1/accounts', { body, env });
}

/** @param {Record<string, any>} [env] */
const account = async (env = SETUP) => {
  const { body } = await ask('GET', '/v1/accounts', { env });
  return body.accounts.find((/** @type {any} */ { restaurant_id }) => restaurant_id === 'adana');
};

/** @param {string} state @param {Record<string, any>} [more] */
const seller = (state, more) => twinControl('token', { merchant_id: ADANA.id, state, ...more });

const order = (/** @type {string} */ order_id, restaurant_id = 'adana') => ({ order_id, restaurant_id });

/** Every time of an account's goes back by so many days.
 * @param {number} days */
const pass = (days) =>
  db.prepare('UPDATE pos_accounts SET renewal_at = renewal_at - ?1, paused_until = paused_until - ?1')
    .bind(days * 86_400_000).run();

afterEach(() => vi.restoreAllMocks());

test('a restaurant with a token of its own is pushed with it, to its own location', async () => {
  expect(await open()).toMatchObject({ status: 201 });
  await enqueue(order('a-1'), order('b-1', 'berlin'));
  await tick(SETUP);
  expect(await rowsOf('a-1')).toMatchObject([{ status: 'success' }]);
  expect(await rowsOf('b-1')).toMatchObject([{ status: 'success' }]);
  const { orders } = await twinControl('state');
  expect(orders.map((/** @type {any} */ { location_id }) => location_id).sort()).toEqual(
    ['L-ADANA', twin.location].sort(),
  );
});

test('fifty orders of restaurants with tokens cost no more round trips to D1', async () => {
  await open();
  await enqueue(...Array.from({ length: 50 }, (_each, i) => order(`a-${i}`)));
  const { body } = await ask('POST', '/v1/drain', { env: SETUP });
  expect(body).toMatchObject({ booked: 50, d1_calls: 3, requests: 100 });
});

test('a revoked token pauses its restaurant with a reason, others finish, and after a new token everything drains', async () => {
  await open();
  await seller('revoked');
  await enqueue(order('a-1'), order('a-2'), order('b-1', 'berlin'));
  await tick(SETUP);
  expect(await rowsOf('b-1')).toMatchObject([{ status: 'success' }]);
  for (const id of ['a-1', 'a-2']) {
    expect(await rowsOf(id)).toMatchObject([{ status: 'pending', attempts: 0 }]);
  }
  const { body } = await ask('GET', '/v1/status', { env: SETUP });
  expect(body.dead).toEqual({});
  expect(body.accounts).toMatchObject([
    { restaurant_id: '', paused: 0, pause_reason: '' },
    {
      restaurant_id: 'adana',
      paused: 1,
      pause_reason: 'unauthorized',
      pause_detail: expect.stringContaining('ACCESS_TOKEN_REVOKED'),
      renewal_error: expect.stringContaining('401'),
    },
  ]);
  const fresh = { access_token: 'adana-access-1', refresh_token: 'adana-refresh-1' };
  await twinControl('merchant', { ...ADANA, ...fresh });
  const posted = { restaurant_id: 'adana', location_id: 'L-ADANA', ...fresh };
  const { status, body: shown } = await ask('POST', '/v1/accounts', { body: posted, env: SETUP });
  expect({ status, ...shown }).toMatchObject({ status: 200, paused: 0, pause_reason: '', token_version: 2 });
  await tick(SETUP);
  expect(await query("SELECT count(*) AS n FROM pos_sync_queue WHERE status = 'success'")).toEqual([{ n: 3 }]);
  expect(await twinControl('summary')).toMatchObject({ sales: 3, extra_orders: 0 });
});

test('an access token that has expired is renewed, and its orders are booked by the same tick', async () => {
  await open();
  await seller('expired');
  await enqueue(order('a-1'));
  await tick(SETUP);
  expect(await rowsOf('a-1')).toMatchObject([{ status: 'success', attempts: 0 }]);
  expect(await account()).toMatchObject({ paused: 0, token_version: 2, renewal_error: '' });
});

test('a token is renewed by the cron when it is older than seven days', async () => {
  await open();
  await pass(6.9);
  await tick(SETUP);
  expect(await account()).toMatchObject({ token_version: 1 });
  await pass(0.2);
  await tick(SETUP);
  const { token_version, token_expires_at, token_renewed_at } = await account();
  expect(token_version).toBe(2);
  expect(Math.round((token_expires_at - token_renewed_at) / 86_400_000)).toBe(30);
  await enqueue(order('a-1'));
  await tick(SETUP);
  expect(await rowsOf('a-1')).toMatchObject([{ status: 'success' }]);
});

describe('two ticks renew one token whose refresh token works once', () => {
  /** Holds back what Square answers to the first exchange until it is told to let go. */
  function holdBack() {
    const away = globalThis.fetch;
    const answered = Promise.withResolvers();
    const letGo = Promise.withResolvers();
    let isFirst = true;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      const reply = away(url, init);
      if (!String(url).endsWith('/oauth2/token') || !isFirst) return reply;
      isFirst = false;
      const held = await reply;
      answered.resolve(undefined);
      await letGo.promise;
      return held;
    });
    return { answered: answered.promise, letGo: () => letGo.resolve(undefined) };
  }

  test('at once: one of them asks, and both restaurants and tokens are well', async () => {
    await open({ flow: 'pkce' });
    await seller('expired');
    await enqueue(order('a-1'), order('a-2'));
    const { answered, letGo } = holdBack();
    const first = tick(SETUP);
    await answered;
    await tick(SETUP);
    letGo();
    await first;
    await tick(SETUP);
    expect(await query('SELECT status, attempts FROM pos_sync_queue')).toEqual([
      { status: 'success', attempts: 0 },
      { status: 'success', attempts: 0 },
    ]);
    expect(await account()).toMatchObject({ paused: 0, token_version: 2, renewal_error: '' });
    const { requests } = await twinControl('state');
    expect(requests.filter((/** @type {any} */ { path }) => path === '/oauth2/token')).toHaveLength(1);
  });

  test('one of them is taken for dead: its tokens are stored all the same, and the refused one pauses nobody', async () => {
    await open({ flow: 'pkce' });
    await pass(8);
    const { answered, letGo } = holdBack();
    const slow = tick(SETUP);
    await answered;
    await pass(1);
    await tick(SETUP);
    expect(await account()).toMatchObject({ token_version: 1, renewal_error: expect.stringMatching(/401/), paused: 0 });
    letGo();
    await slow;
    expect(await account()).toMatchObject({ token_version: 2, renewal_error: '', paused: 0 });
    // The stored refresh token is the one that works.
    await pass(8);
    await tick(SETUP);
    expect(await account()).toMatchObject({ token_version: 3, renewal_error: '' });
  });
});

describe('the key that seals', () => {
  test('can be replaced: both open while both are there, and a renewal seals with the first', async () => {
    await open();
    expect(await account()).toMatchObject({ key_id: 'k1' });
    const both = { ...SETUP, ACCOUNTS_KEY: `${K2},${K1}` };
    await enqueue(order('a-1'));
    await tick(both);
    expect(await rowsOf('a-1')).toMatchObject([{ status: 'success' }]);
    expect(await account()).toMatchObject({ key_id: 'k1' });
    expect(await ask('POST', '/v1/accounts/adana/renew', { env: both })).toMatchObject({ status: 202 });
    await tick(both);
    expect(await account()).toMatchObject({ key_id: 'k2', token_version: 2 });
    const second = { ...SETUP, ACCOUNTS_KEY: K2 };
    await enqueue(order('a-2'));
    await tick(second);
    expect(await rowsOf('a-2')).toMatchObject([{ status: 'success' }]);
  });

  test.each([
    ['is gone', { ACCOUNTS_KEY: K2 }],
    ['is another of the same name', { ACCOUNTS_KEY: K2.replace('k2', 'k1') }],
    ['is not there at all', { ACCOUNTS_KEY: undefined }],
  ])('%s: the account pauses and names it, nothing is sent, no attempt is burnt', async (_name, changes) => {
    await open();
    await enqueue(order('a-1'), order('b-1', 'berlin'));
    const without = { ...SETUP, ...changes };
    await tick(without);
    expect(await rowsOf('b-1')).toMatchObject([{ status: 'success' }]);
    expect(await rowsOf('a-1')).toMatchObject([{ status: 'pending', attempts: 0 }]);
    expect(await account(without)).toMatchObject({
      paused: 1,
      pause_reason: 'token_unreadable',
      pause_detail: expect.stringContaining('"k1"'),
    });
    expect(await twinControl('summary')).toMatchObject({ orders: 1 });
    expect(await ask('POST', '/v1/accounts/adana/resume', { env: SETUP })).toMatchObject({ status: 200 });
    await tick(SETUP);
    expect(await rowsOf('a-1')).toMatchObject([{ status: 'success' }]);
  });

  test.each(['', 'k1', 'k1:short', `k1:${btoa('1'.repeat(31))}`, `k1:${btoa('1'.repeat(33))}`, `:${btoa('1'.repeat(32))}`, `${K1},${K2},k3:**`])(
    'must be 32 bytes with an id; else no token is taken in, and nothing is said of %j',
    async (ACCOUNTS_KEY) => {
      const { status, body } = await open({}, { ...SETUP, ACCOUNTS_KEY });
      expect(status).toBe(503);
      expect(body.detail).toContain('ACCOUNTS_KEY');
      if (ACCOUNTS_KEY.length > 3) expect(body.detail).not.toContain(ACCOUNTS_KEY.slice(3));
      expect(await account()).toBeUndefined();
    },
  );

  test('a token that somebody stored as it is does not go out, and is not repeated', async () => {
    await open();
    await db.prepare("UPDATE pos_accounts SET token = 'plain-token' WHERE restaurant_id = 'adana'").run();
    await enqueue(order('a-1'));
    await tick(SETUP);
    const shown = await account();
    expect(shown).toMatchObject({ pause_reason: 'token_unreadable', key_id: null });
    expect(JSON.stringify(shown) + logged.join()).not.toContain('plain-token');
  });
});

describe('sealed texts', () => {
  const keys = new Keys(K1);

  test('open where they belong, and nowhere else', async () => {
    const sealed = await keys.seal('a token', 'adana:square:access');
    expect(sealed).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
    expect(await keys.open(sealed, 'adana:square:access')).toBe('a token');
    for (const place of ['berlin:square:access', 'adana:square:refresh', '']) {
      await expect(keys.open(sealed, place)).rejects.toThrow('"k1"');
    }
  });

  test('do not open once a character of theirs has changed', async () => {
    const sealed = await keys.seal('a token', 'x');
    for (const at of [6, 20, 30, sealed.length - 3]) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      await expect(keys.open(sealed.slice(0, at) + other + sealed.slice(at + 1), 'x')).rejects.toThrow();
    }
  });

  test('are never the same twice', async () => {
    expect(await keys.seal('a token', 'x')).not.toBe(await keys.seal('a token', 'x'));
  });
});

test('a worker without a token or a location of its own serves the restaurants that have them, and says what the others lack', async () => {
  for (const name of ['SQUARE_ACCESS_TOKEN', 'SQUARE_LOCATION_ID']) {
    const env = { ...SETUP, [name]: undefined };
    await open();
    await enqueue(order(`a-${name}`), order(`b-${name}`, 'berlin'));
    await tick(env);
    expect(await rowsOf(`a-${name}`)).toMatchObject([{ status: 'success' }]);
    expect(await rowsOf(`b-${name}`)).toMatchObject([{ status: 'pending', attempts: 0 }]);
    const { body } = await ask('GET', '/v1/status', { env });
    expect(body.accounts[0]).toMatchObject({
      restaurant_id: '',
      pause_reason: 'not_set_up',
      pause_detail: expect.stringContaining(name),
    });
    await ask('POST', '/v1/accounts/resume');
    await tick();
    expect(await rowsOf(`b-${name}`)).toMatchObject([{ status: 'success' }]);
  }
});

test('an operator pauses a restaurant and resumes it, and the log says who and why', async () => {
  await open();
  await enqueue(order('a-1'));
  const body = { reason: 'closed for a week', actor: 'ayse' };
  const paused = await ask('POST', '/v1/accounts/adana/pause', { body, env: SETUP });
  expect(paused).toMatchObject({
    status: 200,
    body: { state: 'paused', paused: 1, pause_reason: 'operator', pause_detail: 'closed for a week (ayse)' },
  });
  await tick(SETUP);
  expect(await rowsOf('a-1')).toMatchObject([{ status: 'pending' }]);
  expect(await ask('POST', '/v1/accounts/adana/resume', { env: SETUP })).toMatchObject({
    status: 200,
    body: { state: 'active', paused: 0, pause_reason: '', pause_detail: '' },
  });
  await tick(SETUP);
  expect(await rowsOf('a-1')).toMatchObject([{ status: 'success' }]);
  expect(logged.map((line) => JSON.parse(line))).toContainEqual({
    message: 'an operator paused an account',
    restaurant_id: 'adana',
    ...{ actor: 'ayse', role: 'operate', reason: 'closed for a week' },
  });
  expect(await ask('POST', '/v1/accounts/nobody/pause', { body, env: SETUP })).toMatchObject({ status: 404 });
});

test('no secret shows up in a log line, an answer or a table', async () => {
  const planted = {
    ...{ access: 'planted-access-token', refresh: 'planted-refresh-token' },
    ...{ secret: APPLICATION_SECRET, key: btoa('1'.repeat(32)), square: twin.token, admin: ADMIN_TOKEN },
  };
  const away = globalThis.fetch;
  // A Square that repeats all that it is told, in whatever it answers.
  let how = '';
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    if (!String(url).startsWith(twin.url) || String(url).includes('/_twin/')) return away(url, init);
    const said = JSON.stringify(init?.headers) + new TextDecoder().decode(/** @type {Uint8Array} */ (init?.body));
    const errors = [{ category: 'AUTHENTICATION_ERROR', code: 'UNAUTHORIZED', detail: said }];
    if (how === 'error') return Response.json({ errors }, { status: 401 });
    if (how === 'torn') return new Response(`{"access_token":"planted-new-token",${said}`);
    if (how === 'throw') throw new Error(`cannot send ${said}`);
    return away(url, init);
  });
  await twinControl('merchant', { ...ADANA, access_token: planted.access, refresh_token: planted.refresh });
  const tokens = { access_token: planted.access, refresh_token: planted.refresh };
  const posts = [
    ['/v1/accounts', { restaurant_id: 'adana', location_id: 'L-ADANA', ...tokens }],
    ['/v1/accounts', { restaurant_id: 'adana', location_id: 7, ...tokens }],
    ['/v1/accounts', { restaurant_id: 'adana', location_id: 'L-ADANA', ...tokens, expires_at: planted.access }],
    ['/v1/accounts', { restaurant_id: 'adana', location_id: 'L-ADANA', access_token: `${planted.access} ` }],
    ['/v1/accounts', `{"access_token":"${planted.access}"`],
    ['/v1/accounts/adana/renew', {}],
    ['/v1/accounts/adana/pause', { reason: 'x' }],
    ['/v1/accounts/adana/resume', {}],
  ];
  const keep = async (/** @type {Response} */ response) => {
    logged.push(await response.text(), ...[...response.headers].flat());
  };
  for (how of ['', 'error', 'torn', 'throw']) {
    await enqueue(order(`a-${how}`), order(`b-${how}`, 'berlin'));
    for (const [path, body] of posts) {
      await keep(await send('POST', String(path), { body: /** @type {any} */ (body), env: SETUP }));
    }
    await keep(await send('POST', '/v1/accounts/resume', { env: SETUP }));
    await tick(SETUP);
    for (const path of ['/v1/accounts', '/v1/status', '/v1/orders', `/v1/orders/a-${how}`]) {
      await keep(await send('GET', path, { env: SETUP }));
    }
  }
  const tables = await query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '|_%' ESCAPE '|' AND name NOT LIKE 'sqlite%'");
  for (const { name } of tables) logged.push(JSON.stringify(await query(`SELECT * FROM ${name}`)));
  expect(logged.join('\n')).toContain('UNAUTHORIZED');
  for (const [name, secret] of Object.entries({ ...planted, fresh: 'planted-new-token' })) {
    expect(logged.filter((text) => text.includes(secret)), name).toEqual([]);
  }
});
