// What a request of the shell is on the wire, and what comes home of its reply: against a real server on
// loopback, for a `fetch` that is made up by a test does what the test believes of it.
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { perform } from '../../bindings/host.js';
import { answer, bytesOf, done, scripted } from './lib/fake_core.js';

/** @typedef {Record<string, any>} Json */

const wire = inject('wire');
const TOKEN = 'a-token-that-nobody-may-see';
const OTHER = 'another-secret-of-the-worker';
const world = () => ({ db: env.D1_OPS, statements: {}, env: { SQUARE_ACCESS_TOKEN: TOKEN, OTHER_SECRET: OTHER } });

afterEach(() => vi.restoreAllMocks());

let ids = 0;
const newId = () => `wire-${Date.now()}-${(ids += 1)}`;

/** Where a request is answered so. @param {Json} said */
const say = (said) => `${wire}/say/${encodeURIComponent(JSON.stringify(said))}`;

/** What came to the server under an id. @param {string} id @returns {Promise<Json[]>} */
const came = async (id) => /** @type {any} */ (await fetch(`${wire}/came/${id}`)).json();

/** The same, as soon as the connection of the first is over. @param {string} id @returns {Promise<Json[]>} */
const gone = async (id) => /** @type {any} */ (await fetch(`${wire}/gone/${id}`)).json();

/** @param {Json} more */
const request = (more) => ({
  do: 'fetch', id: 1, method: 'POST', headers: { 'content-type': 'application/json' },
  credential: { secret: 'SQUARE_ACCESS_TOKEN' }, timeout_ms: 60_000, reply_limit: 1_000_000, bytes: bytesOf('{"a":1}'), ...more,
});

/** Sends it; what came of it, and the reply's bytes as latin1.
 * @param {Json} command @returns {Promise<Json>} */
async function sent(command) {
  const script = scripted(answer(command), done());
  await perform(script.core, { header: { job: 'fake' }, attachments: [] }, world());
  const [outcome] = script.outcomes();
  const [bytes] = script.calls[1].attachments;
  return { ...outcome, reply: bytes && Array.from(bytes, (each) => String.fromCharCode(each)).join('') };
}

/** One header of a request that came. @param {Json} request_ @param {string} name */
function headerOf({ headers }, name) {
  const at = headers.findIndex((/** @type {string} */ each, /** @type {number} */ i) => i % 2 === 0 && each.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}

describe('an answer that points elsewhere', () => {
  test.each([301, 302, 303, 307, 308])('with status %i is an answer: nobody else gets the token or the order', async (status) => {
    for (const method of ['POST', 'GET']) {
      const id = newId();
      const url = say({ id, status, headers: { location: `/there/${id}` }, body: 'moved' });
      expect(await sent(request({ url, method }))).toMatchObject({ of: 'fetch', status, reply: 'moved', body_bytes: 5 });
      expect((await came(id)).map(({ path }) => path)).toEqual(['/say']);
    }
  });
});

describe('a request on the wire', () => {
  test('has the method, the bytes and the headers of the core, and the token beside them', async () => {
    const id = newId();
    const headers = { 'content-type': 'application/json', 'square-version': '2025-08-20' };
    const bytes = Uint8Array.of(0x7b, 0, 0xff, 0xc5, 0x9e, 0x7d);
    await sent(request({ url: say({ id }), headers, bytes }));
    const [first, ...others] = await came(id);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ method: 'POST', body: '{\0\xff\xc5\x9e}' });
    expect(headerOf(first, 'authorization')).toBe(`Bearer ${TOKEN}`);
    expect(headerOf(first, 'content-type')).toBe('application/json');
    expect(headerOf(first, 'square-version')).toBe('2025-08-20');
    expect(headerOf(first, 'content-length')).toBe('6');
  });

  test('has no token where the core has named none, and no body where it is a GET', async () => {
    const id = newId();
    await sent(request({ url: say({ id }), method: 'GET', credential: undefined, headers: { 'x-one': '1' } }));
    const [first] = await came(id);
    expect(first).toMatchObject({ method: 'GET', body: '' });
    expect(headerOf(first, 'authorization')).toBeUndefined();
    expect(headerOf(first, 'x-one')).toBe('1');
    expect(headerOf(first, 'content-length')).toBeUndefined();
  });

  test.each(['PUT', 'DELETE'])('of the method %s has its body', async (method) => {
    const id = newId();
    await sent(request({ url: say({ id }), method }));
    expect(await came(id)).toMatchObject([{ method, body: '{"a":1}' }]);
  });

  test('whose body is to be filled has every member, and the secrets in place of their names', async () => {
    const id = newId();
    const fillings = { client_secret: { secret: 'OTHER_SECRET' } };
    await sent(request({ url: say({ id }), credential: undefined, fillings, bytes: bytesOf('{"client_id":"me","n":[1,{"ş":2}]}') }));
    const [{ body }] = await came(id);
    const text = new TextDecoder().decode(Uint8Array.from(body, (/** @type {string} */ each) => each.charCodeAt(0)));
    expect(JSON.parse(text)).toEqual({ client_id: 'me', n: [1, { ş: 2 }], client_secret: OTHER });
  });

  test('is byte for byte what the core froze where nothing is to be filled in', async () => {
    const id = newId();
    await sent(request({ url: say({ id }), bytes: bytesOf('{ "a" : 1.0 , "a" : 2 }'), fillings: {} }));
    expect(await came(id)).toMatchObject([{ body: '{ "a" : 1.0 , "a" : 2 }' }]);
  });
});

