// The whole diagnosis of one database. It asks the driver for what it needs to know, and tries the
// adoption on a copy in memory.

import path from 'node:path';
import { ROOT } from '../lib/run.mjs';
import { checkTriggerBodies } from './bodies.mjs';
import { checkPurge, tryPurge } from './cascades.mjs';
import { tryLives } from './chains.mjs';
import { Copy, readMigrations } from './copy.mjs';
import { Findings } from './findings.mjs';
import { checkMigrationNames, keepsAllRows, ownTable } from './names.mjs';
import { checkUniques, fill } from './probes.mjs';
import { comparePrograms } from './programs.mjs';
import { checkRows } from './rows.mjs';
import { copyWith, readLookups, readSamples, trySamples } from './samples.mjs';
import { adopt, checkColumns, checkNames, CLAIMS, hasColumns, listReferences, ownSchemaIn, QUEUE, refuseEarlier, SCHEMA_VERSION } from './schema.mjs';
import { checkEnqueuingTriggers, compareStatements, readHostStatements } from './statements.mjs';

/** @import { SchemaObject } from './copy.mjs' */
/** @import { Driver } from './d1.mjs' */

export const MIGRATIONS = path.join(ROOT, 'migrations');

const SCHEMA = 'SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid';

/**
 * @param {Driver} driver
 * @param {{hostSql?: string[], hostMigrations?: string, table?: string, folder?: string, keepsRows?: boolean}} [options] `folder` has our migrations
 * @returns {Promise<Findings>}
 */
export async function diagnose(driver, { hostSql = [], hostMigrations, table = ownTable(), folder = MIGRATIONS, keepsRows = keepsAllRows() } = {}) {
  const findings = new Findings();
  findings.keepsRows = keepsRows;
  const migrations = readMigrations(folder);
  const [rows] = await driver.query([SCHEMA]);
  const objects = /** @type {SchemaObject[]} */ (rows.filter(({ name }) => !/^(sqlite_|_cf_)/i.test(name)));

  findings.section('The database');
  findings.note(`${objects.filter(({ type }) => type === 'table').length} tables, ${objects.length} objects in all`);
  const own = ownSchemaIn(objects);
  if (own === 'earlier') {
    refuseEarlier(findings);
    return findings;
  }
  const fresh = new Copy();
  const broken = fresh.migrate(migrations);
  if (broken) throw new Error(`the migration ${broken.name} fails on an empty database: ${broken.message}`);
  const before = Copy.of(objects);
  for (const { name, message } of before.failures) findings.note(`${name} could not be copied, and is left out: ${message}`);
  if (own === 'versioned') {
    if (!(await tellVersion(driver, findings)) || !hasColumns(before)) return findings;
    findings.isAdopted = true;
    const ours = new Set(fresh.schema().map(({ name }) => name));
    const theirs = objects.filter(({ name }) => !ours.has(name));
    const trial = copyWith(objects, await readLookups(driver, before, objects));
    tryRows(trial, theirs, [], fresh, findings);
    return findings;
  }
  tellTables(objects, findings);
  listReferences(before, objects, findings);
  checkNames(objects, fresh.schema(), findings);
  await checkMigrationNames(driver, before, objects, migrations, { hostMigrations, table }, findings);
  if (objects.some(({ type, name }) => type === 'view' && name.toLowerCase() === QUEUE)) return findings;
  checkColumns(before, fresh, findings);
  const isWhole = hasColumns(before);
  if (before.columns(QUEUE).length > 0) {
    checkUniques(before, objects, findings);
    await checkRows(driver, before, findings);
  }
  const samples = isWhole ? await readSamples(driver, before, findings) : [];
  const lookups = await readLookups(driver, before, objects);
  if (tryAdoption(before, objects, migrations, hostSql, findings) && isWhole) {
    trySamples(samples, lookups, objects, migrations, findings);
    tryRows(copyWith(objects, lookups), objects, migrations, fresh, findings);
  }
  return findings;
}

/**
 * @param {Driver} driver
 * @param {Findings} findings
 * @returns {Promise<boolean>} whether it is the one that this release knows
 */
async function tellVersion(driver, findings) {
  const [[{ version }]] = await driver.query(['SELECT max(version) AS version FROM pos_sync_schema']);
  if (version === SCHEMA_VERSION) {
    findings.note(`it has been adopted: version ${version} of pos-sync's schema, the one that this release knows`);
    return true;
  }
  findings.mustDo(
    `This database has version ${version ?? '(none)'} of pos-sync's schema, and this release knows version ${SCHEMA_VERSION}. Its worker refuses it.`,
    Number(version) > SCHEMA_VERSION
      ? 'Deploy the release that made it, or a later one.'
      : 'Apply the migrations of this release, then deploy its worker: npx wrangler d1 migrations apply NAME',
  );
  return false;
}

/** @param {readonly SchemaObject[]} objects @param {Findings} findings */
function tellTables(objects, findings) {
  for (const name of [QUEUE, CLAIMS]) {
    const there = objects.find((object) => object.name.toLowerCase() === name);
    if (there?.type === 'view' && name === QUEUE) {
      findings.mustDo(
        `${name} is a view, and has to be a table: pos-sync adds columns, indexes and triggers to it. Give the table behind it that name, and the view another one:`,
        `DROP VIEW ${name};`,
        `ALTER TABLE ITS-TABLE RENAME TO ${name};`,
        `yours: ${there.sql}`,
      );
    } else if (there?.type === 'view') findings.note(`${name} is a view, and stays yours: pos-sync neither reads nor writes it`);
    else findings.note(there ? `${name} is there` : `${name} is not there, and will be made`);
  }
}

/**
 * Does to made-up rows what pos-sync does to rows.
 * @param {Copy} trial
 * @param {readonly SchemaObject[]} objects the host's
 * @param {readonly import('./copy.mjs').Migration[]} migrations
 * @param {Copy} fresh
 * @param {Findings} findings
 */
function tryRows(trial, objects, migrations, fresh, findings) {
  const unfilled = fill(trial);
  if (unfilled !== null && findings.canBeAdopted) {
    findings.mustDo(`No row could be made in a copy of pos_sync_queue (${unfilled}), so that pos-sync could make none either, and nothing could be tried.`);
  }
  if (unfilled === null && trial.migrate(migrations) === null) {
    tryLives(trial, fresh, objects, findings);
    tryPurge(trial, objects, findings);
  }
  trial.db.close();
}

/**
 * @param {Copy} before
 * @param {readonly SchemaObject[]} objects
 * @param {readonly import('./copy.mjs').Migration[]} migrations
 * @param {string[]} hostSql
 * @param {Findings} findings
 * @returns {boolean} whether it could be adopted
 */
function tryAdoption(before, objects, migrations, hostSql, findings) {
  const after = Copy.of(objects);
  // An adoption with rows: what it does to them must not disturb what the host's statements mean.
  const hasQueue = before.columns(QUEUE).length > 0;
  if (hasQueue) {
    fill(before);
    fill(after);
  }
  if (!adopt(after, migrations, objects, findings)) return false;
  if (hasQueue) comparePrograms(before, after, objects, findings);
  if (hostSql.length > 0) compareStatements(before, after, readHostStatements(hostSql), findings);
  checkEnqueuingTriggers(before, findings);
  if (hasQueue) checkTriggerBodies(after, objects, findings);
  if (hasQueue) checkPurge(before, objects, findings);
  return true;
}
