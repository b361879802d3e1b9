// Writes tests/golden/identity.txt: what keys, claim keys, reference ids and fingerprints must be.
// This is a second implementation on purpose, in another language and with Node's own SHA-256, so
// that the core is held against the rules and not against itself. What is in the file is stored in
// queues and at Square: a line may be added, never changed.
//
//   node scripts/golden.mjs            writes the file
//   node scripts/golden.mjs --check    fails if the file is not what would be written

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const FILE = path.join(path.dirname(fileURLToPath(import.meta.url)), '../tests/golden/identity.txt');

const HEAD = `# Golden vectors of the identity, written by scripts/golden.mjs; do not edit by hand.
# One vector a line, columns separated by tabs. Columns marked " are JSON strings, the payload is a
# JSON text, the rest is plain ASCII.
#  1 order_id"           7 key of the order       12 restaurant_id"
#  2 provider"           8 key of the payment     13 payload
#  3 revision            9 key of the refund      14 RFC 8785 form of the payload"
#  4 canonical order    10 claim key"             15 fingerprint of both
#  5 canonical payment  11 reference_id"          16 canonical cancel
#  6 canonical refund                             17 key of the cancel
`;

/** @typedef {{orderId: string, provider: string, revision: number}} Identity */
/** @typedef {'' | ':payment' | ':refund' | ':cancel'} Suffix */

/** @param {string} text */
const sha256 = (text) => createHash('sha256').update(text, 'utf8');

/** Percent-encodes 0x00-0x20, "%", ":" and 0x7F-0xFF, byte by byte.
 * @param {string} field */
