// The keys of a secret, "id:base64 of 32 bytes", or several with commas in between: the first one makes
// something new, all of them read what is there, so that keys can be rotated.

const KEY_BYTES = 32;
// Whether the letters are 32 bytes in base64 is seen when they are read.
const ENTRY = /^([\w-]{1,32}):([\w+/=-]*)$/;

/** Why a text could not be sealed, opened, signed or verified, in words that hold nothing secret. */
export class CannotOpen extends Error {}

/** @param {Uint8Array} bytes */
export const textOf = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** @param {string} text base64, or base64url */
export const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

export class KeyRing {
  /** @type {Promise<[string, CryptoKey][]> | null} */
  #keys = null;

  /**
   * @param {string} name of the secret
   * @param {unknown} text what it is
   * @param {{missing: string, algorithm: string | {name: string, hash: string}, usages: string[]}} purpose
   *   `missing` says what it is good for
   */
  constructor(name, text, purpose) {
    this.name = name;
    this.text = text ? String(text) : '';
    this.purpose = purpose;
  }

  /** @returns {Promise<[string, CryptoKey][]>} fails with CannotOpen where they cannot be used */
  async all() {
    if (!this.text) throw new CannotOpen(`${this.name}: missing; ${this.purpose.missing}`);
    this.#keys ??= this.#read();
    return this.#keys;
  }

  /**
   * @param {string} id
   * @returns {Promise<CryptoKey | undefined>}
   */
  async find(id) {
    const keys = this.text ? await this.all() : [];
    return keys.find(([each]) => each === id)?.[1];
  }

  /** @returns {Promise<[string, CryptoKey][]>} */
  async #read() {
    const entries = this.text.split(',').map((entry, at) => this.#entry(entry, at));
    entries.forEach(([id], at) => {
      // Of two keys of one id, which one made a text could not be told.
      if (entries.findIndex(([each]) => each === id) !== at) {
        throw new CannotOpen(`${this.name}: entry ${at + 1}: the id "${id}" stands there twice`);
      }
    });
    const { algorithm, usages } = this.purpose;
    return Promise.all(
      entries.map(async ([id, bytes]) => [id, await crypto.subtle.importKey('raw', bytes, algorithm, false, usages)]),
    );
  }

  /**
   * @param {string} entry
   * @param {number} at
   * @returns {[id: string, bytes: Uint8Array]}
   */
  #entry(entry, at) {
    const [, id, text] = ENTRY.exec(entry.trim()) ?? [];
    let bytes;
    try {
      bytes = id && bytesOf(text);
    } catch {
      // It is no base64.
    }
    if (!bytes || bytes.length !== KEY_BYTES) {
      throw new CannotOpen(`${this.name}: entry ${at + 1}: expected an id, a colon and 32 bytes in base64`);
    }
    return [id, bytes];
  }
}
