// The parts of the shell that need no world: who a token belongs to, and the keys that seal and sign.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { days } from '../../bindings/days.js';
import { bytesOf, CannotOpen, KeyRing, textOf } from '../../bindings/key_ring.js';
import { callerOf, hasTokens, tokenProblem } from '../../bindings/roles.js';
import { Keys } from '../../bindings/seal.js';
import { SigningKeys } from '../../bindings/sign.js';
import { isToken, seal, sign, Vault, verify } from '../../bindings/vault.js';

/** @typedef {Record<string, any>} Json */

afterEach(() => vi.restoreAllMocks());

const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);

/** A token of so many characters. @param {string} letter */
const tokenOf = (letter, length = 32) => letter.repeat(length);
const R = tokenOf('r');
const O = tokenOf('o');
const A = tokenOf('a');

describe('whose token it is', () => {
  const ALL = { READ_TOKEN: R, ADMIN_TOKEN: O, APPROVER_TOKEN: A };

  /** @param {Json} env @param {string} bearer @param {string} [beside] */
  async function roles(env, bearer, beside = '') {
    const callers = [];
    for (const needed of /** @type {const} */ (['read', 'operate', 'approve'])) {
      callers.push(await callerOf(env, needed, { bearer, beside }));
    }
    return callers.map(({ role, allowed, problem }) => `${role} ${allowed}${problem && `: ${problem}`}`);
  }

  test.each([
    ['the reader', ALL, R, '', ['read true', 'read false', 'read false']],
    ['the operator', ALL, O, '', ['operate true', 'operate true', 'operate false']],
    ['the approver', ALL, A, '', ['approve true', 'approve false', 'approve true']],
    ['a stranger', ALL, 'x', '', ['null false', 'null false', 'null false']],
    ['nobody', ALL, '', '', ['null false', 'null false', 'null false']],
    ['a reader beside whom the approver stands', ALL, R, A, ['read true', 'read false', 'approve true']],
    ['an operator beside whom the approver stands', ALL, O, A, ['operate true', 'operate true', 'approve true']],
    ['an operator beside whom the reader stands', ALL, O, R, ['operate true', 'operate true', 'operate false']],
    ['a stranger beside whom the approver stands', ALL, 'x', A, ['null false', 'null false', 'null false']],
    ['the operator who is alone', { ADMIN_TOKEN: O }, O, '', ['operate true', 'operate true', 'operate true']],
    ['the operator with an approver that is not set', { ADMIN_TOKEN: O, APPROVER_TOKEN: '' }, O, '', ['operate true', 'operate true', 'operate true']],
    ['the operator beside nobody, where there is no approver', { ADMIN_TOKEN: O }, O, 'undefined', ['operate true', 'operate true', 'operate true']],
    ['the reader where there is no approver', { ADMIN_TOKEN: O, READ_TOKEN: R }, R, '', ['read true', 'read false', 'read false']],
    ['the word of a token that is not set', { ADMIN_TOKEN: O }, 'undefined', 'undefined', ['null false', 'null false', 'null false']],
    ['a token that is nearly right', ALL, `${O.slice(0, -1)}p`, '', ['null false', 'null false', 'null false']],
  ])('%s', async (_who, env, bearer, beside, answers) => {
    expect(await roles(env, bearer, beside)).toEqual(answers);
  });

  test.each([
    ['two of one role and another', { READ_TOKEN: O, ADMIN_TOKEN: O }, O, 'ADMIN_TOKEN: is the same as READ_TOKEN; each role has a token of its own'],
    ['the operator and the approver', { ADMIN_TOKEN: O, APPROVER_TOKEN: O }, O, 'APPROVER_TOKEN: is the same as ADMIN_TOKEN; each role has a token of its own'],
    ['the reader and the approver', { READ_TOKEN: A, ADMIN_TOKEN: O, APPROVER_TOKEN: A }, O, 'APPROVER_TOKEN: is the same as READ_TOKEN; each role has a token of its own'],
  ])('nobody\'s while tokens are equal, or a reader could approve: %s', async (_who, env, bearer, problem) => {
    for (const [i, needed] of /** @type {const} */ (['read', 'operate', 'approve']).entries()) {
      const caller = await callerOf(env, needed, { bearer, beside: '' });
      expect([i, caller.allowed, caller.problem]).toEqual([i, false, problem]);
      expect(caller.role).not.toBeNull();
    }
    // And whoever has none learns nothing.
    expect(await callerOf(env, 'read', { bearer: 'x', beside: '' })).toEqual({ role: null, allowed: false, problem: '' });
  });

  test('three equal ones are all named', () => {
    expect(tokenProblem({ READ_TOKEN: O, ADMIN_TOKEN: O, APPROVER_TOKEN: O })).toBe(
      ['ADMIN_TOKEN: is the same as READ_TOKEN', 'APPROVER_TOKEN: is the same as READ_TOKEN', 'APPROVER_TOKEN: is the same as ADMIN_TOKEN']
        .map((each) => `${each}; each role has a token of its own`).join('; '));
  });

  test('is asked of every token, whichever it is: how long it takes tells nobody which', async () => {
    const compared = vi.spyOn(crypto.subtle, /** @type {any} */ ('timingSafeEqual'));
    for (const bearer of [R, O, A, 'x', '']) {
      compared.mockClear();
      await callerOf(ALL, 'read', { bearer, beside: A });
      expect([bearer, compared.mock.calls.length]).toEqual([bearer, 3]);
      // Digests: a comparison of the texts themselves would tell how long a token is.
      for (const pair of compared.mock.calls) {
        expect(pair.map((each) => /** @type {ArrayBuffer} */ (each).byteLength)).toEqual([32, 32]);
      }
    }
  });
});