function encoded(field) {
  return [...Buffer.from(field, 'utf8')]
    .map((byte) => {
      const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x3a;
      if (plain) return String.fromCharCode(byte);
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** @param {Identity} identity
 * @param {Suffix} suffix */
function canonical({ orderId, provider, revision }, suffix) {
  const letter = [':refund', ':cancel'].includes(suffix) ? 'g' : 'r';
  const later = revision > 1 ? `:${letter}${revision}` : '';
  return `posSync:${encoded(orderId)}:${encoded(provider)}${suffix}${later}`;
}

/** @param {Identity} identity
 * @param {Suffix} suffix */
function idempotencyKey(identity, suffix) {
  const text = canonical(identity, suffix);
  if (text.length <= 45) return text;
  return `posSync:${sha256(text).digest('base64url').slice(0, 37)}`;
}

/** @param {Identity} identity */
function claimKey({ orderId, provider }) {
  const field = (/** @type {string} */ text) => text.replaceAll('%', '%25').replaceAll(':', '%3A');
  return `pos-sync:${field(orderId)}:${field(provider)}`;
}

/** @param {Identity} identity */
function referenceId(identity) {
  if (/^[\x20-\x7e]{1,40}$/.test(identity.orderId)) return identity.orderId;
  return `posSync:${sha256(canonical(identity, '')).digest('base64url').slice(0, 32)}`;
}

/** RFC 8785: JavaScript's own spelling of numbers and strings, members sorted as JavaScript sorts.
 * @param {unknown} value
 * @returns {string} */
function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jcs(member)}`).join(',')}}`;
}

/** @param {unknown} payload
 * @param {string} restaurantId */
const fingerprint = (payload, restaurantId) =>
  sha256(jcs({ restaurant_id: restaurantId, payload })).digest('hex');

const ORDER_IDS = [
  '1', '42', 'A-1001', 'ord_01HZX3V8Q2', '550e8400-e29b-41d4-a716-446655440000',
  'adana-sisi-bey:2026-11-21:0007', 'a:b', 'a%3Ab', 'a%b', '%', ':', '::', 'a:square', '%25', '~', '!',
  ' ', 'two words', ' leading', 'trailing ', 'tab\there', 'line\nbreak', 'nul\u0000byte', '\u001f\u007f',
  'quote"back\\slash', "it's; DROP TABLE pos_sync_queue;--", '{{pos_sync:order_id}}', 'sipariş-7',
  'ŞİŞ KEBABI', 'ığüşöç', 'İstanbul', 'naïve', 'nai\u0308ve', '注文', '🥙', '🥙🥙🥙🥙🥙🥙🥙🥙🥙🥙', '👨‍👩‍👧‍👦',
  '\ufffd', '\uff21\ud83c\udf89', 'posSync:1:square', 'x'.repeat(29), 'x'.repeat(30), 'x'.repeat(31),
  'x'.repeat(37), 'x'.repeat(40), 'x'.repeat(41), 'x'.repeat(200), 'ş'.repeat(100), ':'.repeat(200),
  '🥙'.repeat(50),
];

/** @type {Identity[]} */
const IDENTITIES = [
  ...ORDER_IDS.map((orderId) => ({ orderId, provider: 'square', revision: 1 })),
  ...[2, 3, 9, 10, 100, 2147483647].map((revision) => ({ orderId: '42', provider: 'square', revision })),
  { orderId: 'x'.repeat(26), provider: 'square', revision: 2 },
  { orderId: 'x'.repeat(27), provider: 'square', revision: 2 },
  { orderId: 'x'.repeat(200), provider: 'square', revision: 2 },
  { orderId: 'ŞİŞ KEBABI', provider: 'square', revision: 12 },
  { orderId: 'a', provider: 'b:c', revision: 1 },
  { orderId: 'a:b', provider: 'c', revision: 1 },
  { orderId: 'a', provider: 'square:payment', revision: 1 },
  { orderId: '42', provider: 'lightspeed', revision: 1 },
  { orderId: '42', provider: 'kasa-ı%', revision: 1 },
];

/** Payloads as texts: white space, escapes and the order of members must not count. */
const PAYLOADS = [
  '{"currency":"TRY","items":[{"name":"Adana Kebabı","quantity":"2","unit_price":35000}],"total":70000}',
  '{ "total" : 70000, "items":[ {"unit_price":35000,"quantity":"2","name":"Adana Kebab\\u0131"} ],  "currency":"TRY" }',
  '{}',
  '[]',
  'null',
  '{"b":[true,false,null],"a":{"d":-1,"c":0}}',
  '{"":1," ":2,"\\u0000":3}',
  '{"\\ufb33":"dalet","\\ud83d\\ude00":"smiley","\\u20ac":"euro","\\r":"return","1":"one","\\u0080":"control","ö":"umlaut"}',
  '{"\\ue000":1,"\\ud800\\udc00":2,"\\uffff":3,"\\udbff\\udfff":4,"z":5}',
  '{"max":9007199254740991,"min":-9007199254740991,"zero":-0}',
  '{"text":"\\u0001\\b\\t\\n\\f\\r\\u001f\\"\\\\\\/\\u007f\\u2028é🥙"}',
  '{"aa":1,"a":2,"A":3,"aA":4,"ab":5,"10":6,"9":7}',
];

const RESTAURANTS = ['', 'adana-sisi-bey', 'Dublin "Pub"', 'ızgara\n'];

/** @param {Identity} identity
 * @param {number} index */
function vector(identity, index) {
  const payload = PAYLOADS[index % PAYLOADS.length];
  const restaurant = RESTAURANTS[index % RESTAURANTS.length];
  const value = JSON.parse(payload);
  /** @type {Suffix[]} */
  const suffixes = ['', ':payment', ':refund'];
  return [
    JSON.stringify(identity.orderId), JSON.stringify(identity.provider), identity.revision,
    ...suffixes.map((suffix) => canonical(identity, suffix)),
    ...suffixes.map((suffix) => idempotencyKey(identity, suffix)),
    JSON.stringify(claimKey(identity)), JSON.stringify(referenceId(identity)),
    JSON.stringify(restaurant), payload, JSON.stringify(jcs(value)), fingerprint(value, restaurant),
    canonical(identity, ':cancel'), idempotencyKey(identity, ':cancel'),
  ].join('\t');
}

const text = `${HEAD}${IDENTITIES.map(vector).join('\n')}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== text) {
    console.error('golden: tests/golden/identity.txt is not what scripts/golden.mjs writes');
    process.exit(1);
  }
} else {
  writeFileSync(FILE, text);
}
