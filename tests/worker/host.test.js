import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { CoreTrapped } from '../../bindings/core.js';
import { perform } from '../../bindings/host.js';
import { answer, bytesOf, done, scripted } from './lib/fake_core.js';

const twin = inject('twin');
const TOKEN = 'a-token-that-nobody-may-see';
const START = { header: { job: 'fake' }, attachments: [] };

/** @param {Record<string, {sql: string, parameters: number}>} [statements] */
const worldWith = (statements = {}) => ({
  db: env.D1_OPS,
  statements,
  env: { SQUARE_ACCESS_TOKEN: TOKEN, TWIN_TOKEN: twin.token },
});

/** @param {ReturnType<typeof scripted>} script @param {ReturnType<typeof worldWith>} [world] */
const run = ({ core }, world = worldWith()) => perform(core, START, world);

/** A fetch command.
 * @param {Record<string, any>} [more] */
const request = (more) => ({
  do: 'fetch',
  method: 'POST',
  id: 1,
  url: `${twin.url}/v2/orders`,
  headers: { 'content-type': 'application/json', 'square-version': '2025-08-20' },
  credential: { secret: 'SQUARE_ACCESS_TOKEN' },
  timeout_ms: 10_000,
  reply_limit: 1_000_000,
  bytes: bytesOf(JSON.stringify({ order: { location_id: twin.location } })),
  ...more,
});

/** @param {(request: Request) => Promise<Response>} reply */
const mockFetch = (reply) =>
  vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => reply(new Request(url, init)));

/** @param {string} path @param {object} [body] */
const tellTwin = (path, body = {}) =>
  fetch(`${twin.url}/_twin/${path}`, { method: 'POST', body: JSON.stringify(body) });

beforeEach(async () => {
  await tellTwin('reset');
  await tellTwin('faults');
  await tellTwin('token', { token: twin.token });
});

afterEach(async () => {
  vi.restoreAllMocks();
  // Nothing was sent that Square does not take, whatever came of it.
  const { complaint } = /** @type {{complaint: string}} */ (await (await tellTwin('verdict')).json());
  if (complaint !== '') throw new Error(complaint);
});

