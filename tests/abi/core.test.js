import { afterEach, describe, expect, test, vi } from 'vitest';
import { Core, CoreTrapped, instantiate } from '../../bindings/core.js';
import { echo, echoOf } from './echo.js';

/** @param {object} header @param {Uint8Array[]} [attachments] */
const roundTrip = (header, attachments) => new Core(echo).start(header, attachments);

test('a header crosses unchanged, whatever it is written in', () => {
  const header = { dish: 'Adana Şişi', emoji: '🥙', lone: '\ud83e', nul: '\0', big: 2 ** 53 - 1 };
  expect(roundTrip(header)).toEqual({ header, attachments: [] });
});

test('attachments cross as they are, in the order of their lengths in the header', () => {
  const [first, second, third] = [[0xff, 0, 0xfe], [], [1, 2]].map((bytes) => Uint8Array.from(bytes));
  const header = {
    job: { order_bytes: 3 },
    list: [{ payment_bytes: 0 }, { reply_bytes_max: 7, body_bytes: 2 }],
  };
  const answer = roundTrip(header, [first, second, third]);
  expect(answer).toEqual({ header, attachments: [first, second, third] });
});

test('a frame of many megabytes crosses, though the memory grows under it', () => {
  const core = new Core(echo);
  const text = 'ş'.repeat(1_000_000);
  const bytes = new Uint8Array(4_000_000).fill(7);
  const answer = core.start({ text, body_bytes: bytes.length }, [bytes]);
  expect(answer.header.text).toBe(text);
  // Not toEqual: it compares element by element, which takes seconds.
  expect(Buffer.compare(answer.attachments[0], bytes)).toBe(0);
});

test('an answer stays what it was when the next call overwrites the buffer', () => {
  const core = new Core(echo);
  const answer = core.start({ body_bytes: 2 }, [Uint8Array.of(1, 2)]);
  core.start({ body_bytes: 2 }, [Uint8Array.of(8, 9)]);
  expect(answer.attachments[0]).toEqual(Uint8Array.of(1, 2));
});

test('lengths that do not add up to the frame are an error, not a guess', () => {
  expect(() => roundTrip({ body_bytes: 3 }, [Uint8Array.of(1, 2)])).toThrow(/^the lengths in the header are not those of the frame$/);
  expect(() => roundTrip({}, [Uint8Array.of(1)])).toThrow(/^the lengths in the header are not those of the frame$/);
});

test('a core that trapped says so, and does nothing more', () => {
  const core = new Core(echo);
  core.start({});
  expect(() => core.step({})).toThrow(CoreTrapped);
  expect(() => core.start({})).toThrow(/has trapped/);
});

test('a trapped core leaves the next one alone', () => {
  expect(() => new Core(echo).step({})).toThrow(CoreTrapped);
  expect(roundTrip({ fine: true }).header).toEqual({ fine: true });
});

test.each([0, 2, 63])('a module of another version of the ABI (%i) is refused before a frame crosses', (version) => {
  const words = `the module speaks version ${version} of the ABI, this host 1`;
  expect(() => new Core(echoOf(version))).toThrow(new Error(words));
  expect(() => Core.statements(echoOf(version))).toThrow(new Error(words));
});

