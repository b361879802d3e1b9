// The whole diagnosis of one database. It asks the driver for what it needs to know, and tries the
// adoption on a copy in memory.

import path from 'node:path';
import { ROOT } from '../lib/run.mjs';
import { checkTriggerBodies } from './bodies.mjs';
import { tryPurge } from './cascades.mjs';
import { Copy, readMigrations } from './copy.mjs';
import { Findings } from './findings.mjs';
import { checkMigrationNames, ownTable } from './names.mjs';
import { checkUniques, fill, tryOurStatements } from './probes.mjs';
import { comparePrograms } from './programs.mjs';
import { checkRows } from './rows.mjs';
import { adopt, checkColumns, checkNames, CLAIMS, listReferences, ownSchemaIn, QUEUE, refuseEarlier, SCHEMA_VERSION } from './schema.mjs';
import { checkEnqueuingTriggers, compareStatements, readHostStatements } from './statements.mjs';

/** @import { SchemaObject } from './copy.mjs' */
/** @import { Driver } from './d1.mjs' */

export const MIGRATIONS = path.join(ROOT, 'migrations');

const SCHEMA = 'SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid';

/**
 * @param {Driver} driver
 * @param {{hostSql?: string[], hostMigrations?: string, table?: string, folder?: string}} [options] `folder` has our migrations
 * @returns {Promise<Findings>}
 */
export async function diagnose(driver, { hostSql = [], hostMigrations, table = ownTable(), folder = MIGRATIONS } = {}) {
  const findings = new Findings();
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
  if (own === 'versioned') {
    await tellVersion(driver, findings);
    return findings;
  }

  const before = Copy.of(objects);
  for (const { name, message } of before.failures) findings.note(`${name} could not be copied, and is left out: ${message}`);
  const fresh = new Copy();
  const broken = fresh.migrate(migrations);
  if (broken) throw new Error(`the migration ${broken.name} fails on an empty database: ${broken.message}`);
  tellTables(objects, findings);
  listReferences(before, objects, findings);
  checkNames(objects, fresh.schema(), findings);
  await checkMigrationNames(driver, before, objects, migrations, { hostMigrations, table }, findings);
  checkColumns(before, fresh, findings);
  if (before.columns(QUEUE).length > 0) {
    checkUniques(before, objects, findings);
    await checkRows(driver, before, findings);
  }
  tryAdoption(before, objects, migrations, hostSql, findings);
  return findings;
}

/**
 * @param {Driver} driver
 * @param {Findings} findings
 */
async function tellVersion(driver, findings) {
  const [[{ version }]] = await driver.query(['SELECT max(version) AS version FROM pos_sync_schema']);
  if (version === SCHEMA_VERSION) {
    findings.note(`it has been adopted: version ${version} of pos-sync's schema, the one that this release knows`);
    return;
  }
  findings.mustDo(
    `This database has version ${version ?? '(none)'} of pos-sync's schema, and this release knows version ${SCHEMA_VERSION}. Its worker refuses it.`,
    Number(version) > SCHEMA_VERSION
      ? 'Deploy the release that made it, or a later one.'
      : 'Apply the migrations of this release, then deploy its worker: npx wrangler d1 migrations apply NAME',
  );
}

/** @param {readonly SchemaObject[]} objects @param {Findings} findings */
function tellTables(objects, findings) {
  for (const name of [QUEUE, CLAIMS]) {
    const there = objects.find((object) => object.name.toLowerCase() === name);
    if (there?.type === 'view') findings.mustDo(`${name} is a view, and has to be a table.`, there.sql ?? '');
    else findings.note(there ? `${name} is there` : `${name} is not there, and will be made`);
  }
}

/**
 * @param {Copy} before
 * @param {readonly SchemaObject[]} objects
 * @param {readonly import('./copy.mjs').Migration[]} migrations
 * @param {string[]} hostSql
 * @param {Findings} findings
 */
function tryAdoption(before, objects, migrations, hostSql, findings) {
  const after = Copy.of(objects);
  // An adoption with rows: what it does to them must not disturb what the host's statements mean.
  const hasQueue = before.columns(QUEUE).length > 0;
  const unfilled = hasQueue ? (fill(before) ?? fill(after)) : null;
  if (!adopt(after, migrations, objects, findings)) return;
  if (hasQueue) comparePrograms(before, after, objects, findings);
  if (unfilled !== null) {
    findings.section('Rows for trying');
    findings.note(`no rows could be made in the copy (${unfilled}): statements were tried without`);
  }
  if (hasQueue && unfilled === null) tryOurStatements(after, objects, findings);
  if (hostSql.length > 0) compareStatements(before, after, readHostStatements(hostSql), findings);
  checkEnqueuingTriggers(before, findings);
  if (hasQueue) checkTriggerBodies(after, objects, findings);
  if (hasQueue && unfilled === null) tryPurge(after, objects, findings);
}
