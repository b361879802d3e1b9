import { describe, expect, test } from 'vitest';
import { LOCATION, clientOf, orderBody, paymentBody, postAndHangUp } from './support/client.js';
import { twinWith } from './support/twins.js';

const DAY_MS = 24 * 3600 * 1000;
const START = Date.parse('2026-11-20T00:00:00Z');
const DUBLIN = { id: 'LDUBLIN000001', currency: 'EUR' };
const APPLICATION = {
  client_id: 'sandbox-sq0idb-local', client_secret: 'sandbox-sq0csb-local',
};

/** A Square with a second merchant, in Dublin.
 * @param {'code' | 'pkce'} flow
 * @param {import('./types.d.ts').TwinOptions} [options] */
async function withDublin(flow = 'code', options = {}) {
  const clock = { now: START };
  const merchant = {
    id: 'MDUBLIN00001',
    locations: [DUBLIN],
    flow,
    access_token: 'dublin-access',
    refresh_token: 'dublin-refresh',
    expires_in_ms: 30 * DAY_MS,
  };
  const now = () => clock.now;
  const { twin, square } = await twinWith({ merchants: [merchant], now, ...options });
  const refresh = (/** @type {string} */ token, more = {}) => square.post('/oauth2/token', {
    ...APPLICATION, grant_type: 'refresh_token', refresh_token: token, ...more,
  });
  const locations = async (/** @type {string} */ token) => {
    const { status, body } = await clientOf({ url: twin.url, token }).get('/v2/locations');
    return status === 200 ? body.locations.map((/** @type {any} */ { id }) => id) : body.errors[0];
  };
  return { twin, square, clock, refresh, locations };
}

describe('an access token', () => {
  test('that was obtained with a refresh token acts for the same merchant for 30 days', async () => {
    const { clock, refresh, locations } = await withDublin();
    const { status, body } = await refresh('dublin-refresh');
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^EAAA/),
      token_type: 'bearer',
      expires_at: '2026-12-20T00:00:00Z',
      merchant_id: 'MDUBLIN00001',
      refresh_token: 'dublin-refresh',
      short_lived: false,
    });
    clock.now += 30 * DAY_MS - 1;
    expect(await locations(body.access_token)).toEqual([DUBLIN.id]);
    clock.now += 1;
    expect(await locations(body.access_token)).toMatchObject({
      category: 'AUTHENTICATION_ERROR', code: 'ACCESS_TOKEN_EXPIRED',
    });
  });

  test('that is short-lived acts for a day', async () => {
    const { twin, refresh, locations } = await withDublin();
    const { body } = await refresh('dublin-refresh', { short_lived: true });
    expect(body).toMatchObject({ short_lived: true, expires_at: '2026-11-21T00:00:00Z' });
    twin.advance(DAY_MS);
    expect(await locations(body.access_token)).toMatchObject({ code: 'ACCESS_TOKEN_EXPIRED' });
  });

  test('is still good when another one was obtained', async () => {
    const { refresh, locations } = await withDublin();
    const { body } = await refresh('dublin-refresh');
    expect(body.access_token).not.toBe('dublin-access');
    expect(await locations('dublin-access')).toEqual([DUBLIN.id]);
  });

  test('of one merchant books nothing for another and sees nothing of it', async () => {
    const { twin, square } = await withDublin();
    const dublin = clientOf({ url: twin.url, token: 'dublin-access' });
    expect((await dublin.post('/v2/orders', orderBody())).status).toBe(400);
    const { body: { order } } = await square.post('/v2/orders', orderBody());
    const { body: { payment } } = await square.post('/v2/payments', paymentBody(order.id));
    for (const path of [`/v2/orders/${order.id}`, `/v2/payments/${payment.id}`]) {
      expect((await dublin.get(path)).status).toBe(404);
      expect((await square.get(path)).status).toBe(200);
    }
    const batch = { order_ids: [order.id] };
    expect((await dublin.post('/v2/orders/batch-retrieve', batch)).body).toEqual({});
    const search = { location_ids: [LOCATION] };
    expect((await dublin.post('/v2/orders/search', search)).status).toBe(400);
    expect((await dublin.get(`/v2/payments?location_id=${LOCATION}`)).status).toBe(400);
    const pay = paymentBody(order.id, { idempotency_key: 'pay-2' });
    expect((await dublin.post('/v2/payments', pay)).status).toBe(400);
    expect(twin.summary()).toMatchObject({ orders: 1, payments: 1 });
    const senders = twin.state().requests.map((/** @type {any} */ one) => one.merchant_id);
    expect(new Set(senders)).toEqual(new Set(['MADANA000001', 'MDUBLIN00001']));
  });
});

