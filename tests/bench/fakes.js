// D1 and the provider as a recorded tick has seen them, out of memory: they answer what they have
// answered before, one event per turn of the event loop, as a network does.

/** @typedef {Record<string, any>} Json */
/** @typedef {import('./recording.js').Recording} Recording */

/**
 * @typedef {object} Asked what somebody asked for
 * @property {[url: string, body: string][]} requests
 * @property {Record<string, string[]>} batches their parameters, by their first statement
 */

/** A body's key is its first member, both in ours and in the plain one's. */
const KEY_AT = '{"idempotency_key":"'.length;
const KEY_MOST = 45;

/** @param {string | Uint8Array} body */
function keyOf(body) {
  const text =
    typeof body === 'string'
      ? body.slice(KEY_AT, KEY_AT + KEY_MOST + 1)
      : Buffer.from(body.buffer, body.byteOffset + KEY_AT, KEY_MOST + 1).toString('latin1');
  return text.slice(0, text.indexOf('"'));
}

const decoder = new TextDecoder();

class Reply {
  status = 200;
  headers = { get: () => null };

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  get body() {
    return [this.bytes];
  }

  async text() {
    return decoder.decode(this.bytes);
  }
}

export class Fakes {
  /** @type {(() => void)[]} */
  #coming = [];
  /** @type {Asked | null} */
  #asked = null;

  /** @param {Recording} recording
   * @param {Record<string, {sql: string}>} statements */
  constructor(recording, statements) {
    this.replies = recording.replies;
    this.answers = new Map(
      Array.from(recording.answers, ([name, answer]) => [statements[name].sql, { name, answer }]),
    );
    this.db = {
      prepare: (/** @type {string} */ sql) => ({
        bind: (/** @type {string[]} */ ...values) => ({ sql, values }),
      }),
      batch: (/** @type {{sql: string, values: string[]}[]} */ list) => this.#batch(list),
    };
  }

  /** @template T
   * @param {T} value
   * @returns {Promise<T>} in a turn of its own */
  #later(value) {
    return new Promise((resolve) => {
      this.#coming.push(() => resolve(value));
      if (this.#coming.length === 1) setImmediate(this.#turn);
    });
  }

  #turn = () => {
    this.#coming.shift()?.();
    if (this.#coming.length > 0) setImmediate(this.#turn);
  };

  /** @param {{sql: string, values: string[]}[]} list */
  #batch(list) {
    const known = this.answers.get(list[0].sql);
    if (!known) throw new Error(`the recorded tick asked D1 for nothing like: ${list[0].sql}`);
    if (this.#asked) {
      const most = list.reduce((a, b) => (a.values.length >= b.values.length ? a : b));
      this.#asked.batches[known.name] = most.values;
    }
    return this.#later(known.answer);
  }

  /** Stands in for the global fetch.
   * @param {string} url
   * @param {{body: string | Uint8Array}} init */
  fetch = (url, { body }) => {
    const reply = this.replies.get(keyOf(body));
    if (!reply) throw new Error(`the recorded tick had no request with the key ${keyOf(body)}`);
    if (this.#asked) {
      this.#asked.requests.push([url, typeof body === 'string' ? body : decoder.decode(body)]);
    }
    return this.#later(new Reply(reply));
  };

  /** What a tick asks for.
   * @param {() => Promise<unknown>} tick
   * @returns {Promise<Asked>} */
  async watch(tick) {
    /** @type {Asked} */
    const asked = { requests: [], batches: {} };
    this.#asked = asked;
    await tick();
    this.#asked = null;
    return asked;
  }
}
