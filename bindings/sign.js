// Signed texts: what was approved, so that write access to the database is not enough to forge it.
// HMAC-SHA-256; which key it was is told by the signature, so that keys can be rotated.
//
//   v1.{key id}.{HMAC, base64url}

import { bytesOf, CannotOpen, KeyRing, textOf } from './key_ring.js';

const SIGNATURE = /^v1\.([\w-]{1,32})\.([\w-]+)$/;

const encoder = new TextEncoder();

/** The keys of a worker that sign: the first one signs, all of them verify. */
export class SigningKeys {
  #ring;

  /**
   * @param {string} name of the secret
   * @param {unknown} text "id:base64 of 32 bytes", or several with commas in between
   */
  constructor(name, text) {
    this.#ring = new KeyRing(name, text, {
      missing:
        'it seals what is approved, and nothing without a seal is sent; set an id, a colon and ' +
        `\`openssl rand -base64 32\` with \`wrangler secret put ${name}\``,
      algorithm: { name: 'HMAC', hash: 'SHA-256' },
      usages: ['sign', 'verify'],
    });
  }

  /**
   * @param {string} text
   * @returns {Promise<string>} fails with CannotOpen
   */
  async sign(text) {
    // Its seal would hold of every row of which nothing can be read.
    if (text === '') throw new CannotOpen('what was to be sealed is no list of plain values');
    const [[id, key]] = await this.#ring.all();
    const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(text));
    return `v1.${id}.${textOf(new Uint8Array(mac))}`;
  }

  /**
   * @param {string} text
   * @param {string} signature
   * @returns {Promise<string>} why it is none of that text; "" if it is; fails with CannotOpen where there
   *   are no keys to tell by
   */
  async verify(text, signature) {
    await this.#ring.all();
    const [, id, mac] = SIGNATURE.exec(signature) ?? [];
    if (!id) return 'it has no seal';
    const key = await this.#ring.find(id);
    if (!key) return `the key "${id}" of its seal is not in ${this.#ring.name}`;
    let bytes;
    try {
      bytes = bytesOf(mac);
    } catch {
      return 'its seal cannot be read';
    }
    // It compares in constant time.
    const holds = await crypto.subtle.verify('HMAC', key, bytes, encoder.encode(text));
    return holds ? '' : 'its seal is not of what stands there';
  }
}