describe('a refresh token', () => {
  test('of the code flow is good again and again, even when the access token has expired', async () => {
    const { twin, refresh, locations } = await withDublin();
    twin.advance(40 * DAY_MS);
    expect(await locations('dublin-access')).toMatchObject({ code: 'ACCESS_TOKEN_EXPIRED' });
    const [first, second] = [await refresh('dublin-refresh'), await refresh('dublin-refresh')];
    expect(second.body.refresh_token).toBe('dublin-refresh');
    expect(second.body.access_token).not.toBe(first.body.access_token);
    for (const { body } of [first, second]) {
      expect(await locations(body.access_token)).toEqual([DUBLIN.id]);
    }
  });

  test('of the PKCE flow is good once: a new one comes with each answer', async () => {
    const { refresh } = await withDublin('pkce');
    const first = await refresh('dublin-refresh', { client_secret: undefined });
    expect(first.body.refresh_token).toMatch(/^EQAA/);
    expect(first.body.refresh_token_expires_at).toBe('2027-02-18T00:00:00Z');
    const used = await refresh('dublin-refresh');
    expect(used.status).toBe(401);
    expect(used.body.errors[0]).toMatchObject({ code: 'UNAUTHORIZED' });
    expect((await refresh(first.body.refresh_token)).status).toBe(200);
  });

  test('of the PKCE flow that was used stays used, whatever becomes of the others', async () => {
    const { twin, refresh } = await withDublin('pkce');
    const { body } = await refresh('dublin-refresh');
    twin.setToken({ merchant_id: 'MDUBLIN00001', state: 'revoked' });
    expect((await refresh(body.refresh_token)).status).toBe(401);
    twin.setToken({ merchant_id: 'MDUBLIN00001', state: 'valid' });
    expect((await refresh('dublin-refresh')).status).toBe(401);
    expect((await refresh(body.refresh_token)).status).toBe(200);
  });

  test('of the PKCE flow is good for 90 days', async () => {
    const { twin, refresh } = await withDublin('pkce');
    twin.advance(90 * DAY_MS);
    expect((await refresh('dublin-refresh')).status).toBe(401);
  });

  test('of the PKCE flow is used up by a request whose answer got lost', async () => {
    const match = { path: '/oauth2/token', merchant_id: 'MDUBLIN00001', nth: 1 };
    const plan = [{ match, fault: /** @type {const} */ ('timeout'), applied: true }];
    const { twin, refresh } = await withDublin('pkce', { plan });
    const asked = { ...APPLICATION, grant_type: 'refresh_token', refresh_token: 'dublin-refresh' };
    await postAndHangUp(twin, '/oauth2/token', asked);
    expect((await refresh('dublin-refresh')).status).toBe(401);
  });

  test('is no good with another application\'s secret, or when nobody knows it', async () => {
    const { refresh } = await withDublin();
    expect((await refresh('dublin-refresh', { client_secret: 'guessed' })).status).toBe(401);
    expect((await refresh('dublin-refresh', { client_id: 'other' })).status).toBe(401);
    expect((await refresh('nobody\'s')).status).toBe(401);
  });

  test('is refused in the words that were in use before, where a test wants them', async () => {
    const { refresh } = await withDublin('code', { tokenRefusal: 'message' });
    const { status, body } = await refresh('nobody\'s');
    expect(status).toBe(401);
    expect(body).toEqual({ message: expect.any(String), type: 'service.not_authorized' });
  });

  test('that is missing is a mistake of the client', async () => {
    const { twin, square } = await withDublin();
    const { status } = await square.post('/oauth2/token', {
      ...APPLICATION, grant_type: 'refresh_token',
    });
    expect(status).toBe(400);
    expect(twin.excuse()).toMatchObject([{ route: '/oauth2/token', field: 'refresh_token' }]);
  });
});

