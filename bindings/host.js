// Performs what a job asks for, and tells it what came of that. The core decides, the shell
// performs: nothing in here knows what an order is, and no outcome is interpreted.

import { CoreTrapped } from './core.js';
import { days } from './days.js';
import { CannotOpen } from './key_ring.js';
import { isToken, seal, sign, Vault, verify } from './vault.js';

/** @import { Core, Frame, Statement } from './core.js' */
/** @import { CommandsHeader, D1Command, FetchCommand, InputHeader, LogCommand, Outcome } from './protocol.js' */
/** @import { Keys } from './seal.js' */

/**
 * @typedef {object} World what a job may touch
 * @property {D1Database} db
 * @property {Record<string, Statement>} statements every statement, by its name
 * @property {Record<string, unknown>} env where the secrets are that a job names
 */

/**
 * @typedef {object} Done how a job ended
 * @property {number} status as HTTP has it
 * @property {number} retry_after_seconds 0 if there is nothing to wait for
 * @property {Uint8Array} body JSON; a problem document from status 400 on
 * @property {Record<string, unknown>} [next] the job to start behind this one
 * @property {string} [type] of the body, where it is neither JSON nor a problem document
 */

/** @typedef {Done & {subrequests: number}} Performed with the D1 calls and requests that it took */

// The core writes nothing but UTF-8, and a byte order mark in a payload is part of it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
// Gives each byte a character, so that ASCII can be looked for in bytes that may be no text.
const bytewise = new TextDecoder('latin1');

/**
 * Runs a job to its end.
 * @param {Core} core a fresh one
 * @param {Frame} start what the job is
 * @param {World} world
 * @returns {Promise<Performed>}
 */
export async function perform(core, start, world) {
  const ended = new AbortController();
  const inbox = new Inbox();
  const elapsed = stopwatch();
  const vault = new Vault(world.env);
  let subrequests = 0;
  try {
    let frame = asCommands(core.start(start.header, start.attachments));
    for (;;) {
      const done = begin(frame, { ...world, vault }, inbox, ended.signal);
      subrequests += subrequestsIn(frame);
      if (done) return { ...done, subrequests };
      const outcomes = await inbox.collect();
      /** @type {InputHeader} */
      const input = { elapsed_ms: elapsed(), outcomes: outcomes.map(({ header }) => header) };
      frame = asCommands(core.step(input, outcomes.flatMap(({ attachments = [] }) => attachments)));
    }
  } catch (error) {
    if (!(error instanceof CoreTrapped)) throw error;
    console.error(JSON.stringify({ message: error.message, job: start.header.job }));
    return { ...trapped(), subrequests };
  } finally {
    // What is still out must not keep the invocation alive, nor wake a job that is over.
    ended.abort();
  }
}

/** What a core of this ABI version answers. @param {Frame} frame */
const asCommands = (frame) => /** @type {Frame<CommandsHeader>} */ (frame);

/**
 * What Cloudflare counts against the limit of one invocation.
 * @param {Frame<CommandsHeader>} frame
 */
const subrequestsIn = ({ header }) =>
  header.commands.filter((each) => each.do === 'd1' || each.do === 'fetch').length;

/**
 * Begins all commands of an answer, none of them waiting for another.
 * @param {Frame<CommandsHeader>} frame
 * @param {World & {vault: Vault}} world
 * @param {Inbox} inbox takes their outcomes
 * @param {AbortSignal} ended
 * @returns {Done | null} how the job ended, if it did
 */
function begin(frame, world, inbox, ended) {
  const attachments = frame.attachments.values();
  const take = () => /** @type {Uint8Array} */ (attachments.next().value);
  /** @type {Done | null} */
  let done = null;
  for (const command of frame.header.commands) {
    switch (command.do) {
      case 'd1':
        inbox.expect(command.id, runBatch(command, command.parameter_bytes.map(take), world));
        break;
      case 'fetch':
        inbox.expect(command.id, send(command, take(), world.vault, ended));
        break;
      case 'seal':
        inbox.expect(command.id, seal(command, command.text_bytes.map(take), world.vault));
        break;
      case 'sign':
        inbox.expect(command.id, sign(command, command.text_bytes.map(take), world.vault));
        break;
      case 'verify':
        inbox.expect(command.id, verify(command, command.text_bytes.map(take), world.vault));
        break;
      case 'days':
        inbox.expect(command.id, Promise.resolve(days(command)));
        break;
      case 'sleep':
        inbox.expect(command.id, sleep(command.duration_ms, ended));
        break;
      case 'log':
        log(command);
        break;
      case 'done': {
        const { status, retry_after_seconds, next, type } = command;
        done = { status, retry_after_seconds, next, type, body: take() };
        break;
      }
      default: {
        /** @type {never} */
        const unknown = command;
        throw new Error(`the core asks for "${/** @type {{do: string}} */ (unknown).do}", which this host cannot do`);
      }
    }
  }
  return done;
}