describe('a token that could be guessed, or cannot be sent, opens nothing', () => {
  const SHORT = 'expected at least 32 characters, as `openssl rand -hex 32` makes';
  const WRITTEN = 'expected printable ASCII without spaces, as fits into a header';

  test.each([
    [tokenOf('x', 31), SHORT], [tokenOf('x', 1), SHORT], [tokenOf('x', 32), ''], [tokenOf('x', 33), ''], [tokenOf('x', 200), ''],
    [`${tokenOf('x')} `, WRITTEN], [` ${tokenOf('x')}`, WRITTEN], [`${tokenOf('x')}\n`, WRITTEN], [`${tokenOf('x')} y`, WRITTEN],
    [`${tokenOf('x')}ş`, WRITTEN], [`${tokenOf('x')}\x7f`, WRITTEN], ['!'.repeat(32), ''], ['~'.repeat(32), ''], [7, SHORT],
  ])('%j', (token, words) => {
    for (const name of ['READ_TOKEN', 'ADMIN_TOKEN', 'APPROVER_TOKEN']) {
      expect(tokenProblem({ [name]: token })).toBe(words && `${name}: ${words}`);
    }
  });

  test('and each that is wrong is named', () => {
    expect(tokenProblem({ READ_TOKEN: 'short', ADMIN_TOKEN: O, APPROVER_TOKEN: 'two words' })).toBe(`READ_TOKEN: ${SHORT}; APPROVER_TOKEN: ${WRITTEN}`);
  });

  test('one that is not set is none', () => {
    for (const name of ['READ_TOKEN', 'ADMIN_TOKEN', 'APPROVER_TOKEN']) {
      expect(hasTokens({ [name]: O })).toBe(true);
      expect(hasTokens({ [name]: '' })).toBe(false);
    }
    expect(hasTokens({ OTHER_TOKEN: O })).toBe(false);
    expect(tokenProblem({ READ_TOKEN: '', ADMIN_TOKEN: undefined })).toBe('');
  });
});

/** @param {string} letter */
const keyOf = (letter) => btoa(letter.repeat(32));