describe('a seller that disconnects', () => {
  test('ends every token, until it authorizes anew', async () => {
    const { twin, square, refresh, locations } = await withDublin();
    const headers = { authorization: `Client ${APPLICATION.client_secret}` };
    const asked = { client_id: APPLICATION.client_id, merchant_id: 'MDUBLIN00001' };
    expect((await square.post('/oauth2/revoke', asked, { headers })).body).toEqual({ success: true });
    expect(await locations('dublin-access')).toMatchObject({ code: 'ACCESS_TOKEN_REVOKED' });
    expect((await refresh('dublin-refresh')).status).toBe(401);
    const again = { access_token: 'anew', refresh_token: 'refresh-anew' };
    twin.addMerchant({ id: 'MDUBLIN00001', locations: [DUBLIN], ...again });
    expect(await locations('anew')).toEqual([DUBLIN.id]);
    expect(await locations('dublin-access')).toMatchObject({ code: 'UNAUTHORIZED' });
    expect((await refresh('refresh-anew')).status).toBe(200);
  });

  test('of whom only the access token was revoked can be acted for with a new one', async () => {
    const { twin, refresh, locations } = await withDublin();
    const only = /** @type {const} */ ({ state: 'revoked', revoke_only_access_token: true });
    twin.setToken({ merchant_id: 'MDUBLIN00001', ...only });
    expect(await locations('dublin-access')).toMatchObject({ code: 'ACCESS_TOKEN_REVOKED' });
    const { body } = await refresh('dublin-refresh');
    expect(await locations(body.access_token)).toEqual([DUBLIN.id]);
  });
});

test('what goes wrong for one merchant spares the others', async () => {
  const plan = [{
    match: { merchant_id: 'MDUBLIN00001' }, fault: /** @type {const} */ ('http_503'),
  }];
  const { twin, square, refresh } = await withDublin('code', { plan });
  const dublin = clientOf({ url: twin.url, token: 'dublin-access' });
  expect((await dublin.get('/v2/locations')).status).toBe(503);
  expect((await refresh('dublin-refresh')).status).toBe(503);
  expect((await square.get('/v2/locations')).status).toBe(200);
  expect((await refresh('sandbox-refresh-token')).status).toBe(200);
});

test('a merchant whose id Square could not have given is refused', async () => {
  const { square } = await twinWith();
  const { status, body } = await square.post('/_twin/merchant', { id: 'MER1', locations: [DUBLIN] });
  expect(status).toBe(400);
  expect(body.error).toContain('8 to 191 characters');
});

test('through the control door merchants come, tokens expire, and a reset brings all back', async () => {
  const { twin, square, locations } = await withDublin();
  const merchant = { id: 'MPARIS0000001', locations: [{ id: 'LPARIS', currency: 'EUR' }] };
  await square.post('/_twin/merchant', { ...merchant, access_token: 'paris', expires_in_ms: 1000 });
  expect(await locations('paris')).toEqual(['LPARIS']);
  await square.post('/_twin/clock', { advance_ms: 1000 });
  expect(await locations('paris')).toMatchObject({ code: 'ACCESS_TOKEN_EXPIRED' });
  await square.post('/_twin/token', { merchant_id: 'MDUBLIN00001', state: 'expired' });
  expect(await locations('dublin-access')).toMatchObject({ code: 'ACCESS_TOKEN_EXPIRED' });
  twin.reset();
  expect(await locations('dublin-access')).toEqual([DUBLIN.id]);
  expect(await locations('paris')).toMatchObject({ code: 'UNAUTHORIZED' });
});
