// An adoption of a copy: exported by wrangler, migrated by wrangler in a local D1 of its own, and asked
// the host's statements before and after, over its real rows. The original is only read.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageEnv, run, tail } from '../lib/run.mjs';
import { Copy } from './copy.mjs';
import { Unreadable, wranglerFlags } from './d1.mjs';
import { MIGRATIONS } from './diagnose.mjs';
import { QUEUE } from './schema.mjs';
import { compareStatements, readHostStatements } from './statements.mjs';

/** @import { Findings } from './findings.mjs' */
/** @import { Options } from './options.mjs' */

/** Of the copy: what the host's own table says of its migrations stays as it is. */
const MIGRATIONS_TABLE = 'pos_sync_rehearsed_migrations';

/**
 * @param {Options} options
 * @param {Findings} findings
 */
export async function rehearse(options, findings) {
  const folder = mkdtempSync(path.join(tmpdir(), 'pos-sync-rehearsal-'));
  try {
    await adoptCopy(options, folder, findings);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string[]} args
 * @param {string} [cwd]
 */
async function wrangler(args, cwd = process.cwd()) {
  const { code, output } = await run('wrangler', args, { cwd, env: { ...packageEnv(), CI: '1' } });
  if (code !== 0) throw new Unreadable(tail(output));
  return output;
}

/**
 * @param {Options} options
 * @param {string} folder
 * @param {Findings} findings
 */
async function adoptCopy(options, folder, findings) {
  const dump = path.join(folder, 'copy.sql');
  await wrangler(['d1', 'export', options.database, '--output', dump, ...exportFlags(options)]);

  const state = path.join(folder, 'state');
  const place = path.join(folder, 'worker');
  mkdirSync(place);
  cpSync(MIGRATIONS, path.join(place, 'migrations'), { recursive: true });
  writeFileSync(path.join(place, 'wrangler.toml'), configuration());
  const local = ['rehearsal', '--local', '--persist-to', state];
  await wrangler(['d1', 'execute', ...local, '--yes', '--file', dump], place);

  const before = open(state, path.join(folder, 'before.sqlite'));
  await wrangler(['d1', 'migrations', 'apply', ...local], place);
  const after = open(state, path.join(folder, 'after.sqlite'));
  findings.section('The rehearsal: a copy was exported, and adopted by a local D1');
  for (const { status, n } of after.all(`SELECT status, count(*) AS n FROM ${QUEUE} GROUP BY 1 ORDER BY 1`)) {
    findings.note(`${n} ${status}`);
  }
  tellLosses(before, after, findings);
  compareStatements(before, after, readHostStatements(options.hostSql), findings);
  before.db.close();
  after.db.close();
  findings.section('To go back after the real one');
  findings.note('before it:  npx wrangler d1 time-travel info NAME      and keep the bookmark that it prints');
  findings.note('to go back: take the cron off, then npx wrangler d1 time-travel restore NAME --bookmark=BOOKMARK');
}

/** @param {Options} options */
function exportFlags(options) {
  // `d1 export` has no --persist-to: it reads where the configuration's folder says.
  if (options.persistTo !== undefined) {
    throw new Unreadable('--rehearse: expected no --persist-to, since `wrangler d1 export` has none');
  }
  return wranglerFlags(options);
}

const configuration = () => `name = "rehearsal"
compatibility_date = "2026-08-01"

[[d1_databases]]
binding = "REHEARSAL"
database_name = "rehearsal"
database_id = "00000000-0000-0000-0000-000000000001"
migrations_dir = "migrations"
migrations_table = "${MIGRATIONS_TABLE}"
`;

/**
 * A copy of the local D1's file.
 * @param {string} state
 * @param {string} file
 */
function open(state, file) {
  const names = readdirSync(state, { recursive: true, encoding: 'utf8' });
  const found = names.filter((name) => name.endsWith('.sqlite') && !name.endsWith('metadata.sqlite'));
  const source = path.join(state, found[0]);
  for (const end of ['', '-wal']) if (existsSync(source + end)) cpSync(source + end, file + end);
  return new Copy(new DatabaseSync(file));
}

/**
 * Tables of the host must have as many rows as before, and the queue all of its own.
 * @param {Copy} before
 * @param {Copy} after
 * @param {Findings} findings
 */
function tellLosses(before, after, findings) {
  for (const { type, name } of before.schema()) {
    if (type !== 'table') continue;
    const count = (/** @type {Copy} */ copy) => copy.all(`SELECT count(*) AS n FROM "${name.replaceAll('"', '""')}"`)[0].n;
    const [was, is] = [count(before), count(after)];
    if (was !== is) findings.mustDo(`The adoption would change your table ${name}: ${was} rows became ${is}. This is a defect of pos-sync, please report it.`);
  }
}
