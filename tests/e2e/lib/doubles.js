// Servers for the tests inside workerd, which cannot listen themselves: a local Square, a local Resend,
// and one whose answers never end.
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

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  const [twin, resend, staller] = await Promise.all([startTwin(), startResend(), startStaller()]);
  project.provide('twin', { url: twin.url, token: twin.token, location: twin.locations[0].id });
  project.provide('resend', { url: resend.url, token: resend.token });
  project.provide('staller', staller.url);
  return async () => {
    staller.close();
    await Promise.all([twin.close(), resend.close()]);
  };
}
