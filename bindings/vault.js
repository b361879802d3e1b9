// What the core may name but never see: tokens, and the keys that seal them and sign what is approved.

import { CannotOpen } from './key_ring.js';
import { Keys } from './seal.js';
import { SigningKeys } from './sign.js';

/** @import { Credential, SealCommand, SealOutcome, SignCommand, SignOutcome, VerifyCommand } from './protocol.js' */

// The core writes nothing but UTF-8, and a byte order mark in a text is part of it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What may be a token: it has to go through an HTTP header (and Square OpenAPI, ObtainTokenResponse).
 * @param {unknown} text
 * @returns {text is string}
 */
export const isToken = (text) => typeof text === 'string' && /^[!-~]{2,1024}$/.test(text);

/** The texts that the core may name but never see. */
export class Vault {
  /** @type {Record<string, unknown>} */
  #env;
  /** @type {Map<string, Promise<string>>} */
  #opened = new Map();
  /** @type {Map<string, SigningKeys>} */
  #signing = new Map();

  /** @param {Record<string, unknown>} env */
  constructor(env) {
    this.#env = env;
    this.keys = new Keys(/** @type {string | undefined} */ (env.ACCOUNTS_KEY));
  }

  /**
   * @param {Credential} credential
   * @returns {Promise<string>} fails with CannotOpen
   */
  async reveal({ secret = '', sealed, bound_to = '' }) {
    if (sealed === undefined) {
      const text = String(this.#env[secret] ?? '').trim();
      if (!text) throw new CannotOpen(`the secret ${secret} is not set`);
      if (!isToken(text)) throw new CannotOpen(`the secret ${secret}: expected printable ASCII without spaces`);
      return text;
    }
    // A tick sends many requests with one token.
    const name = JSON.stringify([sealed, bound_to]);
    const opened = this.#opened.get(name) ?? this.#open(sealed, bound_to);
    this.#opened.set(name, opened);
    return opened;
  }

  /**
   * @param {string} sealed
   * @param {string} place
   */
  async #open(sealed, place) {
    const text = await this.keys.open(sealed, place);
    if (isToken(text)) return text;
    throw new CannotOpen('the stored token is none: expected 2 to 1024 characters of printable ASCII');
  }

  /**
   * @param {string} secret by its name
   * @returns {SigningKeys}
   */
  signing(secret) {
    const keys = this.#signing.get(secret) ?? new SigningKeys(secret, this.#env[secret]);
    this.#signing.set(secret, keys);
    return keys;
  }
}

/**
 * @param {Pick<SealCommand, 'bound_to'>} command
 * @param {Uint8Array[]} texts
 * @param {Vault} vault
 * @returns {Promise<{header: SealOutcome}>}
 */
export async function seal({ bound_to }, texts, { keys }) {
  try {
    const results = texts.map((text, i) => keys.seal(decoder.decode(text), bound_to[i]));
    return { header: { of: 'seal', results: await Promise.all(results) } };
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    return { header: { of: 'seal', error: error.message } };
  }
}

/**
 * @param {Pick<SignCommand, 'secret'>} command
 * @param {Uint8Array[]} texts
 * @param {Vault} vault
 * @returns {Promise<{header: SignOutcome}>}
 */
export function sign({ secret }, texts, vault) {
  const keys = vault.signing(secret);
  return signed(texts.map((text) => keys.sign(decoder.decode(text))));
}

/**
 * @param {Pick<VerifyCommand, 'secret' | 'signatures'>} command
 * @param {Uint8Array[]} texts
 * @param {Vault} vault
 * @returns {Promise<{header: SignOutcome}>} of each text why its signature does not hold, "" if it does
 */
export function verify({ secret, signatures }, texts, vault) {
  const keys = vault.signing(secret);
  return signed(texts.map((text, i) => keys.verify(decoder.decode(text), signatures[i])));
}

/**
 * @param {Promise<string>[]} results
 * @returns {Promise<{header: SignOutcome}>}
 */
async function signed(results) {
  try {
    return { header: { of: 'sign', results: await Promise.all(results) } };
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    return { header: { of: 'sign', error: error.message } };
  }
}
