// The way to the local Square, with every request's end in a schedule's hand: whether it takes effect,
// when, and what comes back. It keeps what the promise is about: the bytes under each key, and whether
// two requests of one order were in the air together. A request that only reads has no effect, so
// neither is asked of it.
import { envWith, twin } from './world.js';

/** How long after its start a request may still take effect: what the worker takes for granted. */
const LANDS_WITHIN_MS = Number(envWith().QUIET_SECONDS) * 1000;

const decoder = new TextDecoder();

/** @typedef {{status: number, headers: Record<string, string>, text: string}} Reply */

/** A request of the worker's.
 * @typedef {object} Flight
 * @property {string} name
 * @property {string} order the idempotency key of its order; none if it only reads
 * @property {string} method
 * @property {string} path with its parameters
 * @property {Record<string, string>} headers
 * @property {Uint8Array | undefined} body
 * @property {number} born on the worker's clock
 * @property {Reply | null} reply once it has taken effect
 * @property {boolean} isGone it will never take effect */

export class Air {
  /** Requests that may still take effect.
   * @type {Set<Flight>} */
  #flying = new Set();
  /** @type {Map<string, string>} */
  #bodies = new Map();
  #fetch = globalThis.fetch;

  /** @param {{now: number}} clock
   * @param {(what: 'bytes' | 'overlap', words: string) => void} accuse */
  constructor(clock, accuse) {
    this.clock = clock;
    this.accuse = accuse;
  }

  /** A request starts.
   * @param {string} url
   * @param {{method: string, headers: Record<string, string>, body?: Uint8Array}} init
   * @returns {Flight} */
  takeOff(url, { method, headers, body }) {
    const text = decoder.decode(body);
    const key = body && JSON.parse(text).idempotency_key;
    const { pathname, search } = new URL(url);
    const flight = {
      name: key ? `${pathname} ${key}` : `${method} ${pathname}`,
      order: key?.replace(/:payment$/, '') ?? '',
      method,
      path: pathname + search,
      headers,
      body,
      born: this.clock.now,
      reply: null,
      isGone: false,
    };
    if (key) this.#watch(flight, key, text);
    return flight;
  }

  /** @param {Flight} flight @param {string} key @param {string} text */
  #watch(flight, key, text) {
    const known = this.#bodies.get(key) ?? text;
    if (known !== text) this.accuse('bytes', `${key}: ${text} after ${known}`);
    this.#bodies.set(key, known);
    for (const other of this.#flying) {
      if (other.order === flight.order) this.accuse('overlap', `${flight.name} while ${other.name} may still land`);
    }
    this.#flying.add(flight);
  }

  /** A request takes effect, unless it did or never will.
   * @param {Flight} flight
   * @returns {Promise<Reply | null>} what Square answers */
  async land(flight) {
    this.#flying.delete(flight);
    if (flight.isGone || flight.reply) return flight.reply;
    Object.assign(flight, { reply: await this.#ask(flight) });
    return flight.reply;
  }

  /** @param {Flight} flight
   * @returns {Promise<Reply>} */
  async #ask({ method, path, headers, body }) {
    const authorization = `Bearer ${twin.token}`;
    const init = { method, headers: { ...headers, authorization }, body };
    const response = await this.#fetch.call(globalThis, twin.url + path, init);
    const { status } = response;
    return { status, headers: Object.fromEntries(response.headers), text: await response.text() };
  }

  /** A request never takes effect any more.
   * @param {Flight} flight */
  crash(flight) {
    this.#flying.delete(flight);
    flight.isGone = true;
  }

  /** Those in the air, but for those that somebody waits for.
   * @param {(flight: Flight) => boolean} isAwaited */
  strays(isAwaited) {
    return [...this.#flying].filter((flight) => !isAwaited(flight));
  }

  /** Before time passes: what would be in the air too long lands now or never.
   * @param {number} ms
   * @param {() => boolean} lands */
  async age(ms, lands) {
    for (const flight of [...this.#flying]) {
      if (this.clock.now + ms - flight.born < LANDS_WITHIN_MS) continue;
      if (lands()) await this.land(flight);
      else this.crash(flight);
    }
  }
}