describe('the loop', () => {
  test('hands the start over as it is and returns what the core ends with', async () => {
    const script = scripted(done('{"fine":true}', 207));
    const start = { header: { job: 'x', body_bytes: 2 }, attachments: [bytesOf('ab')] };
    const end = await perform(script.core, start, worldWith());
    expect(script.calls).toEqual([start]);
    expect(end).toMatchObject({ status: 207, retry_after_seconds: 0, body: bytesOf('{"fine":true}') });
  });

  test('begins every command before it waits for any', async () => {
    let begun = 0;
    const all = Promise.withResolvers();
    mockFetch(async () => {
      if (++begun === 3) all.resolve(undefined);
      await all.promise;
      return new Response('{}');
    });
    const three = [1, 2, 3].map((id) => request({ id }));
    const script = scripted(answer(...three), (call) =>
      call.header.outcomes.length === 3 ? done() : answer(), () => answer(), () => done());
    await run(script);
    expect(script.outcomes().map(({ id }) => id).sort()).toEqual([1, 2, 3]);
  });

  test.each([
    ['d1', { statements: [], parameter_bytes: [] }], ['seal', { bound_to: [], text_bytes: [] }], ['sign', { secret: 'NONE', text_bytes: [] }],
    ['verify', { secret: 'NONE', signatures: [], text_bytes: [] }], ['days', { time_zone: 'UTC', from_ms: 0, to_ms: 0 }],
    ['sleep', { duration_ms: 0 }],
  ])('has one outcome for each command, of its kind and under its id: %s', async (what, command) => {
    const nap = (/** @type {number} */ id) => answer({ do: 'sleep', id, duration_ms: 5 });
    const script = scripted(answer({ do: what, id: 1, ...command }), nap(2), nap(3), done());
    const db = /** @type {any} */ ({ prepare: () => ({ bind() {} }), batch: async () => [] });
    await run(script, { ...worldWith(), db });
    const kind = what === 'verify' ? 'sign' : what;
    expect(script.outcomes().map(({ id, of }) => [id, of])).toEqual([[1, kind], [2, 'sleep'], [3, 'sleep']]);
  });

  test('does not let a slow command keep back the outcome of a quick one', async () => {
    const script = scripted(
      answer({ do: 'sleep', id: 1, duration_ms: 60_000 }, { do: 'sleep', id: 2, duration_ms: 1 }),
      done(),
    );
    await run(script);
    expect(script.outcomes()).toEqual([{ id: 2, of: 'sleep' }]);
  });

  test('hands over together what is there together', async () => {
    const db = /** @type {any} */ ({ prepare: () => ({ bind() {} }), batch: async () => [] });
    const batch = (/** @type {number} */ id) => ({ do: 'd1', id, statements: [], parameters: [] });
    const script = scripted(answer(batch(1), batch(2)), done());
    await run(script, { ...worldWith(), db });
    expect(script.outcomes()).toEqual([1, 2].map((id) => ({ id, of: 'd1', results: [] })));
  });

  test('tells an elapsed time in whole milliseconds that never goes back', async () => {
    const clock = vi.spyOn(performance, 'now');
    for (const reading of [1000.25, 1500.9, 1200, 1800.5]) clock.mockReturnValueOnce(reading);
    const nap = answer({ do: 'sleep', id: 1, duration_ms: 0 });
    const script = scripted(nap, nap, nap, done());
    await run(script);
    expect(script.calls.slice(1).map(({ header }) => header.elapsed_ms)).toEqual([500, 500, 800]);
  });

  test('tells that no time has passed where none has', async () => {
    vi.spyOn(performance, 'now').mockReturnValueOnce(1000.25).mockReturnValue(1001.2);
    const script = scripted(answer({ do: 'sleep', id: 1, duration_ms: 0 }), done());
    await run(script);
    expect(script.calls[1].header.elapsed_ms).toBe(0);
  });

  test('writes the core\'s log lines as JSON, at the level that the core chose', async () => {
    const lines = Object.fromEntries(
      /** @type {const} */ (['info', 'warn', 'error']).map((level) => [
        level,
        vi.spyOn(console, level).mockReturnValue(),
      ]),
    );
    const log = (/** @type {string} */ level) => ({ do: 'log', level, message: 'm', fields: { level } });
    const end = done();
    end.header.commands.unshift(log('info'), log('warn'), log('error'));
    await run(scripted(end));
    for (const [level, spy] of Object.entries(lines)) {
      expect(spy.mock.calls).toEqual([[JSON.stringify({ message: 'm', level })]]);
    }
  });

  test('ends with the job: timers that are still running are cleared, requests given up', async () => {
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    const started = vi.spyOn(globalThis, 'setTimeout');
    /** @type {AbortSignal[]} */
    const signals = [];
    mockFetch(({ signal }) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    const long = { do: 'sleep', id: 2, duration_ms: 3_600_000 };
    const script = scripted(
      answer(request({ timeout_ms: 3_600_000 }), long, { do: 'sleep', id: 3, duration_ms: 0 }),
      done(),
    );
    await run(script);
    await vi.waitFor(() => expect(signals.map(({ aborted }) => aborted)).toEqual([true]));
    const hours = started.mock.results.filter((_result, i) => started.mock.calls[i][1] === 3_600_000);
    expect(hours).toHaveLength(2);
    for (const { value } of hours) expect(cleared).toHaveBeenCalledWith(value);
    expect(script.calls).toHaveLength(2);
  });

  test('answers 500 when the core traps, and says so in the log', async () => {
    const error = vi.spyOn(console, 'error').mockReturnValue();
    const batch = { do: 'd1', id: 2, statements: [], parameters: [] };
    const script = scripted(answer({ do: 'sleep', id: 1, duration_ms: 0 }, batch), () => {
      throw new CoreTrapped(new WebAssembly.RuntimeError('unreachable'));
    });
    const end = await run(script);
    // What it has spent is spent: the jobs behind it have that much less.
    expect(end).toMatchObject({ status: 500, retry_after_seconds: 0, subrequests: 1 });
    expect(JSON.parse(new TextDecoder().decode(end.body))).toMatchObject({ status: 500 });
    expect(error.mock.calls).toEqual([[expect.stringContaining('the core trapped: unreachable')]]);
  });

  test('fails, and does not wait for ever, when the core asks for nothing or for what is unknown', async () => {
    await expect(run(scripted(answer()))).rejects.toThrow(/^the core waits, but nothing is under way$/);
    await expect(run(scripted(answer({ do: 'dance', id: 1 })))).rejects.toThrow(/^the core asks for "dance", which this host cannot do$/);
    const batch = { do: 'd1', id: 1, statements: ['no.such'], parameters: [] };
    await expect(run(scripted(answer(batch)))).rejects.toThrow();
    // Nor where it has asked for something before, which is done.
    const nap = { do: 'sleep', id: 1, duration_ms: 0 };
    await expect(run(scripted(answer(nap, { ...nap, id: 2 }), answer(), answer(), answer()))).rejects.toThrow(/nothing is under way/);
    // Of two failures it is the first that is told.
    const wrong = { prepare: (/** @type {string} */ sql) => { throw new TypeError(sql); } };
    const world = { ...worldWith({ one: { sql: 'one', parameters: 0 }, two: { sql: 'two', parameters: 0 } }), db: /** @type {any} */ (wrong) };
    const both = ['one', 'two'].map((name, id) => ({ ...batch, id, statements: [name] }));
    await expect(run(scripted(answer(...both)), world)).rejects.toThrow(new TypeError('one'));
    // Nor for what is under way beside that which failed.
    const long = { do: 'sleep', id: 2, duration_ms: 3_600_000 };
    await expect(run(scripted(answer(batch, long)))).rejects.toThrow(TypeError);
  });
});

describe('a request', () => {
  test('is a POST of exactly the bytes, with the credential that the core named', async () => {
    /** @type {Request[]} */
    const sent = [];
    mockFetch(async (each) => {
      sent.push(each);
      return new Response('{}');
    });
    const bytes = Uint8Array.of(0, 0xff, 0xc5, 0x9e);
    await run(scripted(answer(request({ bytes })), done()));
    const [{ method, url, headers, redirect }] = sent;
    expect({ method, url, redirect }).toEqual({
      method: 'POST',
      url: `${twin.url}/v2/orders`,
      redirect: 'manual',
    });
    expect(headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
    expect(headers.get('square-version')).toBe('2025-08-20');
    expect(new Uint8Array(await sent[0].arrayBuffer())).toEqual(bytes);
  });

  test('brings home status, body and the headers that say when', async () => {
    const rule = { fault: 'http_503', retry_after: 7 };
    await tellTwin('faults', { plan: [rule] });
    const script = scripted(answer(request()), done());
    await run(script);
    const [outcome] = script.outcomes();
    expect(outcome).toMatchObject({ id: 1, of: 'fetch', status: 503, retry_after: '7' });
    expect(Date.parse(outcome.date)).toBeGreaterThan(Date.parse('2026-01-01'));
    const [body] = script.calls[1].attachments;
    expect(body.length).toBe(outcome.body_bytes);
    expect(JSON.parse(new TextDecoder().decode(body)).errors).toHaveLength(1);
  });

  test('that nobody answers times out when its time is over', async () => {
    await tellTwin('faults', { plan: [{ fault: 'timeout' }] });
    const script = scripted(answer(request({ timeout_ms: 150 })), done());
    const began = Date.now();
    await run(script);
    expect(script.outcomes()).toEqual([
      { id: 1, of: 'fetch', failure: 'timeout', detail: 'no whole reply within 150 ms' },
    ]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(149);
  });

  test('times out within the body too, not only before the headers', async () => {
    const script = scripted(answer(request({ url: inject('staller'), timeout_ms: 150 })), done());
    await run(script);
    expect(script.outcomes()).toMatchObject([{ failure: 'timeout' }]);
  });

  test('has its whole time from the moment it begins, however long the job has been running', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const started = vi.spyOn(globalThis, 'setTimeout');
    mockFetch(async () => {
      now += 40_000;
      return new Response('{}');
    });
    const one = (/** @type {number} */ id) => request({ id, timeout_ms: 61_234 });
    const script = scripted(answer(one(1)), answer(one(2)), answer(one(3)), done());
    await run(script);
    expect(script.outcomes().map(({ status }) => status)).toEqual([200, 200, 200]);
    const times = started.mock.calls.map(([, ms]) => ms).filter((ms) => Number(ms) > 10_000 && Number(ms) < 100_000);
    expect(times).toEqual([61_234, 61_234, 61_234]);
    expect(script.calls[3].header.elapsed_ms).toBe(120_000);
  });

  test('whose reply is 10 MB is too large', async () => {
    await tellTwin('faults', { plan: [{ fault: 'huge' }] });
    const script = scripted(answer(request()), done());
    await run(script);
    expect(script.outcomes()).toMatchObject([
      { id: 1, of: 'fetch', failure: 'too_large', detail: 'more than 1000000 bytes' },
    ]);
  });

  test('is given up at the limit: what lies behind it is not read', async () => {
    let pulled = 0;
    const canceled = vi.fn();
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1000;
        controller.enqueue(new Uint8Array(1000));
        // To whoever does not give up it must end, or this test never would.
        if (pulled === 1_000_000) controller.close();
      },
      cancel: canceled,
    });
    mockFetch(async () => new Response(endless));
    const script = scripted(answer(request({ reply_limit: 5000 })), done());
    await run(script);
    expect(script.outcomes()).toMatchObject([{ failure: 'too_large' }]);
    expect(pulled).toBeLessThanOrEqual(8000);
    expect(canceled).toHaveBeenCalledTimes(1);
  });

  test('has its reply put together in order, in however many pieces it comes', async () => {
    const pieces = ['{"order":', '', '{"id":"SQ-1"', '}}'].map(bytesOf);
    mockFetch(async () => new Response(new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    })));
    const script = scripted(answer(request({ reply_limit: 23 })), done());
    await run(script);
    expect(script.outcomes()).toMatchObject([{ status: 200, body_bytes: 23 }]);
    expect(new TextDecoder().decode(script.calls[1].attachments[0])).toBe('{"order":{"id":"SQ-1"}}');
  });

  test('is whole when its reply is as long as the limit', async () => {
    mockFetch(async () => new Response('x'.repeat(5000)));
    const script = scripted(answer(request({ reply_limit: 5000 })), done());
    await run(script);
    expect(script.outcomes()).toMatchObject([{ status: 200, body_bytes: 5000 }]);
  });

  test.each(['reset', 'torn'])('that ends in a %s is broken, in the words of the runtime', async (fault) => {
    await tellTwin('faults', { plan: [{ fault }] });
    const script = scripted(answer(request()), done());
    await run(script);
    expect(script.outcomes()).toEqual([
      { id: 1, of: 'fetch', failure: 'broken', detail: expect.stringMatching(/./) },
    ]);
  });

  test('to where nobody listens is broken: no words tell it from a reset after the effect', async () => {
    const script = scripted(answer(request({ url: 'http://127.0.0.1:1/v2/orders' })), done());
    await run(script);
    expect(script.outcomes()).toMatchObject([{ failure: 'broken' }]);
  });

  test('never shows the credential, whatever the runtime says of it', async () => {
    mockFetch(async () => {
      throw new TypeError(`bad header: Bearer ${TOKEN}`);
    });
    const script = scripted(answer(request()), done());
    await run(script);
    expect(script.outcomes()).toMatchObject([{ failure: 'broken', detail: 'bad header: Bearer [token]' }]);
  });

  test.each([`${TOKEN}\nwith a second line`, `${TOKEN} two`, `${TOKEN}ş`, 'x'.repeat(1025)])(
    'with a credential that no header can carry is not sent, for nothing may be in doubt of it, and shows nothing of it: %j',
    async (text) => {
      const world = worldWith();
      world.env.SQUARE_ACCESS_TOKEN = text;
      const away = mockFetch(async () => new Response('{}'));
      const script = scripted(answer(request()), done());
      await run(script, world);
      expect(script.outcomes()).toMatchObject([{ failure: 'no_credential', detail: expect.stringContaining('SQUARE_ACCESS_TOKEN') }]);
      expect(JSON.stringify(script.outcomes())).not.toContain(text);
      expect(away).not.toHaveBeenCalled();
    },
  );

  test('with a secret that was stored with a line break behind it goes out as ever', async () => {
    const world = worldWith();
    world.env.SQUARE_ACCESS_TOKEN = `${TOKEN}\n`;
    /** @type {Request[]} */
    const sent = [];
    mockFetch(async (each) => {
      sent.push(each);
      return new Response('{}');
    });
    await run(scripted(answer(request()), done()), world);
    expect(sent[0].headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
  });
});

