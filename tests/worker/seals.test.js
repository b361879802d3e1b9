// What moves money or speaks to people carries a seal: who may only write to the database approves nothing.
import { describe, expect, test } from 'vitest';
import { KeyRing } from '../../bindings/key_ring.js';
import { SigningKeys } from '../../bindings/sign.js';
import { ask, cleanWorldBeforeEach, db, logged, query, SEAL_KEY, tick, twin, twinControl } from './lib/world.js';

cleanWorldBeforeEach();

/** @param {string} letter */
const keyOf = (letter) => btoa(letter.repeat(32));

describe('a signature', () => {
  test('holds for its text and its key alone', async () => {
    const keys = new SigningKeys('SEAL_KEY', `a:${keyOf('a')}`);
    const seal = await keys.sign('["pos_repairs",1]');
    expect(seal).toMatch(/^v1\.a\.[\w-]{43}$/);
    expect(await keys.verify('["pos_repairs",1]', seal)).toBe('');
    expect(await keys.verify('["pos_repairs",2]', seal)).toBe('its seal is not of what stands there');
    const other = new SigningKeys('SEAL_KEY', `a:${keyOf('b')}`);
    expect(await other.verify('["pos_repairs",1]', seal)).toBe('its seal is not of what stands there');
    for (const none of ['', 'v1.a', 'v1.a.', 'v2.a.AAAA', `${seal} `, 'v1..AAAA']) {
      expect(await keys.verify('["pos_repairs",1]', none)).toBe('it has no seal');
    }
    expect(await keys.verify('["pos_repairs",1]', 'v1.a.A')).not.toBe('');
  });

  test('is never of nothing, or it would hold of every row of which nothing can be read', async () => {
    await expect(new SigningKeys('SEAL_KEY', `a:${keyOf('a')}`).sign('')).rejects.toThrow(/no list of plain values/);
  });

  test('is of the first key, and all of them verify', async () => {
    const old = await new SigningKeys('SEAL_KEY', `k1:${keyOf('1')}`).sign('x');
    const both = new SigningKeys('SEAL_KEY', `k2:${keyOf('2')}, k1:${keyOf('1')}`);
    expect(await both.sign('x')).toMatch(/^v1\.k2\./);
    expect(await both.verify('x', old)).toBe('');
    const later = new SigningKeys('SEAL_KEY', `k2:${keyOf('2')}`);
    expect(await later.verify('x', old)).toBe('the key "k1" of its seal is not in SEAL_KEY');
  });

  test.each([
    ['', /^SEAL_KEY: missing; .*wrangler secret put SEAL_KEY/],
    ['k1', /^SEAL_KEY: entry 1: expected an id, a colon and 32 bytes in base64$/],
    [`k1:${btoa('short')}`, /^SEAL_KEY: entry 1: expected/],
    [`k1:${keyOf('1')},k1:${keyOf('2')}`, /^SEAL_KEY: entry 2: the id "k1" stands there twice$/],
    [`k1:${keyOf('1')},k2:${keyOf('2')},k1:${keyOf('1')}`, /^SEAL_KEY: entry 3: the id "k1" stands there twice$/],
  ])('is not made with the keys "%s"', async (text, words) => {
    await expect(new SigningKeys('SEAL_KEY', text).sign('x')).rejects.toThrow(words);
  });
});

test('a doubled id in ACCOUNTS_KEY is refused, for nobody could tell which key has sealed a token', async () => {
  const ACCOUNTS_KEY = `k1:${keyOf('1')},k1:${keyOf('2')}`;
  const body = { restaurant_id: 'adana', location_id: twin.location, access_token: twin.token };
  expect(await ask('POST', '/v1/accounts', { body, env: { ACCOUNTS_KEY } })).toMatchObject({
    status: 503, body: { detail: expect.stringContaining('ACCOUNTS_KEY: entry 2: the id "k1" stands there twice') },
  });
  expect(await query("SELECT * FROM pos_accounts WHERE restaurant_id <> ''")).toEqual([]);
  const ring = new KeyRing('X', `k1:${keyOf('1')},k2:${keyOf('1')}`, { missing: '', algorithm: 'AES-GCM', usages: ['encrypt'] });
  expect(await ring.all()).toHaveLength(2);
});

describe('one INSERT', () => {
  test('into pos_repairs refunds nothing', async () => {
    await db.prepare(
      'INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, external_order_id, ' +
        "survivor_order_id, amount, currency, approved_by, approved_role, seal) VALUES ('refund', 'PAY', 'a', 'g', " +
        "'', ?1, 'O2', 'O1', 100, 'TRY', 'ayse', 'approve', 'v1.k1.AAAA')",
    ).bind(twin.location).run();
    for (let times = 0; times < 2; times += 1) await tick();
    expect(await query('SELECT state, reason FROM pos_repairs')).toEqual([
      { state: 'stopped', reason: 'unsealed: its seal is not of what stands there' },
    ]);
    const { requests } = await twinControl('summary');
    expect(requests ?? 0).toBe(0);
    expect(logged.filter((line) => line.includes('a repair has stopped'))).toHaveLength(1);
  });

  test('into pos_mails sends nothing', async () => {
    await db.prepare(
      'INSERT INTO pos_mails (id, audit_id, restaurant_id, language, recipient, subject, body, state, request, ' +
        "approved_by, approved_at) VALUES ('m1', 'a1', 'adana', 'en', 'victim@example.com', 'Pay here', 'x', 'due', " +
        `'{"from":"a@b.example","to":["victim@example.com"],"subject":"Pay here","text":"x"}', 'ayse', 1)`,
    ).run();
    const env = { RESEND_BASE_URL: 'http://127.0.0.1:1', RESEND_API_KEY: 're_key', MAIL_FROM: 'a@b.example' };
    for (let times = 0; times < 2; times += 1) await tick(env);
    expect(await query('SELECT state, reason, first_sent_at FROM pos_mails')).toEqual([
      { state: 'dead', reason: 'unsealed: it has no seal', first_sent_at: null },
    ]);
    expect(logged.filter((line) => line.includes('a mail was not sent'))).toHaveLength(1);
  });
});

test('without its key nothing is approved, and the words say what to set', async () => {
  for (const path of ['/v1/audits/a1/approve', '/v1/audits/a1/repairs/retry']) {
    const answer = await ask('POST', path, { body: { fingerprint: 'x', confidence: 'certain' }, env: { SEAL_KEY: '' } });
    expect([path, answer.status]).toEqual([path, path.endsWith('approve') ? 503 : 503]);
    expect(answer.body.detail).toMatch(/SEAL_KEY: missing.*wrangler secret put SEAL_KEY/);
  }
  expect(JSON.stringify(logged)).not.toContain(SEAL_KEY.slice(3));
});
