// Servers for the tests inside workerd, which cannot listen themselves: a local Square, a local Resend,
// one whose answers never end, and one that points elsewhere.
import { createServer } from 'node:http';
import { startResend } from '../../twin/resend.js';
import { startTwin } from '../../twin/server.js';

/** @typedef {import('node:http').ServerResponse} ServerResponse */

/** A server that sends the head of an answer and half a body, and then nothing more.
 * @returns {Promise<{url: string, close: () => void}>} */
async function startStaller() {
  const server = createServer((_req, /** @type {ServerResponse} */ res) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': 20 });
    res.write('{"order":');
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

/** A server that answers each request by pointing to another place, and counts who goes there.
 * @returns {Promise<{url: string, close: () => void}>} */
async function startPointer() {
  let visits = 0;
  const server = createServer((req, /** @type {ServerResponse} */ res) => {
    if (req.url === '/visits') {
      res.end(String(visits));
    } else if (req.url === '/there') {
      visits += 1;
      res.end('{}');
    } else {
      res.writeHead(307, { location: '/there' }).end();
    }
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
  const [twin, resend, staller, pointer] =
    await Promise.all([startTwin(), startResend(), startStaller(), startPointer()]);
  project.provide('twin', { url: twin.url, token: twin.token, location: twin.locations[0].id });
  project.provide('resend', { url: resend.url, token: resend.token });
  project.provide('staller', staller.url);
  project.provide('pointer', pointer.url);
  return async () => {
    staller.close();
    pointer.close();
    await Promise.all([twin.close(), resend.close()]);
  };
}
