// Where the rehearsal is played: one local Square, one Resend, and one database, which the old pusher
// leaves behind and pos-sync adopts.

import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { startResend } from '../../../tests/fakes/resend/resend.js';
import { startTwin } from '../../../tests/fakes/square/server.js';
import { ROOT } from '../../lib/run.mjs';
import { OLD_SECONDS, OUR_SECONDS, faultsOf } from '../faults.mjs';
import { LocalWorker } from '../worker.mjs';

/** @import { House } from './cast.mjs' */

/** @typedef {Record<string, any>} Json */

const ADMIN_TOKEN = randomUUID();
const APPROVER_TOKEN = randomUUID();

/** What Square keeps of each payment, a second one too; in minor units. */
const FEE = { percentage: '1.0', amount: 10, source_types: ['EXTERNAL'] };

export class Rehearsal {
  /**
   * @param {object} options
   * @param {string} options.folder
   * @param {string} options.log
   * @param {string} options.seed
   * @param {House[]} options.houses
   */
  static async set({ folder, log, seed, houses }) {
    const twin = await startTwin({
      ...faultsOf(seed),
      locations: houses.map(({ location }) => location),
      processingFee: FEE,
    });
    const resend = await startResend();
    return new Rehearsal({ folder, log, houses, twin, resend });
  }

  /** @param {Json} parts */
  constructor({ folder, log, houses, twin, resend }) {
    this.houses = /** @type {House[]} */ (houses);
    this.twin = twin;
    this.resend = resend;
    this.folder = folder;
    this.log = log;
    this.ours = this.#worker('pos-sync', 'wrangler.toml', {
      ...OUR_SECONDS,
      SQUARE_LOCATION_ID: '',
      ADMIN_TOKEN,
      APPROVER_TOKEN,
      ACCOUNTS_KEY: `k1:${randomBytes(32).toString('base64')}`,
      SEAL_KEY: `k1:${randomBytes(32).toString('base64')}`,
      RESEND_BASE_URL: resend.url,
      RESEND_API_KEY: resend.token,
      MAIL_FROM: 'pos-sync <care@pos-sync.example>',
    });
  }

  /**
   * @param {string} name
   * @param {string} config
   * @param {Record<string, string | number>} variables
   */
  #worker(name, config, variables) {
    return new LocalWorker({
      name,
      config: path.join(ROOT, config),
      folder: path.join(this.folder, name),
      state: path.join(this.folder, 'state'),
      hear: (text) => appendFileSync(this.log, text.replace(/^(?=.)/gm, `[${name}] `)),
      variables: { SQUARE_BASE_URL: this.twin.url, SQUARE_ACCESS_TOKEN: this.twin.token, ...variables },
    });
  }

  /**
   * The old pusher as it ran for one house.
   * @param {House} house
   */
  oldPusherOf(house) {
    return this.#worker(`old-${house.id}`, 'tests/legacy_pusher/wrangler.toml', {
      ...OLD_SECONDS,
      SQUARE_LOCATION_ID: house.location.id,
    });
  }

  /**
   * @param {string} route
   * @returns {Promise<Json>}
   */
  get(route) {
    return this.ours.get(route, ADMIN_TOKEN);
  }

  /**
   * What the one who asks may do.
   * @param {string} route
   * @param {Json} body
   */
  post(route, body) {
    return this.#sent(route, ADMIN_TOKEN, body);
  }

  /**
   * What takes the second person.
   * @param {string} route
   * @param {Json} body
   */
  approve(route, body) {
    return this.#sent(route, APPROVER_TOKEN, body);
  }

  /**
   * @param {string} route
   * @param {string} token
   * @param {Json} body
   */
  async #sent(route, token, body) {
    const { status, body: answer } = await this.ours.ask('POST', route, token, body);
    if (status >= 300) throw new Error(`POST ${route} answered ${status}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Whether the approve route refuses whoever has asked for the audit.
   * @param {string} route
   * @param {Json} body */
  async refusesAlone(route, body) {
    return (await this.ours.ask('POST', route, ADMIN_TOKEN, body)).status === 403;
  }
}
