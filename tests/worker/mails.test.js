// Mails to restaurants, from the repairs that are at rest to the local Resend: one each, in its own
// language, with its own figures, none that nobody has approved, and none twice.
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { pass } from './lib/clock.js';
import { ask, cleanWorldBeforeEach, db, logged, query, send, tick } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

const resend = inject('resend');

/** What a worker that sends mails is set up with. */
const SETUP = {
  RESEND_BASE_URL: resend.url,
  RESEND_API_KEY: resend.token,
  MAIL_FROM: 'Deniz <deniz@pos-sync.example>',
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Speaks to the local Resend's back door.
 * @param {string} path
 * @param {Json} [body] without one it is a GET
 * @returns {Promise<any>} */
async function resendControl(path, body) {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${resend.url}/_resend/${path}`, init);
  if (!response.ok) throw new Error(`/_resend/${path}: ${await response.text()}`);
  return response.json();
}

const sent = async () => (await resendControl('state')).mails;

beforeEach(async () => {
  await resendControl('reset', {});
  await resendControl('faults', {});
});

afterEach(async () => {
  const { violations } = await resendControl('excuse', {});
  expect(violations).toEqual([]);
});

/** A restaurant of audit "a1" with an account, a place, and refunds that are through.
 * @param {string} id
 * @param {{name?: string, email?: string, language?: string, amounts?: number[]}} [options] */
function restaurant(id, { name = id, email = `${id}@example.com`, language = 'tr-TR', amounts = [1000] } = {}) {
  const place = `L-${id}`;
  return [
    db.prepare("INSERT INTO pos_accounts (restaurant_id, provider, location_id) VALUES (?1, 'square', ?2)")
      .bind(id, place),
    db.prepare(
      'INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step, name, email, language, ' +
        "time_zone) VALUES ('a1', ?1, ?2, 'done', ?3, ?4, ?5, 'Europe/Istanbul')",
    ).bind(place, id, name, email, language),
    ...amounts.flatMap((amount, i) => [
      db.prepare(
        'INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, ' +
          'external_order_id, survivor_order_id, amount, currency, source_type, state) ' +
          "VALUES ('refund', ?1 || '-p', 'a1', ?1 || '-g', ?2, ?3, ?1, ?1 || '-s', CAST(?4 AS INTEGER), " +
          "'TRY', 'CARD', 'done')",
      ).bind(`${id}-${i}`, id, place, String(amount)),
      db.prepare(
        'INSERT INTO pos_audit_orders (audit_id, location_id, external_order_id, created_at) ' +
          "VALUES ('a1', ?1, ?2, 1788467400000)", // 2026-09-03T23:30:00+03:00
      ).bind(place, `${id}-${i}`),
    ]),
  ];
}

/** @param {...D1PreparedStatement[]} restaurants */
const plant = (...restaurants) =>
  db.batch([
    db.prepare("INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('a1', 1, 2, 3)"),
    ...restaurants.flat(),
  ]);

const mails = async () => (await ask('GET', '/v1/audits/a1/mails', { env: SETUP })).body;

/** @param {Json} [whom] @param {Json} [env] */
async function approve(whom = { all: true }, env = SETUP) {
  const { fingerprint } = await mails();
  return ask('POST', '/v1/audits/a1/mails/approve', { body: { fingerprint, ...whom }, env });
}

/** One mail, approved. */
async function approved() {
  await plant(restaurant('adana'));
  await tick(SETUP);
  expect(await approve()).toMatchObject({ status: 200, body: { approved: 1 } });
}

const row = async () => (await query('SELECT * FROM pos_mails'))[0];

describe('forty-seven restaurants', () => {
  const all = Array.from({ length: 47 }, (_each, i) => ({
    id: `r${i}`,
    language: i % 2 === 0 ? 'tr-TR' : 'en-US',
    amounts: Array.from({ length: 1 + (i % 7) }, (_amount, k) => 1000 * (i + 1) + k),
  }));

  test('get one mail each, in their language and with their figures, and none before it is approved', async () => {
    await plant(...all.map((each) => restaurant(each.id, each)));
    await tick(SETUP);
    await tick(SETUP);
    expect(await sent()).toEqual([]);
    expect((await mails()).mails).toHaveLength(47);
    expect(await approve()).toMatchObject({ status: 200, body: { approved: 47 } });
    await tick(SETUP);
    await tick(SETUP);
    const arrived = await sent();
    expect(arrived.map((/** @type {Json} */ { to }) => to[0]).sort()).toEqual(all.map(({ id }) => `${id}@example.com`).sort());
    for (const { id, language, amounts } of all) {
      const mail = arrived.find((/** @type {Json} */ { to }) => to[0] === `${id}@example.com`);
      const turkish = language === 'tr-TR';
      const sum = amounts.reduce((total, amount) => total + amount, 0) / 100;
      const money = sum.toLocaleString(turkish ? 'tr' : 'en', { minimumFractionDigits: 2 });
      const payments = amounts.length === 1 ? 'payment' : 'payments';
      const figure = turkish
        ? `İade edildi: ₺${money} (${amounts.length} ödeme)`
        : `Refunded: ₺${money} (${amounts.length} ${payments})`;
      expect(mail.text).toContain(figure);
      expect(mail.text).toContain(turkish ? '3 Eylül 2026 tarihinde' : 'On 3 September 2026');
      expect(mail).toMatchObject({ from: SETUP.MAIL_FROM, key: `posSync:a1:${id}:mail` });
    }
  });

  test('get one mail each although half of the replies are lost, late or broken', async () => {
    await plant(...all.map((each) => restaurant(each.id, each)));
    await tick(SETUP);
    await approve();
    const rates = { reset: 0.25, torn: 0.1, http_500: 0.1, http_429: 0.05 };
    await resendControl('faults', { seed: 7, rates, max_per_request: 4 });
    for (let ticks = 0; ticks < 12; ++ticks) {
      await tick(SETUP);
      await pass(20 * MINUTE);
      await resendControl('clock', { advance_ms: 20 * MINUTE });
    }
    const states = await query('SELECT state, count(*) AS n FROM pos_mails GROUP BY state');
    expect(states).toEqual([{ state: 'sent', n: 47 }]);
    const arrived = await sent();
    expect(new Set(arrived.map((/** @type {Json} */ { to }) => to[0])).size).toBe(47);
    expect(arrived).toHaveLength(47);
  });
});

test('a reply that is lost never mails twice', async () => {
  await approved();
  await resendControl('faults', { plan: [{ fault: 'reset', applied: true, times: 1 }] });
  await tick(SETUP);
  expect(await row()).toMatchObject({ state: 'due', attempts: 1 });
  await pass(HOUR);
  await tick(SETUP);
  expect(await row()).toMatchObject({ state: 'sent', in_doubt_since: null });
  expect(await sent()).toHaveLength(1);
});

test('a mail in doubt is a human\'s before Resend forgets its key', async () => {
  await approved();
  await resendControl('faults', { plan: [{ fault: 'reset', applied: true, times: 1 }] });
  await tick(SETUP);
  await pass(24 * HOUR);
  await resendControl('clock', { advance_ms: 24 * HOUR });
  await tick(SETUP);
  await tick(SETUP);
  expect(await row()).toMatchObject({ state: 'dead', reason: expect.stringMatching(/^unknown_outcome: /) });
  expect(await sent()).toHaveLength(1);
});

test('two ticks at once mail once', async () => {
  await approved();
  await Promise.all([tick(SETUP), tick(SETUP), tick(SETUP)]);
  expect(await row()).toMatchObject({ state: 'sent' });
  expect((await resendControl('state')).requests).toHaveLength(1);
});

test('an API key that Resend does not take costs no attempt, and is in no log', async () => {
  await approved();
  const env = { ...SETUP, RESEND_API_KEY: 're_wrong-and-secret' };
  await tick(env);
  expect(await row()).toMatchObject({
    state: 'due', attempts: 0, in_doubt_since: null, reason: expect.stringMatching(/^unauthorized: 401/),
  });
  await pass(HOUR);
  await tick({ ...SETUP, RESEND_API_KEY: undefined });
  expect(await row()).toMatchObject({ attempts: 0, reason: expect.stringContaining('RESEND_API_KEY') });
  expect(logged.join()).not.toContain('re_wrong-and-secret');
  await pass(HOUR);
  await tick(SETUP);
  expect(await row()).toMatchObject({ state: 'sent' });
});

test('mails are approved by a second person, where one is asked for', async () => {
  await plant(restaurant('adana'));
  await tick(SETUP);
  const env = { ...SETUP, APPROVER_TOKEN: 'the-second-person-s-token-of-this-test' };
  expect(await approve({ all: true }, env)).toMatchObject({ status: 403 });
  const { fingerprint } = await mails();
  const headers = { authorization: 'Bearer the-second-person-s-token-of-this-test' };
  const body = { fingerprint, all: true };
  expect(await ask('POST', '/v1/audits/a1/mails/approve', { body, env, headers })).toMatchObject({ status: 200 });
});

test('a worker that is not set up for mails says what is missing', async () => {
  await plant(restaurant('adana'));
  await tick(SETUP);
  expect(await approve({ all: true }, { ...SETUP, MAIL_FROM: '' })).toMatchObject({
    status: 503, body: { detail: expect.stringContaining('MAIL_FROM') },
  });
  expect(await approve({ all: true }, { ...SETUP, RESEND_API_KEY: '' })).toMatchObject({
    status: 503, body: { detail: expect.stringContaining('RESEND_API_KEY') },
  });
  expect(await approve({ all: true }, { ...SETUP, MAIL_FROM: 'nobody' })).toMatchObject({
    status: 503, body: { detail: expect.stringContaining('MAIL_FROM: expected an address') },
  });
});

test('a mail without an address waits until somebody has told it', async () => {
  await plant(restaurant('adana', { email: '' }));
  await tick(SETUP);
  expect(await approve()).toMatchObject({
    status: 422, body: { errors: [{ message: expect.stringContaining('"adana"') }] },
  });
  const body = { email: 'chef@adana.example', language: 'en', time_zone: 'Europe/Istanbul' };
  const put = (/** @type {Json} */ profile, path = 'adana/profile') =>
    ask('POST', `/v1/accounts/${path}`, { body: profile, env: SETUP });
  expect(await put({ ...body, time_zone: 'Europe/Adana' })).toMatchObject({
    status: 422, body: { errors: [{ field: 'time_zone' }] },
  });
  expect(await put(body)).toMatchObject({ status: 200, body: { restaurant_id: 'adana', ...body } });
  expect(await put(body, 'izmir/profile')).toMatchObject({ status: 404 });
  expect(await put({ language: 'tr' }, 'profile')).toMatchObject({
    status: 200, body: { restaurant_id: '', language: 'tr' },
  });
  await tick(SETUP);
  expect(await approve()).toMatchObject({ status: 200 });
  await tick(SETUP);
  expect(await sent()).toMatchObject([{ to: ['chef@adana.example'], text: expect.stringMatching(/^Hello adana,/) }]);
});

test('the mails come as a table, too', async () => {
  await plant(restaurant('adana', { name: '=1+1' }));
  await tick(SETUP);
  const response = await send('GET', '/v1/audits/a1/mails?format=csv', { env: SETUP });
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(await response.text()).toMatch(/^id,restaurant_id,.*\r\nposSync:a1:adana:mail,adana,tr,.*,'=1\+1: /);
  expect(await ask('GET', '/v1/audits/a2/mails', { env: SETUP })).toMatchObject({ status: 404 });
  expect((await send('GET', '/v1/audits/a1/mails', { headers: { authorization: '' } })).status).toBe(401);
});
