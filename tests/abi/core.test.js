import { expect, test } from 'vitest';
import { Core, CoreTrapped } from '../../bindings/core.js';
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
  expect(() => roundTrip({ body_bytes: 3 }, [Uint8Array.of(1, 2)])).toThrow(/lengths/);
  expect(() => roundTrip({}, [Uint8Array.of(1)])).toThrow(/lengths/);
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
  expect(() => new Core(echoOf(version))).toThrow(words);
  expect(() => Core.statements(echoOf(version))).toThrow(words);
});