describe('a reply on the wire', () => {
  test('brings home its status, its bytes and the headers that say when, and no others', async () => {
    const headers = { 'retry-after': '7', date: 'Mon, 30 Nov 2026 01:02:03 GMT', 'x-other': 'one' };
    const outcome = await sent(request({ url: say({ status: 429, headers, body: '\xff\0{' }) }));
    expect(outcome).toEqual({
      id: 1, of: 'fetch', status: 429, retry_after: '7', date: 'Mon, 30 Nov 2026 01:02:03 GMT', body_bytes: 3, reply: '\xff\0{',
    });
  });

  test('without a header that says when it may be asked again has none', async () => {
    const outcome = await sent(request({ url: say({ status: 503 }) }));
    expect(outcome).toMatchObject({ status: 503, reply: '{}' });
    expect(outcome.retry_after).toBeUndefined();
  });

  test('whose headers say nothing of a time tells the core of none', async () => {
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('{}'));
    const outcome = await sent(request({ url: say({}) }));
    expect(JSON.parse(JSON.stringify(outcome))).toEqual({ id: 1, of: 'fetch', status: 200, body_bytes: 2, reply: '{}' });
  });

  test.each([200, 201, 400, 401, 403, 404, 409, 422, 500, 502, 504, 599])('with status %i is a reply, and no error', async (status) => {
    expect(await sent(request({ url: say({ status, body: '{"k":1}' }) }))).toMatchObject({ of: 'fetch', status, reply: '{"k":1}' });
  });

  test('with no body has a body of no bytes', async () => {
    expect(await sent(request({ url: say({ status: 204, body: '' }) }))).toMatchObject({ status: 204, body_bytes: 0, reply: '' });
  });

  test.each([
    ['declared', false, 4999, 4999], ['declared', false, 5000, 5000], ['declared', false, 5001, null],
    ['not declared', true, 4999, 4999], ['not declared', true, 5000, 5000], ['not declared', true, 5001, null],
  ])('whose length is %s (%s) and that has %i bytes is whole up to the limit, and nothing beyond it', async (_what, chunked, bytes, whole) => {
    const outcome = await sent(request({ url: say({ bytes, chunked }), reply_limit: 5000 }));
    if (whole === null) expect(outcome).toEqual({ id: 1, of: 'fetch', failure: 'too_large', detail: 'more than 5000 bytes' });
    else expect(outcome).toMatchObject({ status: 200, body_bytes: whole, reply: 'x'.repeat(whole) });
  });

  test('that never ends is too large: the connection is given up, and the rest is not fetched', async () => {
    const id = newId();
    const outcome = await sent(request({ url: say({ id, ends: 'endless' }), reply_limit: 100_000 }));
    expect(outcome).toEqual({ id: 1, of: 'fetch', failure: 'too_large', detail: 'more than 100000 bytes' });
    const [{ written }] = await gone(id);
    // What lies in the buffers of the sockets in between was written, too.
    expect(written).toBeLessThan(48 * 1024 * 1024);
  });

  test.each(/** @type {const} */ (['never', 'head']))('that does not come (%s) times out, in words that say how long, and its connection is given up', async (ends) => {
    const id = newId();
    const { setTimeout: real } = globalThis;
    const timesOut = Promise.withResolvers();
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(/** @type {any} */ ((/** @type {() => void} */ work, /** @type {number} */ ms) =>
      ms === 3_599_998 ? (timesOut.resolve(work), 0) : real(work, ms)));
    const outcome = sent(request({ url: say({ id, ends }), timeout_ms: 3_599_998 }));
    // Its time is over as soon as the server has it: a busy machine may take longer than any time for that.
    const isOver = /** @type {() => void} */ (await timesOut.promise);
    while ((await came(id)).length === 0);
    isOver();
    expect(await outcome).toEqual({ id: 1, of: 'fetch', failure: 'timeout', detail: 'no whole reply within 3599998 ms', reply: undefined });
    expect(await gone(id)).toHaveLength(1);
  });

  test('that comes in time leaves no timer behind', async () => {
    const started = vi.spyOn(globalThis, 'setTimeout');
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    await sent(request({ url: say({}), timeout_ms: 3_599_999 }));
    const at = started.mock.calls.findIndex(([, ms]) => ms === 3_599_999);
    expect(at).toBeGreaterThanOrEqual(0);
    expect(cleared).toHaveBeenCalledWith(started.mock.results[at].value);
  });
});

