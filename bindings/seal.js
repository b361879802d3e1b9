// Sealed texts: what is stored of an access token, and how the shell alone gets back to it. AES-256 in
// Galois/Counter Mode; which key it was is told by the text, so that keys can be rotated.
//
//   v1.{key id}.{initialization vector, base64url}.{ciphertext with its tag, base64url}
//
// A text is bound to a place of its own: it does not open where it was moved to another.

const VERSION = 'v1';

/** NIST SP 800-38D, 8.2.2: a random one has at least 96 bits. */
const IV_BYTES = 12;

const KEY_BYTES = 32;
const ENTRY = /^([\w-]{1,32}):([\w+/-]+={0,2})$/;
const SEALED = /^v1\.([\w-]{1,32})\.([\w-]+)\.([\w-]+)$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Why a text could not be sealed or opened, in words that hold nothing secret. */
export class CannotOpen extends Error {}

/** @param {Uint8Array} bytes */
const textOf = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** @param {string} text base64, or base64url */
const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

/**
 * @param {string} entry
 * @param {number} at
 * @returns {Promise<[id: string, key: CryptoKey]>}
 */
async function keyOf(entry, at) {
  const [, id, text] = ENTRY.exec(entry.trim()) ?? [];
  let bytes;
  try {
    bytes = id && bytesOf(text);
  } catch {
    bytes = null;
  }
  if (!bytes || bytes.length !== KEY_BYTES) {
    throw new CannotOpen(`ACCOUNTS_KEY: entry ${at + 1}: expected an id, a colon and 32 bytes in base64`);
  }
  return [id, await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])];
}

/** The keys of a worker: the first one seals, all of them open. */
export class Keys {
  /** @type {string | undefined} */
  #text;
  /** @type {Promise<[string, CryptoKey][]> | null} */
  #keys = null;

  /** @param {string | undefined} text "id:base64 of 32 bytes", or several with commas in between */
  constructor(text) {
    this.#text = text;
  }

  /** @returns {Promise<[string, CryptoKey][]>} fails with CannotOpen where they cannot be used */
  async all() {
    if (!this.#text) throw new CannotOpen('ACCOUNTS_KEY: missing; it seals the tokens of accounts');
    this.#keys ??= Promise.all(this.#text.split(',').map(keyOf));
    return this.#keys;
  }

  /**
   * @param {string} text
   * @param {string} place what it is bound to
   * @returns {Promise<string>}
   */
  async seal(text, place) {
    const [[id, key]] = await this.all();
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const how = { name: 'AES-GCM', iv, additionalData: encoder.encode(place) };
    const sealed = await crypto.subtle.encrypt(how, key, encoder.encode(text));
    return `${VERSION}.${id}.${textOf(iv)}.${textOf(new Uint8Array(sealed))}`;
  }

  /**
   * @param {string} sealed
   * @param {string} place what it is bound to
   * @returns {Promise<string>}
   */
  async open(sealed, place) {
    const [, id, iv, ciphertext] = SEALED.exec(sealed) ?? [];
    // Not a word of it: it may be a token that somebody stored as it is.
    if (!id) throw new CannotOpen('the stored token is not a sealed one');
    const keys = this.#text ? await this.all() : [];
    const [, key] = keys.find(([each]) => each === id) ?? [];
    if (!key) throw new CannotOpen(`the key "${id}" that sealed the token is not in ACCOUNTS_KEY`);
    try {
      const how = { name: 'AES-GCM', iv: bytesOf(iv), additionalData: encoder.encode(place) };
      return decoder.decode(await crypto.subtle.decrypt(how, key, bytesOf(ciphertext)));
    } catch {
      throw new CannotOpen(`the stored token does not open with the key "${id}"`);
    }
  }
}