describe('the keys of a secret', () => {
  const purpose = { missing: 'it is needed', algorithm: 'AES-GCM', usages: ['encrypt', 'decrypt'] };
  const ringOf = (/** @type {unknown} */ text) => new KeyRing('SOME_KEY', text, purpose);
  const WRONG = (/** @type {number} */ at) => `SOME_KEY: entry ${at}: expected an id, a colon and 32 bytes in base64`;

  test.each([
    ['', 'SOME_KEY: missing; it is needed'], [undefined, 'SOME_KEY: missing; it is needed'],
    ['k1', WRONG(1)], [`:${keyOf('1')}`, WRONG(1)], [`k1:${keyOf('1')},`, WRONG(2)], [`k1;${keyOf('1')}`, WRONG(1)],
    [`k1:${btoa('1'.repeat(31))}`, WRONG(1)], [`k1:${btoa('1'.repeat(33))}`, WRONG(1)], [`k 1:${keyOf('1')}`, WRONG(1)],
    ['k1:', WRONG(1)], [`k1:=${keyOf('1')}`, WRONG(1)], [`k1:${keyOf('1')}==`, WRONG(1)], [`k1:${keyOf('1').slice(0, 9)} ${keyOf('1').slice(9)}`, WRONG(1)],
    [`k1:${keyOf('1')}!`, WRONG(1)], [`${'k'.repeat(33)}:${keyOf('1')}`, WRONG(1)],
    [`k1:${keyOf('1')},k2:short`, WRONG(2)], [`k1:${keyOf('1')}x,k2:${keyOf('1')}`, WRONG(1)],
    [`k1:${keyOf('1')},k2:${keyOf('2')},k2:${keyOf('3')}`, 'SOME_KEY: entry 3: the id "k2" stands there twice'],
  ])('that cannot be used are refused in words that hold none of them: %j', async (text, words) => {
    const failure = await ringOf(text).all().catch((error) => error);
    expect(failure).toBeInstanceOf(CannotOpen);
    expect(failure.message).toBe(words);
  });

  test('are read once, in their order, whatever stands around them, and cannot be read back', async () => {
    const imported = vi.spyOn(crypto.subtle, 'importKey');
    const ring = ringOf(` k2:${keyOf('2')} , ${'k'.repeat(32)}:${keyOf('1')}`);
    const keys = await ring.all();
    expect(keys.map(([id]) => id)).toEqual(['k2', 'k'.repeat(32)]);
    expect(await ring.all()).toBe(keys);
    expect(imported).toHaveBeenCalledTimes(2);
    for (const [, key] of keys) {
      // Whatever gets hold of one may use it, and never take it away.
      expect(key.extractable).toBe(false);
      expect([...key.usages].sort()).toEqual(['decrypt', 'encrypt']);
    }
    expect(await ring.find('k2')).toBe(keys[0][1]);
    expect(await ring.find('k3')).toBeUndefined();
    expect(await ringOf('').find('k2')).toBeUndefined();
    expect(ring.name).toBe('SOME_KEY');
  });

  test('are taken in base64 and in base64url', async () => {
    const bytes = Uint8Array.from({ length: 32 }, (_each, i) => 0xf8 + (i % 8));
    const plain = btoa(String.fromCharCode(...bytes));
    expect(plain).toMatch(/\+.*\/.*=/);
    for (const text of [plain, textOf(bytes), textOf(bytes).padEnd(44, '=')]) expect(await ringOf(`k:${text}`).all()).toHaveLength(1);
    expect(textOf(bytes)).toBe(plain.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''));
    expect(bytesOf(textOf(bytes))).toEqual(bytes);
    expect(bytesOf(plain)).toEqual(bytes);
  });
});