/** The outcomes that the core has not seen yet. */
class Inbox {
  /** @type {(Outcome & {header: {id: number}})[]} */
  #arrived = [];
  #underWay = 0;
  /** @type {{error: unknown} | null} */
  #failure = null;
  #wake = () => {};

  /**
   * @param {number} id
   * @param {Promise<Outcome>} work it says itself what went wrong; if it fails, this host is wrong
   */
  expect(id, work) {
    this.#underWay += 1;
    work
      .then(
        ({ header, attachments }) => this.#arrived.push({ header: Object.assign({ id }, header), attachments }),
        (error) => (this.#failure ??= { error }),
      )
      .then(() => this.#wake());
  }

  /** @returns {Promise<(Outcome & {header: {id: number}})[]>} all that have arrived, as soon as there is one */
  async collect() {
    if (this.#arrived.length === 0 && this.#underWay === 0) {
      throw new Error('the core waits, but nothing is under way');
    }
    while (this.#arrived.length === 0 && !this.#failure) {
      await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
    }
    if (this.#failure) throw this.#failure.error;
    this.#underWay -= this.#arrived.length;
    return this.#arrived.splice(0);
  }
}

/** @returns {() => number} whole milliseconds since now; they never go back */
function stopwatch() {
  // In a worker performance.now() is the wall clock, which may be stepped.
  const began = performance.now();
  let elapsed = 0;
  return () => (elapsed = Math.max(elapsed, Math.floor(performance.now() - began)));
}

/**
 * @param {D1Command} command
 * @param {Uint8Array[]} attachments
 * @param {World} world
 * @returns {Promise<Outcome>}
 */
async function runBatch(command, attachments, { db, statements }) {
  // What to do about it is for the core to say.
  if (typeof db?.prepare !== 'function') {
    return { header: { of: 'd1', error: 'no D1 database is bound' } };
  }
  const parameters = attachments.map((bytes) => decoder.decode(bytes));
  const prepared = command.statements.map((name) => {
    const statement = statements[name];
    return db.prepare(statement.sql).bind(...parameters.slice(0, statement.parameters));
  });
  try {
    const answers = await db.batch(prepared);
    // The core reads columns by their places; that their names differ is its statements' business.
    const results = answers.map(({ results: rows }) => rows.map((row) => Object.values(/** @type {object} */ (row))));
    return { header: { of: 'd1', results } };
  } catch (error) {
    return { header: { of: 'd1', error: wordsOf(error) } };
  }
}

/**
 * @param {FetchCommand} command
 * @param {Uint8Array} body
 * @param {Vault} vault
 * @param {AbortSignal} ended
 * @returns {Promise<Outcome>}
 */
async function send(command, body, vault, ended) {
  const { method, url, headers, timeout_ms, reply_limit, seals } = command;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeout_ms);
  /** @type {string[]} */
  const secrets = [];
  try {
    const secret = await revealed(command, vault);
    secrets.push(...Object.values(secret.fillings));
    /** @type {Record<string, string>} */
    const authorization = secret.token === null ? {} : { authorization: `Bearer ${secret.token}` };
    if (secret.token !== null) secrets.push(secret.token);
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...authorization },
      body: method === 'GET' ? undefined : filled(body, secret.fillings),
      redirect: 'manual',
      signal: AbortSignal.any([timeout.signal, ended]),
    });
    const read = await readUpTo(reply_limit, response.body);
    if (!read) return broken('too_large', `more than ${reply_limit} bytes`);
    const bytes = without(secrets, seals ? await withSealed(read, seals, vault.keys) : read);
    const retry_after = response.headers.get('retry-after') ?? undefined;
    const date = response.headers.get('date') ?? undefined;
    const { status } = response;
    return {
      header: { of: 'fetch', status, retry_after, date, body_bytes: bytes.length },
      attachments: [bytes],
    };
  } catch (error) {
    if (error instanceof CannotOpen) return broken('no_credential', error.message);
    if (timeout.signal.aborted) return broken('timeout', `no whole reply within ${timeout_ms} ms`);
    // Nobody promises that the words of an error leave out what was in a header.
    return broken('broken', secrets.reduce(mask, wordsOf(error)));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * All that a request needs and the core may not see. It fails with CannotOpen before anything is sent.
 * @param {FetchCommand} command
 * @param {Vault} vault
 * @returns {Promise<{token: string | null, fillings: Record<string, string>}>}
 */
async function revealed({ credential, fillings = {}, seals }, vault) {
  // What the reply brings may be there only once: it must be certain that it can be sealed.
  if (seals) await vault.keys.all();
  const token = credential ? await vault.reveal(credential) : null;
  const members = Object.entries(fillings).map(
    async ([member, each]) => /** @type {[string, string]} */ ([member, await vault.reveal(each)]),
  );
  return { token, fillings: Object.fromEntries(await Promise.all(members)) };
}

/**
 * @param {Uint8Array} body
 * @param {Record<string, string>} fillings members to be added to it
 */
function filled(body, fillings) {
  if (Object.keys(fillings).length === 0) return body;
  return encoder.encode(JSON.stringify({ ...JSON.parse(decoder.decode(body)), ...fillings }));
}

/**
 * A JSON reply with some of its members sealed; nothing of a reply that cannot be read.
 * @param {Uint8Array} bytes
 * @param {Record<string, string>} seals what each of them is to be bound to
 * @param {Keys} keys
 * @returns {Promise<Uint8Array>}
 */
async function withSealed(bytes, seals, keys) {
  let reply;
  try {
    reply = { ...JSON.parse(decoder.decode(bytes)) };
  } catch {
    return new Uint8Array();
  }
  for (const [member, place] of Object.entries(seals)) {
    const text = reply[member];
    delete reply[member];
    // What no request could carry must not replace what can.
    if (isToken(text)) reply[member] = await keys.seal(text, place);
  }
  return encoder.encode(JSON.stringify(reply));
}

/** Fewer characters are no secret, and stand in every reply: to mask them would break it. */
const MASKED_LEAST = 8;

/** @param {string} text @param {string} secret */
const mask = (text, secret) =>
  secret.length < MASKED_LEAST ? text : text.replaceAll(secret, '[token]');

/**
 * @param {string[]} secrets
 * @param {Uint8Array} bytes
 */
function without(secrets, bytes) {
  const text = bytewise.decode(bytes);
  const shown = (/** @type {string} */ secret) => secret.length >= MASKED_LEAST && text.includes(secret);
  if (!secrets.some(shown)) return bytes;
  return encoder.encode(secrets.reduce(mask, new TextDecoder().decode(bytes)));
}

/**
 * @param {'timeout' | 'too_large' | 'broken' | 'no_credential'} failure
 * @param {string} detail
 * @returns {Outcome}
 */
const broken = (failure, detail) => ({ header: { of: 'fetch', failure, detail } });

/**
 * @param {number} limit
 * @param {ReadableStream<Uint8Array> | null} stream
 * @returns {Promise<Uint8Array | null>} null if there is more than the limit; the rest is not read
 */
async function readUpTo(limit, stream) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * @param {number} duration_ms
 * @param {AbortSignal} ended
 * @returns {Promise<Outcome>}
 */
function sleep(duration_ms, ended) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ header: { of: 'sleep' } }), duration_ms);
    ended.addEventListener('abort', () => clearTimeout(timer));
  });
}

/** @param {LogCommand} command */
function log({ level, message, fields }) {
  // eslint-disable-next-line no-console -- it is the core that chooses among info, warn and error
  console[level](JSON.stringify({ message, ...fields }));
}

/** @param {unknown} error */
const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

/** @returns {Done} */
function trapped() {
  const problem = { type: 'about:blank', title: 'The core stopped unexpectedly', status: 500 };
  const body = new TextEncoder().encode(JSON.stringify(problem));
  return { status: 500, retry_after_seconds: 0, body };
}