describe('what only the shell knows', () => {
  const ACCOUNTS_KEY = `k1:${btoa('1'.repeat(32))}`;
  const world = () => ({ ...worldWith(), env: { ...worldWith().env, ACCOUNTS_KEY, APP_SECRET: 'app' } });
  const text = new TextDecoder();

  /** @param {Record<string, string>} texts by what they are bound to */
  async function sealed(texts) {
    const places = Object.keys(texts);
    const attachments = Object.values(texts).map(bytesOf);
    const text_bytes = attachments.map(({ length }) => length);
    const frame = { header: { commands: [{ do: 'seal', id: 5, bound_to: places, text_bytes }] }, attachments };
    const script = scripted(frame, done());
    await run(script, world());
    const [{ id, of, results }] = script.outcomes();
    expect({ id, of }).toEqual({ id: 5, of: 'seal' });
    return results;
  }

  test('is filled into a body, and sealed in a reply, where the core asks for it', async () => {
    const [refresh] = await sealed({ 'a:refresh': 'refresh-1' });
    /** @type {Request[]} */
    const sent = [];
    mockFetch(async (each) => {
      sent.push(each);
      return Response.json({ access_token: 'access-2', refresh_token: 'refresh-1', expires_at: 'then', n: null });
    });
    const command = request({
      credential: undefined,
      bytes: bytesOf('{"client_id":"me"}'),
      fillings: { client_secret: { secret: 'APP_SECRET' }, refresh_token: { sealed: refresh, bound_to: 'a:refresh' } },
      seals: { access_token: 'a:access', refresh_token: 'a:refresh', n: 'a:n', absent: 'a:absent' },
    });
    const script = scripted(answer(command), done());
    await run(script, world());
    expect(sent[0].headers.has('authorization')).toBe(false);
    expect(await sent[0].json()).toEqual({ client_id: 'me', client_secret: 'app', refresh_token: 'refresh-1' });
    const reply = JSON.parse(text.decode(script.calls[1].attachments[0]));
    expect(reply).toEqual({
      access_token: expect.stringMatching(/^v1\.k1\./),
      refresh_token: expect.stringMatching(/^v1\.k1\./),
      expires_at: 'then',
    });
    // And what was sealed opens again, as a bearer token.
    const again = request({ credential: { sealed: reply.access_token, bound_to: 'a:access' } });
    await run(scripted(answer(again), done()), world());
    expect(sent[1].headers.get('authorization')).toBe('Bearer access-2');
  });

  test.each(['', 'x', 'two\nlines', 'a b', 'kebap-ş', ' padded ', 'x'.repeat(1025), 7, null, {}])(
    'a new token that no request could carry is not sealed, so that it replaces none that is good: %j',
    async (token) => {
      const body = { access_token: token, refresh_token: token, expires_at: 'then' };
      mockFetch(async () => Response.json(body));
      const script = scripted(answer(request({ seals: { access_token: 'a', refresh_token: 'b' } })), done());
      await run(script, world());
      expect(JSON.parse(text.decode(script.calls[1].attachments[0]))).toEqual({ expires_at: 'then' });
    },
  );

  test('signs and verifies what the core names, with the key that it names', async () => {
    const SEAL_KEY = `s1:${btoa('s'.repeat(32))}`;
    const signing = { ...world(), env: { ...world().env, SEAL_KEY } };
    const texts = ['one', 'zwei'].map(bytesOf);
    const text_bytes = texts.map(({ length }) => length);
    const both = (/** @type {Record<string, any>} */ command) => ({ header: { commands: [{ id: 6, text_bytes, ...command }] }, attachments: texts });
    const script = scripted(both({ do: 'sign', secret: 'SEAL_KEY' }), done());
    await run(script, signing);
    const [{ id, of, results: signatures }] = script.outcomes();
    expect([id, of, signatures.length]).toEqual([6, 'sign', 2]);
    for (const each of signatures) expect(each).toMatch(/^v1\.s1\./);
    const [one, two] = signatures;
    const check = scripted(
      both({ do: 'verify', secret: 'SEAL_KEY', signatures: [one, two] }), both({ do: 'verify', secret: 'SEAL_KEY', signatures: [two, one] }),
      both({ do: 'verify', secret: 'NO_SUCH_KEY', signatures: [one, two] }), done(),
    );
    await run(check, signing);
    const wrong = 'its seal is not of what stands there';
    expect(check.outcomes()).toEqual([
      { id: 6, of: 'sign', results: ['', ''] }, { id: 6, of: 'sign', results: [wrong, wrong] },
      { id: 6, of: 'sign', error: expect.stringMatching(/^NO_SUCH_KEY: missing/) },
    ]);
  });

  test('a secret of a few letters is not looked for in a reply: to mask it would break every word', async () => {
    const [short] = await sealed({ 'a:access': 'id' });
    mockFetch(async () => new Response('{"order":{"id":"ORDER-1"}}'));
    const script = scripted(answer(request({ credential: { sealed: short, bound_to: 'a:access' } })), done());
    await run(script, world());
    expect(text.decode(script.calls[1].attachments[0])).toBe('{"order":{"id":"ORDER-1"}}');
  });

  test('a reply that was to be sealed and cannot be read is not handed over', async () => {
    mockFetch(async () => new Response('{"access_token":"secret-and-torn'));
    const script = scripted(answer(request({ seals: { access_token: 'a' } })), done());
    await run(script, world());
    expect(script.outcomes()).toMatchObject([{ status: 200, body_bytes: 0 }]);
  });

  test.each([
    ['a secret that is not set', { credential: { secret: 'NO_SUCH_TOKEN' } }, /NO_SUCH_TOKEN/],
    ['a text that is not sealed', { credential: { sealed: 'plain', bound_to: 'a' } }, /not a sealed one/],
    ['a key that is not there', { credential: { sealed: 'v1.k7.AAAA.AAAA', bound_to: 'a' } }, /"k7"/],
    ['a text that was changed', { credential: { sealed: 'v1.k1.AAAAAAAAAAAAAAAA.AAAA', bound_to: 'a' } }, /"k1"/],
  ])('for want of it nothing is sent: %s', async (_name, more, words) => {
    const away = mockFetch(async () => new Response('{}'));
    const script = scripted(answer(request(more)), done());
    await run(script, world());
    expect(script.outcomes()).toEqual([
      { id: 1, of: 'fetch', failure: 'no_credential', detail: expect.stringMatching(words) },
    ]);
    expect(away).not.toHaveBeenCalled();
  });

  test('nothing is sent whose reply could not be sealed', async () => {
    const away = mockFetch(async () => new Response('{}'));
    const script = scripted(answer(request({ seals: { access_token: 'a' } })), done());
    await run(script, worldWith());
    expect(script.outcomes()).toMatchObject([{ failure: 'no_credential' }]);
    expect(away).not.toHaveBeenCalled();
  });

  test('a reply that repeats it is handed over without it', async () => {
    mockFetch(async () => new Response(`{"detail":"Bearer ${TOKEN} is revoked"}`));
    const script = scripted(answer(request()), done());
    await run(script);
    expect(text.decode(script.calls[1].attachments[0])).toBe('{"detail":"Bearer [token] is revoked"}');
  });
});