describe('a sealed token', () => {
  const KEY = `k1:${keyOf('1')}`;

  test('opens with its key, in its place, and is another text each time', async () => {
    const keys = new Keys(KEY);
    const [first, second] = await Promise.all([keys.seal('\ufeffa-token-ş', 'a'), keys.seal('\ufeffa-token-ş', 'a')]);
    expect(first).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
    expect(first).not.toBe(second);
    expect(first.split('.')[2]).not.toBe(second.split('.')[2]);
    expect(await new Keys(KEY).open(first, 'a')).toBe('\ufeffa-token-ş');
    expect(first).not.toContain('token');
  });

  test('opens nowhere else, and says why in words that hold nothing of it', async () => {
    const sealed = await new Keys(KEY).seal('a-token', 'a');
    const [, , iv, text] = sealed.split('.');
    const changed = (/** @type {string} */ each) => (each[0] === 'A' ? 'B' : 'A') + each.slice(1);
    /** @type {[string, string, string, string][]} */
    const cases = [
      [KEY, sealed, 'b', 'the stored token does not open with the key "k1"'],
      [KEY, sealed, '', 'the stored token does not open with the key "k1"'],
      [`k1:${keyOf('2')}`, sealed, 'a', 'the stored token does not open with the key "k1"'],
      [`k2:${keyOf('1')}`, sealed, 'a', 'the key "k1" that sealed the token is not in ACCOUNTS_KEY'],
      ['', sealed, 'a', 'the key "k1" that sealed the token is not in ACCOUNTS_KEY'],
      [KEY, `v1.k1.${changed(iv)}.${text}`, 'a', 'the stored token does not open with the key "k1"'],
      [KEY, `v1.k1.${iv}.${changed(text)}`, 'a', 'the stored token does not open with the key "k1"'],
      [KEY, `v1.k1.${iv}.${text.slice(0, -4)}`, 'a', 'the stored token does not open with the key "k1"'],
      [KEY, 'v1.k1.A.A', 'a', 'the stored token does not open with the key "k1"'],
      [KEY, `v2.k1.${iv}.${text}`, 'a', 'the stored token is not a sealed one'],
      [KEY, `v1.k1.${iv}`, 'a', 'the stored token is not a sealed one'],
      [KEY, `v1.k1..${text}`, 'a', 'the stored token is not a sealed one'],
      [KEY, `v1.k1.${iv}.`, 'a', 'the stored token is not a sealed one'],
      [KEY, ` ${sealed}`, 'a', 'the stored token is not a sealed one'],
      [KEY, `${sealed}\n`, 'a', 'the stored token is not a sealed one'],
      [KEY, `v1.${'k'.repeat(33)}.${iv}.${text}`, 'a', 'the stored token is not a sealed one'],
      [KEY, 'EAAA-plain', 'a', 'the stored token is not a sealed one'],
    ];
    for (const [key, given, place, words] of cases) {
      const failure = await new Keys(key).open(given, place).catch((error) => error);
      expect([given, failure.message]).toEqual([given, words]);
      expect(failure).toBeInstanceOf(CannotOpen);
    }
    await expect(new Keys('').seal('x', 'a')).rejects.toThrow(new Error('ACCOUNTS_KEY: missing; it seals the tokens of accounts'));
    await expect(new Keys(undefined).all()).rejects.toThrow(CannotOpen);
  });

  test('is sealed by the first key, with a nonce of 96 bits, and opened by all of them', async () => {
    const old = await new Keys(KEY).seal('old', 'a');
    const both = new Keys(`k2:${keyOf('2')},${KEY}`);
    expect(await both.open(old, 'a')).toBe('old');
    const sealed = await both.seal('new', 'a');
    expect(sealed).toMatch(/^v1\.k2\./);
    expect(bytesOf(sealed.split('.')[2])).toHaveLength(12);
    expect(bytesOf(sealed.split('.')[3])).toHaveLength(3 + 16);
    await expect(new Keys(KEY).open(sealed, 'a')).rejects.toThrow(new Error('the key "k2" that sealed the token is not in ACCOUNTS_KEY'));
  });

  test('names a key by an id of up to 32 letters, digits, lines and dashes', async () => {
    for (const id of ['k', 'A-z_09', 'k'.repeat(32)]) {
      const keys = new Keys(`${id}:${keyOf('1')}`);
      const sealed = await keys.seal('a-token', 'a');
      expect(sealed.split('.')[1]).toBe(id);
      expect(await keys.open(sealed, 'a')).toBe('a-token');
      const signing = new SigningKeys('SEAL_KEY', `${id}:${keyOf('1')}`);
      expect(await signing.verify('x', await signing.sign('x'))).toBe('');
    }
    const signing = new SigningKeys('SEAL_KEY', KEY);
    for (const id of ['', 'k'.repeat(33), 'k 1', 'k.1']) expect(await signing.verify('x', `v1.${id}.AAAA`)).toBe('it has no seal');
  });

  test('that holds no UTF-8 is none', async () => {
    const key = await crypto.subtle.importKey('raw', encode('1'.repeat(32)), 'AES-GCM', false, ['encrypt']);
    const iv = new Uint8Array(12);
    const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: encode('a') }, key, Uint8Array.of(0xff));
    const sealed = `v1.k1.${textOf(iv)}.${textOf(new Uint8Array(bytes))}`;
    await expect(new Keys(KEY).open(sealed, 'a')).rejects.toThrow(new Error('the stored token does not open with the key "k1"'));
  });
});