test('a job that ends gives up what is still under way, so that the invocation can end', async () => {
  const id = newId();
  const waiting = request({ url: say({ id, ends: 'never' }), id: 2, timeout_ms: 3_600_000 });
  /** @type {() => Promise<Json[]>} */
  const arrived = async () => {
    const all = await came(id);
    return all.length > 0 ? all : arrived();
  };
  const script = scripted(answer(waiting, { do: 'd1', id: 1, statements: [], parameters: [] }), done());
  const db = /** @type {any} */ ({ prepare: () => ({ bind() {} }), batch: async () => (await arrived(), []) });
  await perform(script.core, { header: { job: 'fake' }, attachments: [] }, { ...world(), db });
  expect(script.outcomes()).toMatchObject([{ id: 1, of: 'd1' }]);
  expect(await gone(id)).toHaveLength(1);
});

describe('a secret of the request', () => {
  const fillings = { client_secret: { secret: 'OTHER_SECRET' } };

  test.each([
    ['the token', { body: `{"detail":"${TOKEN} twice ${TOKEN}"}` }, '{"detail":"[token] twice [token]"}'],
    ['a secret that was filled in', { body: `{"detail":"${OTHER}"}` }, '{"detail":"[token]"}'],
    ['both', { status: 401, body: `<${OTHER}|${TOKEN}>` }, '<[token]|[token]>'],
    ['the token, in a reply that is no text', { body: `\xff${TOKEN}` }, '\xef\xbf\xbd[token]'],
    ['neither', { body: '\xff\xfe{"detail":"a-token-that-nobody-may"}' }, '\xff\xfe{"detail":"a-token-that-nobody-may"}'],
  ])('that its reply repeats is masked before the core sees it: %s', async (_what, said, reply) => {
    const outcome = await sent(request({ url: say(said), fillings }));
    expect(outcome).toMatchObject({ reply, body_bytes: reply.length });
  });

  test.each([
    ['1234567', 'a 1234567 b'], ['12345678', 'a [token] b'],
  ])('of a few characters is not looked for, or every number of a reply would be masked: %s', async (secret, reply) => {
    const script = scripted(answer(request({ url: say({ body: `a ${secret} b` }) })), done());
    await perform(script.core, { header: {}, attachments: [] }, { ...world(), env: { SQUARE_ACCESS_TOKEN: secret } });
    expect(new TextDecoder().decode(script.calls[1].attachments[0])).toBe(reply);
  });

  test('of a few characters is left where it stands beside one that is masked', async () => {
    const script = scripted(answer(request({ url: say({ body: `a 1234567 b ${TOKEN}` }), fillings })), done());
    const env_ = { SQUARE_ACCESS_TOKEN: TOKEN, OTHER_SECRET: '1234567' };
    await perform(script.core, { header: {}, attachments: [] }, { ...world(), env: env_ });
    expect(new TextDecoder().decode(script.calls[1].attachments[0])).toBe('a 1234567 b [token]');
  });

  test('is not in the words of a failure, either', async () => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError(`${OTHER} and ${TOKEN}, and ${TOKEN}`));
    const outcome = await sent(request({ url: say({}), fillings }));
    expect(outcome).toEqual({ id: 1, of: 'fetch', failure: 'broken', detail: '[token] and [token], and [token]', reply: undefined });
    vi.mocked(fetch).mockRejectedValue(`no Error, but ${TOKEN}`);
    expect((await sent(request({ url: say({}) }))).detail).toBe('no Error, but [token]');
  });
});
