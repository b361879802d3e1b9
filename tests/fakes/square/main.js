// The local Square from the command line. Prints one line of JSON, {"url":…}, once it listens.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startTwin } from './server.js';

/** @typedef {import('./types.d.ts').TwinOptions} TwinOptions */

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    state: { type: 'string' },
    token: { type: 'string' },
    seed: { type: 'string' },
    faults: { type: 'string' },
    latency: { type: 'string' },
    location: { type: 'string', multiple: true },
    openapi: { type: 'string' },
    config: { type: 'string' },
  },
});

/** @param {string} path
 * @returns {any} */
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** @returns {TwinOptions} options of a config file, with those of the command line above them */
function options() {
  /** @type {TwinOptions} */
  const chosen = values.config === undefined ? {} : readJson(values.config);
  if (values.faults !== undefined) {
    const faults = readJson(values.faults);
    Object.assign(chosen, Array.isArray(faults) ? { plan: faults } : faults);
  }
  if (values.port !== undefined) chosen.port = Number(values.port);
  if (values.state !== undefined) chosen.stateFile = values.state;
  if (values.token !== undefined) chosen.token = values.token;
  if (values.seed !== undefined) chosen.seed = values.seed;
  if (values.latency !== undefined) chosen.latencyMs = Number(values.latency);
  if (values.openapi !== undefined) chosen.openapi = values.openapi;
  if (values.location !== undefined) {
    // --location LADANA0000001:TRY, as often as there are locations; the first is the main one.
    chosen.locations = values.location.map((text) => {
      const [id, currency = 'TRY'] = text.split(':');
      return { id, currency };
    });
  }
  return chosen;
}

const twin = await startTwin(options());
console.log(JSON.stringify({ url: twin.url }));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    try {
      await twin.close();
      process.exit(0);
    } catch (error) {
      console.error(/** @type {Error} */ (error).message);
      process.exit(1);
    }
  });
}