describe('a signature', () => {
  const KEY = `k1:${keyOf('1')}`;
  const keysOf = (/** @type {unknown} */ text) => new SigningKeys('SEAL_KEY', text);

  test('is the HMAC of the text under the first key', async () => {
    const key = await crypto.subtle.importKey('raw', encode('1'.repeat(32)), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encode('["ş"]')));
    expect(await keysOf(`${KEY},k2:${keyOf('2')}`).sign('["ş"]')).toBe(`v1.k1.${textOf(mac)}`);
  });

  test.each([
    ['another text', KEY, 'y', null, 'its seal is not of what stands there'],
    ['another key of that id', `k1:${keyOf('2')}`, 'x', null, 'its seal is not of what stands there'],
    ['a key that is gone', `k2:${keyOf('1')}`, 'x', null, 'the key "k1" of its seal is not in SEAL_KEY'],
    ['its own', `k2:${keyOf('2')},${KEY}`, 'x', null, ''],
    ['none', KEY, 'x', '', 'it has no seal'],
    ['a word', KEY, 'x', 'approved', 'it has no seal'],
    ['another version', KEY, 'x', 'v2.k1.AAAA', 'it has no seal'],
    ['one that holds nothing', KEY, 'x', 'v1.k1.', 'it has no seal'],
    ['one with something before it', KEY, 'x', ' v1.k1.AAAA', 'it has no seal'],
    ['one with something behind it', KEY, 'x', 'v1.k1.AAAA.AAAA', 'it has no seal'],
    ['no base64', KEY, 'x', 'v1.k1.A', 'its seal cannot be read'],
    ['too few bytes', KEY, 'x', 'v1.k1.AAAA', 'its seal is not of what stands there'],
  ])('holds or does not: %s', async (_what, key, text, given, words) => {
    const seal_ = given ?? (await keysOf(KEY).sign('x'));
    expect(await keysOf(key).verify(text, seal_)).toBe(words);
  });

  test('cannot be told without keys, and is never of nothing', async () => {
    const words = 'SEAL_KEY: missing; it seals what is approved, and nothing without a seal is sent; set an id, a colon ' +
      'and `openssl rand -base64 32` with `wrangler secret put SEAL_KEY`';
    for (const text of ['', undefined]) {
      await expect(keysOf(text).verify('x', 'v1.k1.AAAA')).rejects.toThrow(new Error(words));
      await expect(keysOf(text).verify('x', '')).rejects.toThrow(CannotOpen);
      await expect(keysOf(text).sign('x')).rejects.toThrow(new Error(words));
    }
    await expect(keysOf(KEY).sign('')).rejects.toThrow(CannotOpen);
    await expect(keysOf(KEY).sign('')).rejects.toThrow(new Error('what was to be sealed is no list of plain values'));
  });
});

describe('what may be a token', () => {
  test.each([
    ['ab', true], ['a', false], ['', false], ['x'.repeat(1024), true], ['x'.repeat(1025), false], ['!~', true], ['a b', false],
    ['a\nb', false], ['ab\n', false], ['\x7f\x7f', false], ['aş', false], [null, false], [undefined, false], [12, false], [['ab'], false],
  ])('%j: %s', (text, is) => {
    expect(isToken(text)).toBe(is);
  });
});