describe('a batch', () => {
  const statements = {
    make: { sql: 'CREATE TABLE IF NOT EXISTS host_test (a TEXT UNIQUE, b)', parameters: 0 },
    wipe: { sql: 'DELETE FROM host_test', parameters: 0 },
    put: { sql: 'INSERT INTO host_test (a, b) VALUES (?1, ?2)', parameters: 2 },
    one: { sql: 'SELECT typeof(?1) AS kind, ?1 AS text', parameters: 1 },
    all: { sql: 'SELECT b, a, 7 AS n, NULL AS none FROM host_test ORDER BY a', parameters: 0 },
    bad: { sql: 'SELECT no_such_column FROM host_test', parameters: 0 },
  };
  /** @param {string[]} names @param {string[]} [parameters] */
  const batch = (names, parameters = []) => ({ do: 'd1', id: 9, statements: names, parameters });

  test('gives each statement the first of the parameters, as text, and returns rows as lists', async () => {
    const script = scripted(
      answer(batch(['make', 'wipe', 'put', 'one', 'all'], ['50', '{"k":1}'])),
      done(),
    );
    await run(script, worldWith(statements));
    expect(script.outcomes()).toEqual([
      { id: 9, of: 'd1', results: [[], [], [], [['text', '50']], [['{"k":1}', '50', 7, null]]] },
    ]);
  });

  test('whose parameter is no UTF-8 is the core\'s mistake: another text must not be stored in its place', async () => {
    const frame = {
      header: { commands: [{ do: 'd1', id: 1, statements: ['one'], parameter_bytes: [2] }] },
      attachments: [Uint8Array.of(0x61, 0xff)],
    };
    await expect(run(scripted(frame, done()), worldWith(statements))).rejects.toThrow(TypeError);
  });

  test('counts as one of the requests that Cloudflare counts, and so does a fetch, and nothing else', async () => {
    mockFetch(async () => new Response('{}'));
    const nap = { do: 'sleep', id: 3, duration_ms: 0 };
    const zone = { do: 'days', id: 4, time_zone: 'UTC', from_ms: 0, to_ms: 0 };
    const seal = { do: 'sign', id: 5, secret: 'NO_KEY', text_bytes: [] };
    const script = scripted(
      answer(batch(['one'], ['1']), request({ id: 1 }), request({ id: 2 }), nap, zone, seal),
      ...Array.from({ length: 6 }, () => (/** @type {any} */ { header }) => (header.outcomes.length > 0 && script.outcomes().length === 6 ? done() : answer())),
    );
    expect(await run(script, worldWith(statements))).toMatchObject({ subrequests: 3 });
    expect(await run(scripted(answer(batch(['one'], ['1'])), answer(batch(['one'], ['1'])), done()), worldWith(statements)))
      .toMatchObject({ subrequests: 2 });
    expect(await run(scripted(done()))).toMatchObject({ subrequests: 0 });
  });

  test('without a database says so, for the core to say what to do about it', async () => {
    for (const db of [undefined, null, {}, { prepare: 'no function' }]) {
      const script = scripted(answer(batch(['one'], ['1'])), done());
      await run(script, { ...worldWith(statements), db: /** @type {any} */ (db) });
      expect(script.outcomes()).toEqual([{ id: 9, of: 'd1', error: 'no D1 database is bound' }]);
    }
  });

  test('that throws what is no Error is reported in its words', async () => {
    const db = /** @type {any} */ ({ prepare: () => ({ bind() {} }), batch: () => Promise.reject('away') });
    const script = scripted(answer(batch(['one'], ['1'])), done());
    await run(script, { ...worldWith(statements), db });
    expect(script.outcomes()).toEqual([{ id: 9, of: 'd1', error: 'away' }]);
  });

  test('that throws is reported as an error, with no guess at what became of it', async () => {
    const script = scripted(
      answer(batch(['make', 'wipe'])),
      answer(batch(['put', 'bad'], ['x', 'y'])),
      answer(batch(['all'])),
      done(),
    );
    await run(script, worldWith(statements));
    const [, failed, after] = script.outcomes();
    expect(failed).toEqual({ id: 9, of: 'd1', error: expect.stringContaining('no_such_column') });
    expect(after.results).toEqual([[]]);
  });

  test('keeps a payload\'s bytes as they are, a byte order mark included', async () => {
    const text = '\ufeff{"name":"Adana Şişi 🥙"}';
    const frame = {
      header: { commands: [{ do: 'd1', id: 1, statements: ['one'], parameter_bytes: [bytesOf(text).length] }] },
      attachments: [bytesOf(text)],
    };
    const script = scripted(frame, done());
    await run(script, worldWith(statements));
    expect(script.outcomes()[0].results).toEqual([[['text', text]]]);
  });
});