describe('what crosses, byte by byte', () => {
  afterEach(() => vi.restoreAllMocks());

  const INPUT_AT = 4096;

  /** A module made of JavaScript, which keeps what it got and answers with the bytes that a test says.
   * @param {Uint8Array} bytes @param {Partial<Record<string, (...words: any[]) => any>>} [changes] */
  function moduleThat(bytes, changes = {}) {
    const memory = new WebAssembly.Memory({ initial: 8 });
    /** @type {string[]} */
    const calls = [];
    /** @type {Uint8Array[]} */
    const got = [];
    const answered = (/** @type {string} */ name) => (/** @type {number} */ size) => {
      calls.push(name);
      got.push(new Uint8Array(memory.buffer, INPUT_AT, size).slice());
      new Uint8Array(memory.buffer).set(bytes, 100);
      return bytes.length;
    };
    const exports = {
      memory, _initialize: () => void calls.push('_initialize'), pos_abi_version: () => 1,
      pos_input: (/** @type {number} */ size) => (calls.push(`pos_input ${size}`), INPUT_AT),
      pos_start: answered('pos_start'), pos_step: answered('pos_step'), pos_output: () => 100,
      pos_statements: () => answered('pos_statements')(0), ...changes,
    };
    vi.spyOn(WebAssembly, 'Instance').mockImplementation(function instance() {
      return /** @type {any} */ ({ exports });
    });
    return { module: /** @type {WebAssembly.Module} */ ({}), calls, got };
  }

  /** A frame of bindings/abi.h, written by hand. @param {string | Uint8Array} header @param {number[]} [rest] */
  function frame(header, rest = []) {
    const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
    const { length } = text;
    return Uint8Array.of(length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff, 0, ...text, ...rest);
  }

  test('is the length of the header in four bytes, the header, and the attachments behind it', () => {
    const header = { a: 'ş', one_bytes: 2, two_bytes: [1, 0] };
    const { module, calls, got } = moduleThat(frame('{"x_bytes":[1,2],"y":[{"z_bytes":0}]}', [7, 8, 9]));
    const core = new Core(module);
    const attachments = [Uint8Array.of(1, 2), Uint8Array.of(3), new Uint8Array()];
    const answer = core.start(header, attachments);
    expect(got).toEqual([frame(JSON.stringify(header), [1, 2, 3])]);
    expect(answer.header).toEqual({ x_bytes: [1, 2], y: [{ z_bytes: 0 }] });
    expect(answer.attachments.map((each) => [...each])).toEqual([[7], [8, 9], []]);
    // Each is started once, before anything else, and has room for what it is given.
    expect(calls[0]).toBe('_initialize');
    expect(calls.slice(2)).toEqual(['pos_start']);
    core.step({ b: 1 });
    expect(got[1]).toEqual(frame('{"b":1}'));
    expect(calls.slice(4)).toEqual(['pos_step']);
  });

  test.each([
    [99_000, 3 * 99_011], [99_989, 3 * 100_000], [99_990, 100_001], [300_000, 300_011],
  ])('has room for three bytes a letter only while that is little memory: %i letters', (letters, room) => {
    const { module, calls, got } = moduleThat(frame('{}'));
    const text = 'a'.repeat(letters);
    const encoded = vi.spyOn(TextEncoder.prototype, 'encodeInto');
    new Core(module).start({ text });
    // What has been encoded apart is not encoded once more.
    expect(encoded).toHaveBeenCalledTimes(letters > 99_989 ? 0 : 1);
    expect(calls[1]).toBe(`pos_input ${4 + room}`);
    // The memory above is smaller than that; what was written is what counts.
    expect(got[0].length).toBe(4 + letters + 11);
  });

  test('is refused where it did not fit: a header that is cut short would be another job', () => {
    const { module } = moduleThat(frame('{}'));
    vi.spyOn(TextEncoder.prototype, 'encodeInto').mockReturnValue({ read: 1, written: 1 });
    expect(() => new Core(module).start({ a: 1 })).toThrow(/^the core trapped: the header did not fit into its buffer$/);
  });

  test.each([
    ['a header that is no UTF-8', frame(Uint8Array.of(0x22, 0xff, 0x22))],
    ['a header with a byte order mark', frame('\ufeff{}')],
    ['a header that is no JSON', frame('{')],
    ['more than its lengths say', frame('{"a_bytes":1}', [1, 2])],
    ['less than its lengths say', frame('{"a_bytes":3}', [1, 2])],
    ['a length for nothing', frame('{"a_bytes":1}')],
  ])('is a defect to be seen where it is %s, unless there is nothing behind it', (what, bytes) => {
    const { module } = moduleThat(bytes);
    const start = () => new Core(module).start({});
    if (what === 'a length for nothing') expect(start()).toEqual({ header: { a_bytes: 1 }, attachments: [] });
    else expect(start).toThrow();
    // It is no trap: the host is wrong, or the module is, and no job of it may end as if it had been.
    if (what !== 'a length for nothing') expect(start).not.toThrow(CoreTrapped);
  });

  test('names its trap by the words of the runtime, and keeps what it came from', () => {
    const cause = new RangeError('the stack ran out');
    const { module } = moduleThat(frame('{}'), { pos_start: () => { throw cause; } });
    const core = new Core(module);
    /** @type {any} */
    let error;
    try {
      core.start({});
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(CoreTrapped);
    expect([error.name, error.message, error.cause]).toEqual(['CoreTrapped', 'the core trapped: the stack ran out', cause]);
    expect(() => core.step({})).toThrow(/^this core has trapped: what it holds is undefined$/);
    expect(new CoreTrapped('no error').message).toBe('the core trapped: no error');
  });

  test('is a list of statements where a module is asked for it', () => {
    const { module, calls } = moduleThat(new TextEncoder().encode('{"a":{"sql":"SELECT 1","parameters":0}}'));
    expect(Core.statements(module)).toEqual({ a: { sql: 'SELECT 1', parameters: 0 } });
    expect(calls).toEqual(['_initialize', 'pos_statements']);
    expect(instantiate(module).pos_abi_version()).toBe(1);
  });

  test('stays what it was when the module writes over its memory', () => {
    const bytes = frame('{"a_bytes":1}', [5]);
    const { module } = moduleThat(bytes);
    const core = new Core(module);
    const { attachments } = core.start({});
    bytes[bytes.length - 1] = 6;
    expect([...core.step({}).attachments[0]]).toEqual([6]);
    expect([...attachments[0]]).toEqual([5]);
  });
});