describe('the vault', () => {
  const ACCOUNTS_KEY = `k1:${keyOf('1')}`;
  const vaultOf = (/** @type {Json} */ env) => new Vault({ ACCOUNTS_KEY, SEAL_KEY: ACCOUNTS_KEY, ...env });

  test('reveals a secret by its name, without what stands around it', async () => {
    expect(await vaultOf({ A_TOKEN: ' a-token\n' }).reveal({ secret: 'A_TOKEN' })).toBe('a-token');
    for (const text of [undefined, '', ' \n']) {
      await expect(vaultOf({ A_TOKEN: text }).reveal({ secret: 'A_TOKEN' })).rejects.toThrow(new Error('the secret A_TOKEN is not set'));
    }
    await expect(vaultOf({}).reveal({})).rejects.toThrow(new Error('the secret  is not set'));
    await expect(vaultOf({ A_TOKEN: 'two words' }).reveal({ secret: 'A_TOKEN' }))
      .rejects.toThrow(new Error('the secret A_TOKEN: expected printable ASCII without spaces'));
    await expect(vaultOf({ A_TOKEN: 'two words' }).reveal({ secret: 'A_TOKEN' })).rejects.toThrow(CannotOpen);
  });

  test('opens a sealed text where it is bound to, and each once for all requests of a job', async () => {
    const keys = new Keys(ACCOUNTS_KEY);
    const [a, nowhere, odd] = await Promise.all([keys.seal('token-a', 'a'), keys.seal('token-0', ''), keys.seal('no token', 'a')]);
    const vault = vaultOf({});
    const opened = vi.spyOn(crypto.subtle, 'decrypt');
    const texts = await Promise.all([1, 2, 3].map(() => vault.reveal({ sealed: a, bound_to: 'a' })));
    expect(texts).toEqual(['token-a', 'token-a', 'token-a']);
    expect(opened).toHaveBeenCalledTimes(1);
    // What opens in one place does not open in another, though it was opened before.
    await expect(vault.reveal({ sealed: a, bound_to: 'b' })).rejects.toThrow(CannotOpen);
    await expect(vault.reveal({ sealed: a })).rejects.toThrow(CannotOpen);
    expect(await vault.reveal({ sealed: nowhere })).toBe('token-0');
    await expect(vault.reveal({ sealed: odd, bound_to: 'a' })).rejects
      .toThrow(new Error('the stored token is none: expected 2 to 1024 characters of printable ASCII'));
    await expect(vault.reveal({ sealed: odd, bound_to: 'a' })).rejects.toThrow(CannotOpen);
    await expect(vault.reveal({ sealed: '', bound_to: 'a' })).rejects.toThrow(new Error('the stored token is not a sealed one'));
  });

  test('has the keys of a secret read once, and of each secret its own', async () => {
    const vault = vaultOf({ SEAL_KEY: `s:${keyOf('s')}`, OTHER_KEY: `o:${keyOf('o')}` });
    expect(vault.signing('SEAL_KEY')).toBe(vault.signing('SEAL_KEY'));
    expect(await vault.signing('SEAL_KEY').sign('x')).toMatch(/^v1\.s\./);
    expect(await vault.signing('OTHER_KEY').sign('x')).toMatch(/^v1\.o\./);
  });

  test('seals, signs and verifies lists, each text by itself, in their order', async () => {
    const vault = vaultOf({});
    const texts = ['\ufeffone', 'two'].map(encode);
    const sealed = await seal({ bound_to: ['a', 'b'] }, texts, vault);
    expect(sealed.header.of).toBe('seal');
    const [one, two] = sealed.header.results ?? [];
    const keys = new Keys(ACCOUNTS_KEY);
    expect([await keys.open(one, 'a'), await keys.open(two, 'b')]).toEqual(['\ufeffone', 'two']);
    const signed = await sign({ secret: 'SEAL_KEY' }, texts, vault);
    expect(signed.header.of).toBe('sign');
    const { results = [] } = signed.header;
    expect(results).toEqual([await vault.signing('SEAL_KEY').sign('\ufeffone'), await vault.signing('SEAL_KEY').sign('two')]);
    const WRONG = 'its seal is not of what stands there';
    expect(await verify({ secret: 'SEAL_KEY', signatures: results }, texts, vault)).toEqual({ header: { of: 'sign', results: ['', ''] } });
    expect(await verify({ secret: 'SEAL_KEY', signatures: [...results].reverse() }, texts, vault))
      .toEqual({ header: { of: 'sign', results: [WRONG, WRONG] } });
  });

  test('says where keys are missing, and fails where the shell itself is wrong', async () => {
    const none = new Vault({});
    const texts = [encode('one')];
    expect(await seal({ bound_to: ['a'] }, texts, none)).toEqual({ header: { of: 'seal', error: 'ACCOUNTS_KEY: missing; it seals the tokens of accounts' } });
    const missing = expect.stringMatching(/^SEAL_KEY: missing; /);
    expect(await sign({ secret: 'SEAL_KEY' }, texts, none)).toEqual({ header: { of: 'sign', error: missing } });
    expect(await verify({ secret: 'SEAL_KEY', signatures: [''] }, texts, none)).toEqual({ header: { of: 'sign', error: missing } });
    const broken = new TypeError('not supported');
    vi.spyOn(crypto.subtle, 'encrypt').mockRejectedValue(broken);
    vi.spyOn(crypto.subtle, 'sign').mockRejectedValue(broken);
    await expect(seal({ bound_to: ['a'] }, texts, vaultOf({}))).rejects.toBe(broken);
    await expect(sign({ secret: 'SEAL_KEY' }, texts, vaultOf({}))).rejects.toBe(broken);
  });

  test('seals, signs and verifies no text that is no UTF-8: it is the core\'s mistake, and another text would be sealed', async () => {
    const vault = vaultOf({});
    const texts = [Uint8Array.of(0x61, 0xff)];
    await expect(seal({ bound_to: ['a'] }, texts, vault)).rejects.toThrow(TypeError);
    expect(() => sign({ secret: 'SEAL_KEY' }, texts, vault)).toThrow(TypeError);
    expect(() => verify({ secret: 'SEAL_KEY', signatures: [''] }, texts, vault)).toThrow(TypeError);
  });
});