describe('the days of a time zone', () => {
  const HOUR = 3_600_000;

  /** @param {string} time_zone @param {string} from @param {string} to
   * @returns {Promise<[string, string][]>} each with when it begins */
  async function daysOf(time_zone, from, to) {
    const command = { do: 'days', id: 1, time_zone, from_ms: Date.parse(from), to_ms: Date.parse(to) };
    const script = scripted(answer(command), done());
    await run(script);
    const [{ id, of, results }] = script.outcomes();
    expect({ id, of }).toEqual({ id: 1, of: 'days' });
    return results?.map((/** @type {[string, number]} */ [date, at]) => [date, new Date(at).toISOString()]);
  }

  test('go from the one that the first moment is part of to the first that begins behind the last', async () => {
    expect(await daysOf('Europe/Istanbul', '2026-11-21T20:59:59.999Z', '2026-11-22T00:00:00Z')).toEqual([
      ['2026-11-21', '2026-11-20T21:00:00.000Z'],
      ['2026-11-22', '2026-11-21T21:00:00.000Z'],
      ['2026-11-23', '2026-11-22T21:00:00.000Z'],
    ]);
    expect(await daysOf('Europe/Istanbul', '2026-11-21T21:00:00Z', '2026-11-22T21:00:00Z')).toEqual([
      ['2026-11-22', '2026-11-21T21:00:00.000Z'],
      ['2026-11-23', '2026-11-22T21:00:00.000Z'],
    ]);
  });

  test.each([
    ['goes forward', '2026-03-29', [23, 24]],
    ['goes back', '2026-10-25', [25, 24]],
  ])('in Dublin, where the clock %s, have %s as a day of its own length', async (_what, date, hours) => {
    const noon = `${date}T12:00:00Z`;
    const days = await daysOf('Europe/Dublin', noon, new Date(Date.parse(noon) + 36 * HOUR).toISOString());
    expect(days.map(([day]) => day)).toContain(date);
    const starts = days.map(([, at]) => Date.parse(at));
    expect(starts.slice(1, 3).map((at, i) => (at - starts[i]) / HOUR)).toEqual(hours);
  });

  test('leave none out, from whatever hour they are asked for', async () => {
    for (let hour = 0; hour < 24; hour += 1) {
      const from = new Date(Date.parse('2026-03-27T00:00:00Z') + hour * HOUR).toISOString();
      const days = (await daysOf('Europe/Dublin', from, '2026-03-30T23:00:00Z')).map(([date]) => date);
      expect(days).toEqual(['2026-03-27', '2026-03-28', '2026-03-29', '2026-03-30', '2026-03-31']);
    }
  });

  test('begin at one where a clock goes forward at midnight', async () => {
    expect((await daysOf('Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-24T13:00:00Z'))[0]).toEqual(
      ['2026-04-24', '2026-04-23T22:00:00.000Z'],
    );
  });

  test('skip the one that Samoa has skipped', async () => {
    expect(await daysOf('Pacific/Apia', '2011-12-29T12:00:00Z', '2012-01-01T00:00:00Z')).toEqual([
      ['2011-12-29', '2011-12-29T10:00:00.000Z'],
      ['2011-12-31', '2011-12-30T10:00:00.000Z'],
      ['2012-01-01', '2011-12-31T10:00:00.000Z'],
      ['2012-01-02', '2012-01-01T10:00:00.000Z'],
    ]);
  });

  test.each(['', 'Mars/Olympus', 'Europe/Nowhere'])('of "%s" cannot be told', async (zone) => {
    expect(await daysOf(zone, '2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z')).toBe(undefined);
  });

  test('of the year 10000 cannot be told, and of times before 1970', async () => {
    expect(await daysOf('UTC', '9999-12-30T00:00:00Z', '9999-12-31T00:00:00Z')).toBe(undefined);
    expect(await daysOf('UTC', '1969-12-30T00:00:00Z', '1970-12-31T00:00:00Z')).toBe(undefined);
  });

  test('of a year are found with a few questions each, and not by halving days', async () => {
    const { DateTimeFormat } = Intl;
    let questions = 0;
    vi.spyOn(Intl, 'DateTimeFormat').mockImplementation(function counted(...options) {
      const real = new DateTimeFormat(...options);
      const format = (/** @type {number} */ ms) => ((questions += 1), real.format(ms));
      return /** @type {any} */ ({ format });
    });
    const days = await daysOf('Europe/Dublin', '2026-01-01T12:00:00Z', '2026-12-31T12:00:00Z');
    expect(days.length).toBe(366);
    expect(questions).toBeGreaterThan(366);
    expect(questions).toBeLessThan(5 * 366);
  });
});
