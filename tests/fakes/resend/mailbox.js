// What Resend remembers: the mails that it sent, and for a day the keys that they came with.
import { canonical, sha256 } from '../square/canonical.js';
import { addressIn, checkMail, ResendError } from './resend-rules.js';

/** @typedef {import('../square/types.d.ts').Call} Call */
/** @typedef {import('../square/types.d.ts').Json} Json */
/** @typedef {import('../square/types.d.ts').Reply} Reply */
/** @typedef {import('../square/types.d.ts').ResendOptions} ResendOptions */

const DAY_MS = 24 * 3600 * 1000;

export class Mailbox {
  /** @type {Json[]} */
  sent = [];
  /** What was answered to each key, and when.
   * @type {Map<string, {hash: string, at: number, reply: Reply}>} */
  keys = new Map();
  /** The requests under way that have a key and have not yet landed.
   * @type {Map<string, number>} */
  underway = new Map();
  /** When the last requests were taken.
   * @type {number[]} */
  taken = [];
  ahead = 0;

  /** @param {ResendOptions} options */
  constructor({ api_key: key = 're_local', domains, per_second: most = Infinity, ...more }) {
    this.apiKey = key;
    this.domains = domains;
    this.mostPerSecond = most;
    this.seed = more.seed ?? 0;
    const clock = more.now ?? Date.now;
    this.now = () => clock() + this.ahead;
  }

  /** Throws Resend's refusal of a token. Of a key that does not exist its sending says 401.
   * @param {string} authorization */
  admit(authorization) {
    const key = /^Bearer (.+)$/.exec(authorization)?.[1];
    if (key === undefined) throw new ResendError('missing_api_key', 'Missing API Key');
    if (key !== this.apiKey) throw new ResendError('validation_error', 'API key is invalid', 401);
  }

  /** Throws Resend's refusal of one request too many in a second. */
  throttle() {
    const now = this.now();
    this.taken = this.taken.filter((at) => at > now - 1000);
    if (this.taken.length >= this.mostPerSecond) {
      const most = `${this.mostPerSecond} requests per second`;
      throw new ResendError('rate_limit_exceeded', `You can only make ${most}.`);
    }
    this.taken.push(now);
  }

  /** What is wrong with a request before anybody looks at its key, whatever becomes of it.
   * @param {Call} call
   * @param {string | undefined} header its key
   * @returns {ResendError | null} */
  examine({ method, path, body }, header) {
    try {
      if (path !== '/emails') throw new ResendError('not_found', `There is no ${path} here.`);
      if (method !== 'POST') throw new ResendError('method_not_allowed', `Not with ${method}.`);
      if (header !== undefined && (header.length < 1 || header.length > 256)) {
        throw new ResendError('invalid_idempotency_key',
          'Idempotency keys, if present, must have between 1 and 256 characters.');
      }
      checkMail(body);
      return null;
    } catch (error) {
      if (error instanceof ResendError) return error;
      throw error;
    }
  }

  /** A request with a key arrives; of two at once the second one is refused.
   * @param {string} key
   * @returns {() => void} what to call when it has landed */
  arrive(key) {
    if (key === '') return () => {};
    this.underway.set(key, (this.underway.get(key) ?? 0) + 1);
    return () => {
      this.underway.set(key, (this.underway.get(key) ?? 1) - 1);
    };
  }

  /** Sends a mail, or answers from memory.
   * @param {Call} call
   * @param {boolean} isSecond whether another one with its key was under way when it came
   * @returns {Reply} */
  send(call, isSecond) {
    const { key, body } = call;
    if (isSecond) {
      throw new ResendError('concurrent_idempotent_requests',
        'Another request with the same idempotency key is under way.');
    }
    const known = key === '' ? undefined : this.keys.get(key);
    const hash = sha256(canonical(body));
    if (known && this.now() - known.at < DAY_MS) {
      if (known.hash !== hash) {
        throw new ResendError('invalid_idempotent_request',
          'This idempotency key has been used with another payload.');
      }
      call.replayed = true;
      return known.reply;
    }
    const domain = addressIn(body.from).split('@')[1];
    if (this.domains && !this.domains.includes(domain)) {
      throw new ResendError('validation_error', `The ${domain} domain is not verified.`, 403);
    }
    const digest = sha256(`${this.seed}:mail:${this.sent.length}`);
    const id = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
    this.sent.push({
      id, created_at: new Date(this.now()).toISOString(), key, ...body, to: [body.to].flat(),
    });
    const reply = { status: 200, body: { id } };
    if (key !== '') this.keys.set(key, { hash, at: this.now(), reply });
    return reply;
  }
}