describe('the days of a time zone', () => {
  const HOUR = 3_600_000;
  const DAY = 24 * HOUR;
  const LAST = Date.UTC(9999, 11, 1);

  /** @param {string} time_zone @param {number} from_ms @param {number} to_ms @returns {[string, number][] | undefined} */
  const daysOf = (time_zone, from_ms, to_ms) => {
    const { header, ...rest } = days({ time_zone, from_ms, to_ms });
    expect([header.of, rest]).toEqual(['days', {}]);
    return header.results;
  };

  test('are told from the first moment of 1970 to where years have five digits, and no further', () => {
    expect(daysOf('UTC', 0, 0)).toEqual([['1970-01-01', 0]]);
    expect(daysOf('UTC', -1, 0)).toBeUndefined();
    expect(daysOf('UTC', LAST, LAST)).toEqual([['9999-12-01', LAST]]);
    expect(daysOf('UTC', LAST - 1, LAST)).toEqual([['9999-11-30', LAST - DAY], ['9999-12-01', LAST]]);
    expect(daysOf('UTC', LAST, LAST + 1)).toBeUndefined();
    expect(daysOf('Nowhere/AtAll', 0, 0)).toBeUndefined();
  });

  test.each(['UTC', 'Europe/Istanbul', 'Europe/Dublin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia', 'America/Sao_Paulo', 'Africa/Cairo', 'Pacific/Kiritimati'])(
    'of %s: each moment belongs to the last day that has begun, or a sale stood in the books of another',
    (zone) => {
      const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
      const dates = ['2011-12-27', '2018-02-15', '2018-11-01', '2024-04-24', '2026-03-27', '2026-10-23', '2026-10-25', '2026-12-30'];
      // The last hour, too, of a day that has 25.
      const moments = dates.flatMap((date) => [0, 7, 22.75, 23.5].map((hours) => Date.parse(`${date}T00:00:00Z`) + hours * HOUR));
      for (const from of moments) {
        const all = /** @type {[string, number][]} */ (daysOf(zone, from, from + 3 * DAY));
        expect(all[0][1]).toBeLessThanOrEqual(from);
        expect(all[1][1]).toBeGreaterThan(from);
        const [, last] = all[all.length - 1];
        expect(last).toBeGreaterThanOrEqual(from + 3 * DAY);
        // Only the last one begins behind what was asked for.
        expect(all[all.length - 2][1]).toBeLessThan(from + 3 * DAY);
        for (const [date, at] of all) {
          expect([zone, format.format(at)]).toEqual([zone, date]);
          expect(format.format(at - 1)).not.toBe(date);
        }
        for (const [i, [date]] of all.slice(0, -1).entries()) {
          expect(format.format(all[i + 1][1] - 1)).toBe(date);
        }
      }
    });

  test('are found with one question or two for a day of 24 hours, and some twenty where a clock is set', () => {
    const { DateTimeFormat } = Intl;
    let questions = 0;
    vi.spyOn(Intl, 'DateTimeFormat').mockImplementation(function counted(...options) {
      const real = new DateTimeFormat(...options);
      return /** @type {any} */ ({ format: (/** @type {number} */ ms) => ((questions += 1), real.format(ms)) });
    });
    daysOf('UTC', 400 * DAY, 500 * DAY);
    expect(questions).toBeLessThanOrEqual(4 * 103 + 60);
    questions = 0;
    // The twelve hours and less of a moment in the middle of a day.
    daysOf('Europe/Dublin', Date.parse('2026-03-28T12:00:00Z'), Date.parse('2026-03-28T13:00:00Z'));
    expect(questions).toBeLessThan(120);
  });
});
