// When a worker is killed: not after some time, but after so much of its work.

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** @import { RunningTwin } from '../../tests/fakes/square/server.js' */
/** @import { RequestRecord } from '../../tests/fakes/square/types.d.ts' */
/** @import { Luck } from '../lib/dice.mjs' */

/** @typedef {{what: 'request' | 'answer' | 'write', nth: number}} Moment */

/** @type {Record<Moment['what'], string>} */
const PLACES = {
  request: 'request that reaches Square',
  answer: 'answer that leaves Square',
  write: 'write that shows in the database',
};

/** @param {Moment} moment */
export const told = ({ what, nth }) => `${PLACES[what]} no. ${nth}`;

/**
 * @param {Luck} luck
 * @returns {Moment}
 */
export function momentOf(luck) {
  const what = luck.pick(/** @type {const} */ (['request', 'answer', 'write']));
  return { what, nth: luck.between(1, what === 'write' ? 12 : 20) };
}

/**
 * Counts what D1 has committed, as far as its files show it.
 * @param {string} state where wrangler keeps the database
 * @returns {() => number} how many changes were seen by now; to be asked often
 */
function watchWrites(state) {
  const folder = path.join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
  let seen = '';
  let writes = -1;
  return () => {
    const logs = readdirSync(folder).filter((name) => name.endsWith('.sqlite-wal') && name !== 'metadata.sqlite-wal');
    const now = logs.map((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })).map((stat) => `${stat?.size} ${stat?.mtimeMs}`).join();
    if (now !== seen) writes += 1;
    seen = now;
    return Math.max(0, writes);
  };
}

/**
 * @param {Moment} moment
 * @param {RunningTwin} twin
 * @param {string} state where wrangler keeps the database
 * @returns {() => boolean} whether it has come; to be asked often
 */
export function watch({ what, nth }, twin, state) {
  const answered = () => twin.state().requests.filter((/** @type {RequestRecord} */ { status }) => status !== null).length;
  const counts = {
    request: () => twin.state().request_count,
    answer: answered,
    write: watchWrites(state),
  };
  const before = counts[what]();
  return () => counts[what]() >= before + nth;
}
