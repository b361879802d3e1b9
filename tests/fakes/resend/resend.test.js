import { afterEach, describe, expect, test } from 'vitest';
import { startResend } from './resend.js';
import { until } from '../square/support/client.js';

/** @typedef {import('./resend.js').RunningResend} RunningResend */

const mail = {
  from: 'pos-sync <audit@pos-sync.example>',
  to: ['owner@adana.example'],
  subject: 'Mükerrer siparişler',
  text: '3 sipariş iade edildi.',
};
const KEY = 'audit/LADANA0000001/2026-11-20';

/** @type {RunningResend[]} */
const running = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((resend) => resend.close()));
});

/** @param {import('../square/types.d.ts').ResendOptions} [options] */
async function withResend(options = {}) {
  const resend = await startResend(options);
  running.push(resend);
  /** @param {Record<string, any>} [more]
   * @param {{headers?: Record<string, string>, key?: string, signal?: AbortSignal}} [how] */
  async function send(more = {}, { headers = {}, key = KEY, signal } = {}) {
    const response = await fetch(`${resend.url}/emails`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${resend.token}`,
        'content-type': 'application/json',
        ...(key === '' ? {} : { 'idempotency-key': key }),
        ...headers,
      },
      body: JSON.stringify({ ...mail, ...more }),
      ...(signal ? { signal } : {}),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  }
  return { resend, send };
}

test('a mail is sent and can be looked at', async () => {
  const { resend, send } = await withResend();
  const { status, body } = await send();
  expect(status).toBe(200);
  expect(body).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(resend.sent()).toMatchObject([{ id: body.id, key: KEY, ...mail }]);
});

describe('a key', () => {
  test('answers with the first answer, and one mail is sent', async () => {
    const { resend, send } = await withResend();
    const first = await send();
    const again = await send();
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(resend.sent()).toHaveLength(1);
    expect(resend.state().requests).toMatchObject([{ replayed: false }, { replayed: true }]);
  });

  test('is refused with another mail', async () => {
    const { resend, send } = await withResend();
    await send();
    const other = await send({ text: '4 sipariş iade edildi.' });
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ statusCode: 409, name: 'invalid_idempotent_request' });
    expect(resend.sent()).toHaveLength(1);
  });

  test('is forgotten after 24 hours, and then the mail is sent again', async () => {
    const { resend, send } = await withResend();
    await send();
    resend.advance(24 * 3600 * 1000 - 60_000);
    await send();
    expect(resend.sent()).toHaveLength(1);
    resend.advance(60_000);
    await send();
    expect(resend.sent()).toHaveLength(2);
  });

  test('that is under way already is refused', async () => {
    const { resend, send } = await withResend({
      plan: [{ match: { nth: 1 }, fault: 'none', late_ms: 60_000 }],
    });
    const first = send();
    await until(() => resend.state().requests.length === 1);
    const second = await send();
    expect(second.status).toBe(409);
    expect(second.body.name).toBe('concurrent_idempotent_requests');
    resend.flush();
    expect((await first).status).toBe(200);
    expect((await send()).body).toEqual((await first).body);
    expect(resend.sent()).toHaveLength(1);
  });

  test('that is not there sends each mail anew', async () => {
    const { resend, send } = await withResend();
    await send({}, { key: '' });
    await send({}, { key: '' });
    expect(resend.sent()).toHaveLength(2);
  });

  test('has at most 256 characters, and is not used up by a refusal', async () => {
    const { resend, send } = await withResend();
    const long = await send({}, { key: 'k'.repeat(257) });
    expect([long.status, long.body.name]).toEqual([400, 'invalid_idempotency_key']);
    expect((await send({ to: 'nobody' })).status).toBe(422);
    expect(resend.excuse()).toHaveLength(2);
    expect((await send()).status).toBe(200);
  });
});

describe('what Resend does not take', () => {
  for (const { what, more, name } of [
    { what: 'a mail to nobody', more: { to: undefined }, name: 'missing_required_field' },
    { what: 'a mail without words', more: { text: undefined }, name: 'missing_required_field' },
    { what: 'an address that is none', more: { from: 'pos-sync' }, name: 'validation_error' },
    { what: '51 recipients', more: { to: Array(51).fill('a@b.example') }, name: 'validation_error' },
    { what: 'a field that mails do not have', more: { body: 'x' }, name: 'validation_error' },
  ]) {
    test(`is ${what}, and the sender is blamed`, async () => {
      const { resend, send } = await withResend();
      const refused = await send(more);
      expect(refused.status).toBe(422);
      expect(refused.body).toMatchObject({ statusCode: 422, name });
      expect(resend.excuse()).toMatchObject([{ name }]);
    });
  }

  test('fails the test that sent it', async () => {
    const { send } = await withResend();
    await send({ subject: undefined });
    const [resend] = running.splice(0);
    await expect(resend.close()).rejects.toThrow('Missing `subject` field.');
  });

  test('is a key that is not its own, or none, or a domain that is not verified', async () => {
    const { send } = await withResend({ domains: ['pos-sync.example'] });
    const stranger = await send({}, { headers: { authorization: 'Bearer re_other' } });
    expect([stranger.status, stranger.body.message]).toEqual([401, 'API key is invalid']);
    const nobody = await send({}, { headers: { authorization: '' } });
    expect([nobody.status, nobody.body.name]).toEqual([401, 'missing_api_key']);
    const elsewhere = await send({ from: 'a@elsewhere.example' });
    expect(elsewhere.status).toBe(403);
    expect((await send()).status).toBe(200);
  });
});

test('one request too many in a second is told when to come again', async () => {
  const clock = { now: 0 };
  const { resend, send } = await withResend({ per_second: 2, now: () => clock.now });
  for (const key of ['a', 'b']) expect((await send({}, { key })).status).toBe(200);
  const refused = await send({}, { key: 'c' });
  expect([refused.status, refused.body.name]).toEqual([429, 'rate_limit_exceeded']);
  expect(refused.headers.get('retry-after')).toBe('1');
  resend.advance(1000);
  expect((await send({}, { key: 'c' })).status).toBe(200);
});

describe('a fault', () => {
  for (const fault of /** @type {const} */ (['reset', 'http_500', 'torn'])) {
    test(`${fault} hides a mail that was sent, and the key finds it again`, async () => {
      const { resend, send } = await withResend({
        plan: [{ match: { key: KEY, nth: 1 }, fault, applied: true }],
      });
      const first = await send().then(({ status }) => status, () => 'lost');
      expect(first).toBe(fault === 'http_500' ? 500 : 'lost');
      expect(resend.sent()).toHaveLength(1);
      expect((await send()).body.id).toBe(resend.sent()[0].id);
      expect(resend.sent()).toHaveLength(1);
    });
  }

  test('without effect sends nothing', async () => {
    const { resend, send } = await withResend({ plan: [{ times: 1, fault: 'http_503' }] });
    expect((await send()).body).toMatchObject({ statusCode: 503, name: 'application_error' });
    expect(resend.sent()).toHaveLength(0);
    expect((await send()).status).toBe(200);
  });

  test('lets a mail go out late, when nobody waits for it any longer', async () => {
    const { resend, send } = await withResend({
      plan: [{ fault: 'timeout', applied: true, late_ms: 60_000, times: 1 }],
    });
    const patience = new AbortController();
    const outcome = send({}, { signal: patience.signal }).then(() => 'answered', () => 'gone');
    await until(() => resend.state().requests.length === 1);
    patience.abort();
    expect(await outcome).toBe('gone');
    expect(resend.sent()).toHaveLength(0);
    resend.flush();
    expect(resend.sent()).toHaveLength(1);
  });
});

test('the control door tells, spoils, passes time and forgets', async () => {
  const { resend, send } = await withResend();
  const door = async (/** @type {string} */ path, /** @type {any} */ body) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${resend.url}/_resend/${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  await door('faults', { plan: [{ fault: 'http_429', retry_after: 7, times: 1 }] });
  const refused = await send();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
  await send();
  await door('clock', { advance_ms: 24 * 3600 * 1000 });
  await send();
  expect((await door('state', undefined)).body.mails).toHaveLength(2);
  await door('reset', {});
  expect(resend.sent()).toHaveLength(0);
  expect((await door('faults', { plan: [{ fault: 'earthquake' }] })).status).toBe(400);
  expect((await door('nothing', undefined)).status).toBe(404);
});
