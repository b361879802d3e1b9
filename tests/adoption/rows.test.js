// What the doctor reads of a host's rows, in the forms that hosts write.
import { describe, expect, test } from 'vitest';
import { diagnosed, REPORT, todoFor } from './host.js';

/** @param {string} updatedAt @param {string} claimedAt */
const worked = (updatedAt, claimedAt) => `${REPORT}
  INSERT INTO pos_sync_queue (order_id, provider, payload, status, attempts, updated_at) VALUES ('a', 'square', '{}', 'success', 1, ${updatedAt});
  INSERT INTO cron_idempotency_claims VALUES ('pos-sync:a:square', ${claimedAt});`;

describe('an old pusher', () => {
  const iso = (/** @type {string} */ ago) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${ago}')`;

  test.each([
    ['three hours ago, as ISO 8601', iso('-3 hours')],
    ['in the year 2999', "'2999-01-01 00:00:00'"],
    ['at no time', "'yesterday'"],
  ])('that worked %s does not stop the adoption', async (_name, time) => {
    expect(await todoFor(worked(time, time))).toEqual([]);
  });

  test.each([
    ['as ISO 8601', iso('-3 minutes')],
    ['as text of SQLite', "datetime('now', '-3 minutes')"],
    ['now', "datetime('now')"],
  ])('that worked just now, %s, stops it', async (_name, time) => {
    expect(await todoFor(worked(time, time))).toHaveLength(2);
  });
});

describe('times of an older make', () => {
  const DATED = REPORT.replace('created_at TEXT DEFAULT CURRENT_TIMESTAMP', 'created_at DATETIME DEFAULT CURRENT_TIMESTAMP').replace('updated_at TEXT', 'updated_at TIMESTAMP');
  const row = (/** @type {string} */ time) => `INSERT INTO pos_sync_queue (order_id, provider, payload, status, updated_at) VALUES ('a', 'square', '{}', 'success', ${time});`;

  test('in a column that is DATETIME are let be, for a text stays one there', async () => {
    expect(await todoFor(DATED + row("datetime('now', '-3 days')"))).toEqual([]);
  });

  test('that are numbers there are named, for the purge would take them for old ones, and the statement for them helps', async () => {
    const schema = DATED + row('1795000000') + row('1795000000000.0');
    const todo = await todoFor(schema);
    expect(todo).toEqual([expect.stringContaining('2 rows have an updated_at that is no time')]);
    expect(await todoFor(schema + todo[0].split('\n').at(-1))).toEqual([]);
  });

  test('whose default is a number get a column of text', async () => {
    expect(await todoFor(REPORT.replace('created_at TEXT DEFAULT CURRENT_TIMESTAMP', 'created_at DATETIME DEFAULT (unixepoch())'))).toContainEqual(
      expect.stringContaining("has to be TEXT ('YYYY-MM-DD HH:MM:SS', UTC)"));
  });

  test('that are texts of another form are counted', async () => {
    expect((await diagnosed(REPORT + row("'1795000000'"))).toString()).toContain("1 rows have an updated_at that is no time like '2026-11-21 18:03:11' ('1795000000'; the first: id 1)");
  });
});

test('applied migrations are read from a table that has no id, too', async () => {
  const applied = "CREATE TABLE d1_migrations (name TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO d1_migrations VALUES ('0001_init.sql');";
  expect((await diagnosed(REPORT + applied)).toString()).toContain('d1_migrations names 1 applied migrations');
});

test('applied migrations of another tool, in a table without names, are passed over', async () => {
  const findings = await diagnosed(`${REPORT} CREATE TABLE d1_migrations (version INTEGER);`);
  expect(findings.todo).toEqual([]);
  expect(findings.toString()).toContain('d1_migrations has no column name');
});

test('a table of ours in which wrangler could remember nothing is named', async () => {
  const findings = await diagnosed(`${REPORT} CREATE TABLE d1_migrations (name TEXT);`, { table: 'd1_migrations' });
  expect(findings.todo).toEqual([expect.objectContaining({ title: expect.stringContaining('d1_migrations has no column id') })]);
});
