// Where an evening is played: a worker on a database that holds the orders, and a Square of its own.

import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { startTwin } from '../../tests/fakes/square/server.js';
import { ROOT } from '../lib/run.mjs';
import { requestsOf } from './play.mjs';
import { OLD_SECONDS, OUR_SECONDS, faultsOf } from './faults.mjs';
import { LocalWorker } from './worker.mjs';

/** @import { RunningTwin } from '../../tests/fakes/square/server.js' */
/** @import { AuditLine } from './fared.mjs' */

/** @typedef {Record<string, any>} Json */

const ADMIN_TOKEN = randomUUID();

class Stage {
  /**
   * @param {object} options
   * @param {string} options.name
   * @param {string} options.config the wrangler.toml, from the repository's root
   * @param {string} options.folder takes the files of all stages
   * @param {string} options.log
   * @param {Record<string, string | number>} options.variables
   * @param {RunningTwin} twin
   */
  constructor({ name, config, folder, log, variables }, twin) {
    this.twin = twin;
    this.worker = new LocalWorker({
      name,
      config: path.join(ROOT, config),
      folder: path.join(folder, name),
      // At once, so that all of it is there when this process has to leave.
      hear: (text) => appendFileSync(log, text.replace(/^(?=.)/gm, `[${name}] `)),
      variables: {
        SQUARE_BASE_URL: twin.url,
        SQUARE_LOCATION_ID: twin.locations[0].id,
        SQUARE_ACCESS_TOKEN: twin.token,
        ...variables,
      },
    });
  }

  migrate() {
    return this.worker.d1('migrations', 'apply', 'D1_OPS');
  }

  /** @param {string} sql what the producer runs */
  enqueue(sql) {
    return this.worker.execute(sql);
  }

  /** Everything that was sent to Square for an order.
   * @param {string} orderId */
  requestsFor(orderId) {
    return requestsOf(this.twin).filter(({ identity }) => identity === orderId);
  }
}

export class OldStage extends Stage {
  #requests = 0;

  /** It has no door to ask at: it is done when a tick has had nothing to send. */
  async isDrained() {
    const before = this.#requests;
    this.#requests = requestsOf(this.twin).length;
    return this.#requests === before;
  }

  /**
   * Its queue, once it has stopped.
   * @returns {Promise<Json[]>}
   */
  rows() {
    return this.worker.query('SELECT order_id, status FROM pos_sync_queue');
  }
}

export class OurStage extends Stage {
  /** @param {string} route @returns {Promise<Json>} */
  #get(route) {
    return this.worker.get(route, ADMIN_TOKEN);
  }

  async isDrained() {
    return (await this.#get('/v1/status')).active === 0;
  }

  /** @returns {Promise<Json[]>} */
  async rows() {
    return (await this.#get('/v1/orders')).orders;
  }

  /**
   * @param {string} orderId
   * @returns {Promise<AuditLine[]>}
   */
  async auditOf(orderId) {
    return (await this.#get(`/v1/orders/${orderId}`)).audit;
  }
}

/**
 * Two stages with the same faults.
 * @param {{folder: string, log: string, seed: string}} options
 */
export async function setStages({ folder, log, seed }) {
  const faults = faultsOf(seed);
  const [oldTwin, ourTwin] = await Promise.all([startTwin(faults), startTwin(faults)]);
  const old = new OldStage(
    {
      name: 'old-pusher',
      config: 'tests/legacy_pusher/wrangler.toml',
      folder,
      log,
      variables: OLD_SECONDS,
    },
    oldTwin,
  );
  const ours = new OurStage(
    {
      name: 'pos-sync',
      config: 'wrangler.toml',
      folder,
      log,
      variables: { ...OUR_SECONDS, ADMIN_TOKEN },
    },
    ourTwin,
  );
  return { old, ours };
}
