// Sealed texts: what is stored of an access token, and how the shell alone gets back to it. AES-256 in
// Galois/Counter Mode; which key it was is told by the text, so that keys can be rotated.
//
//   v1.{key id}.{initialization vector, base64url}.{ciphertext with its tag, base64url}
//
// A text is bound to a place of its own: it does not open where it was moved to another.

import { bytesOf, CannotOpen, KeyRing, textOf } from './key_ring.js';

const VERSION = 'v1';

/** NIST SP 800-38D, 8.2.2: a random one has at least 96 bits. */
const IV_BYTES = 12;

const SEALED = /^v1\.([\w-]{1,32})\.([\w-]+)\.([\w-]+)$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The keys of a worker: the first one seals, all of them open. */
export class Keys {
  #ring;

  /** @param {string | undefined} text "id:base64 of 32 bytes", or several with commas in between */
  constructor(text) {
    this.#ring = new KeyRing('ACCOUNTS_KEY', text, {
      missing: 'it seals the tokens of accounts',
      algorithm: 'AES-GCM',
      usages: ['encrypt', 'decrypt'],
    });
  }

  /** Fails with CannotOpen where they cannot be used. */
  all() {
    return this.#ring.all();
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
    const key = await this.#ring.find(id);
    if (!key) throw new CannotOpen(`the key "${id}" that sealed the token is not in ACCOUNTS_KEY`);
    try {
      const how = { name: 'AES-GCM', iv: bytesOf(iv), additionalData: encoder.encode(place) };
      return decoder.decode(await crypto.subtle.decrypt(how, key, bytesOf(ciphertext)));
    } catch {
      throw new CannotOpen(`the stored token does not open with the key "${id}"`);
    }
  }
}
