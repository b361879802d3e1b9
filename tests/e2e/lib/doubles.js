// Servers for the tests inside workerd, which cannot listen themselves: a local Square, a local Resend,
// one whose answers never end, and one that answers as it is asked to.
import { createServer } from 'node:http';
import { startResend } from '../../fakes/resend/resend.js';
import { startTwin } from '../../fakes/square/server.js';

/** @typedef {import('node:http').ServerResponse} ServerResponse */

/** An answer that never comes must come to an end, too, or a test of that would never fail: long after any
 * shell has given it up. */
const NEVER_MS = 3 * 60_000;

/** @param {ServerResponse} res */
function giveUpLate(res) {
  const late = setTimeout(() => res.destroy(), NEVER_MS);
  res.on('close', () => clearTimeout(late));
}

/** A server that sends the head of an answer and half a body, and then nothing more.
 * @returns {Promise<{url: string, close: () => void}>} */
async function startStaller() {
  const server = createServer((_req, /** @type {ServerResponse} */ res) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': 20 });
    res.write('{"order":');
    giveUpLate(res);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @typedef {object} Said how a request is to be answered: what stands in its path, as JSON
 * @property {number} [status]
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {number} [bytes] a body of so many bytes instead
 * @property {boolean} [chunked] whose length is not declared
 * @property {'never' | 'head' | 'endless'} [ends] no answer at all; its head and nothing else; a body that goes
 *   on for as long as somebody reads it
 * @property {string} [id] under which it is kept what came */

/** @typedef {{method: string, path: string, headers: string[], body: string, written: number, closed: boolean}} Came */

/** To whoever reads an endless answer it must end, or a test of that would never fail. */
const ENDLESS_BYTES = 64 * 1024 * 1024;

/** A server that answers as the path of a request asks it to (`/say/{JSON}`), and tells at `/came/{id}` what
 * came: also the requests that it got because an answer pointed to `/there/{id}`. `/gone/{id}` answers once the
 * connection of the first one is over.
 * @returns {Promise<{url: string, close: () => void}>} */
async function startWire() {
  /** @type {Map<string, Came[]>} */
  const kept = new Map();
  /** @param {string} id */
  const cameOf = (id) => kept.get(id) ?? kept.set(id, []).get(id) ?? [];
  const server = createServer(async (req, /** @type {ServerResponse} */ res) => {
    const [, word, text = ''] = /** @type {string[]} */ (/^\/(\w+)\/(.*)$/.exec(req.url ?? ''));
    const given = decodeURIComponent(text);
    if (word === 'came') return void res.end(JSON.stringify(cameOf(given)));
    if (word === 'gone') {
      while (!cameOf(given)[0]?.closed) await new Promise((resolve) => setTimeout(resolve, 5));
      return void res.end(JSON.stringify(cameOf(given)));
    }
    /** @type {Said} */
    const said = word === 'say' ? JSON.parse(given) : { id: given };
    const { status = 200, headers = {}, body = '{}', bytes, chunked = false, ends, id = '' } = said;
    /** @type {Came} */
    const came = { method: String(req.method), path: `/${word}`, headers: req.rawHeaders, body: '', written: 0, closed: false };
    cameOf(id).push(came);
    const over = new Promise((resolve) => res.on('close', () => resolve((came.closed = true))));
    req.setEncoding('latin1');
    for await (const part of req) came.body += part;
    giveUpLate(res);
    if (ends === 'never') return undefined;
    const whole = bytes === undefined ? Buffer.from(body, 'latin1') : Buffer.alloc(bytes, 'x');
    const isOpen = chunked || ends !== undefined;
    res.writeHead(status, { ...headers, ...(isOpen ? {} : { 'content-length': whole.length }) });
    if (ends === 'endless') {
      const part = Buffer.alloc(64 * 1024, 'x');
      while (!came.closed && came.written < ENDLESS_BYTES) {
        came.written += part.length;
        if (!res.write(part)) await Promise.race([over, new Promise((resolve) => res.once('drain', resolve))]);
      }
      res.end();
    } else if (ends === 'head') {
      res.flushHeaders();
    } else {
      res.end(whole);
    }
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  const [twin, resend, staller, wire] =
    await Promise.all([startTwin(), startResend(), startStaller(), startWire()]);
  project.provide('twin', { url: twin.url, token: twin.token, location: twin.locations[0].id });
  project.provide('resend', { url: resend.url, token: resend.token });
  project.provide('staller', staller.url);
  project.provide('wire', wire.url);
  return async () => {
    staller.close();
    wire.close();
    await Promise.all([twin.close(), resend.close()]);
  };
}
