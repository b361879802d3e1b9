// Rows that years have left behind: without an order, without a number of attempts, marked as copies. The
// adoption passes over them, and the doctor counts them, says what becomes of them and how to find them.
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { readMigrations } from '../../scripts/doctor/copy.mjs';
import { MIGRATIONS } from '../../scripts/doctor/diagnose.mjs';
import { diagnosed, REPORT, todoFor } from './host.js';

const LOOSE = REPORT.replace('order_id TEXT NOT NULL', 'order_id TEXT').replace('provider TEXT NOT NULL', "provider TEXT DEFAULT 'square'")
  .replace('attempts INTEGER NOT NULL DEFAULT 0', 'attempts INTEGER DEFAULT 0');

/** @param {...string} values order_id, provider, status, attempts
 * @param {string} [schema] */
const withRows = (values, schema = LOOSE) =>
  schema + values.map((each) => `INSERT INTO pos_sync_queue (payload, order_id, provider, status, attempts) VALUES ('{}', ${each});`).join('');

/** The rows after the adoption that the doctor has been asked about.
 * @param {string} schema */
function adopted(schema) {
  const db = new DatabaseSync(':memory:');
  db.exec(schema);
  for (const { sql } of readMigrations(MIGRATIONS)) db.exec(`BEGIN;${sql};COMMIT;`);
  const rows = db.prepare('SELECT status FROM pos_sync_queue ORDER BY id').all().map(({ status }) => status);
  db.close();
  return rows;
}

describe('rows that name no order', () => {
  test.each([
    ["NULL, 'square', 'pending', 0", '1 rows that are pending have no order_id (the first: id 1): never sent, and end as dead, rejected'],
    ["NULL, 'square', 'failed', 3", "1 rows that are failed have no order_id (the first: id 1): never sent, and end as dead, rejected; they were tried: see in Square's dashboard"],
    ["NULL, 'square', 'success', 1", '1 rows that are success have no order_id (the first: id 1): stay'],
    ["x'6131', 'square', 'success', 1", '1 rows that are success have an order_id that is blob, and no text'],
    ["'a1', NULL, 'failed', 1", '1 rows that are failed have no provider'],
    ["'a1', x'00', 'processing', 1", '1 rows that are of another status have a provider that is blob, and no text (the first: id 1): become dead, unknown_outcome'],
  ])('(%s) are counted, found by a statement, and stop nothing', async (values, words) => {
    const schema = withRows([values]);
    const findings = await diagnosed(schema);
    expect(findings.todo).toEqual([]);
    expect(findings.toString()).toContain(words);
    expect(findings.toString()).toContain('SELECT id, quote(order_id), quote(provider)');
    expect(adopted(schema)).toHaveLength(1);
  });

  test('are no copies of one another', async () => {
    const findings = await diagnosed(withRows(["NULL, 'square', 'pending', 0", "NULL, 'square', 'pending', 0"]));
    expect(findings.toString()).not.toContain('several active rows');
    expect(findings.todo).toEqual([]);
  });
});

test.each(['NULL', "'many'", "x'01'", '0.5'])('attempts %s count as tried, and no such row is said to be pushed', async (attempts) => {
  const schema = withRows([`'a1', 'square', 'pending', ${attempts}`]);
  const report = (await diagnosed(schema)).toString();
  expect(report).toMatch(/1 rows have (no attempts|attempts that are)[^\n]*they count as tried/);
  expect(report).toContain('1 "pending", tried: are in doubt, and never sent');
  expect(report).not.toContain('are pushed');
  expect(adopted(schema)).toEqual(['pending']);
});

describe('second copies of an order decide what becomes of the first', () => {
  test.each([
    ['duplicate', "'a1', 'square', 'duplicate', 0", 'not sent, but looked for'],
    ['failed', "'a1', 'square', 'dead', 2", 'not sent, but looked for'],
    ['processing', "'a1', 'square', 'processing', 0", 'not sent, but looked for'],
    ['success', "'a1', 'square', 'success', 1", 'another row of their order is success'],
  ])('%s', async (_name, other, words) => {
    const report = (await diagnosed(withRows(["'a1', 'square', 'pending', 0", other, "'b1', 'square', 'pending', 0"]))).toString();
    expect(report).toMatch(new RegExp(`1 of the pending rows are not sent[^\\n]*${words.replace('not sent, ', '')}`));
    expect(report).toContain('2 "pending", never tried: are pushed, but for those below');
    expect(report).toContain('"a1" (square): 1 rows');
    expect(report).not.toContain('"b1" (square)');
  });

  test('one that was never tried and is dead decides nothing', async () => {
    const report = (await diagnosed(withRows(["'a1', 'square', 'pending', 0", "'a1', 'square', 'dead', 0"]))).toString();
    expect(report).not.toContain('are not sent');
  });
});

describe('a rule of the host that the rows of today run into stops the adoption in words, before the migration does', () => {
  const refuses = (/** @type {string} */ when, does = "RAISE(ABORT, 'the host says no')") =>
    `CREATE TRIGGER host_says BEFORE UPDATE OF status ON pos_sync_queue WHEN ${when} BEGIN SELECT ${does}; END;`;
  const COPIES = ["'a1', 'square', 'pending', 0", "'a1', 'square', 'pending', 0"];

  test.each([
    ['copies that may not be dead', COPIES, "NEW.status = 'dead' AND NEW.last_error GLOB 'duplicate*'"],
    ['copies of an order with a name', COPIES, "NEW.status = 'dead' AND NEW.order_id = 'a1'"],
    ['a status that is final', ["'a1', 'square', 'archived', 0"], "OLD.status = 'archived'"],
  ])('%s', async (_name, rows, when) => {
    const schema = withRows(rows) + refuses(when);
    expect(() => adopted(schema)).toThrow('the host says no');
    expect(await todoFor(schema)).toContainEqual(
      expect.stringMatching(/The migration 0003\S+ fails on rows that are in pos_sync_queue: the host says no[\s\S]*HAVING count\(\*\) > 1;[\s\S]*CREATE TRIGGER host_says/));
  });

  test('also where it silently keeps them', async () => {
    expect(await todoFor(withRows(COPIES) + refuses("NEW.last_error GLOB 'duplicate*'", 'RAISE(IGNORE)'))).toContainEqual(
      expect.stringMatching(/The migration 0003\S+ fails on rows/));
    expect(await todoFor(withRows(["'a1', 'square', 'archived', 0"]) + refuses("OLD.status = 'archived'", 'RAISE(IGNORE)'))).toContainEqual(
      expect.stringContaining("Rows with the status 'archived' have to become dead"));
  });

  test('also where one row of many meets it', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [`'c${i}', 'square', 'pending', 0`, `'c${i}', 'square', 'failed', 0`]).flat();
    expect(await todoFor(withRows(rows) + refuses("NEW.status = 'dead' AND OLD.order_id = 'c33'"))).toContainEqual(expect.stringMatching(/The migration 0003\S+ fails on rows/));
  });

  test('and says where there are more than it tries', async () => {
    const many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO pos_sync_queue (order_id, provider, payload, status) SELECT 'd' || i, 'square', '{}', 'archived' FROM n;";
    expect((await diagnosed(LOOSE + many)).toString()).toMatch(/of the rows that an adoption changes, 50\d were adopted on a copy/);
  });

  test('and is let be where no row of today meets it, and none of pos-sync', async () => {
    expect(await todoFor(withRows(["'b1', 'square', 'pending', 0"]) + refuses("OLD.status = 'archived'"))).toEqual([]);
  });
});

describe('what a host calls cron_idempotency_claims', () => {
  const QUEUE_ALONE = REPORT.replace(/CREATE TABLE cron[^;]*;/, '');
  const VIEW = 'CREATE TABLE all_claims (k TEXT, at TEXT, cron TEXT); CREATE VIEW cron_idempotency_claims AS SELECT k AS claim_key, at AS claimed_at FROM all_claims;';

  test('may be a view, for pos-sync does nothing with it', async () => {
    const findings = await diagnosed(QUEUE_ALONE + VIEW);
    expect(findings.todo).toEqual([]);
    expect(findings.toString()).toContain('cron_idempotency_claims is a view, and stays yours');
    expect(adopted(withRows(["'a1', 'square', 'pending', 0"], QUEUE_ALONE) + VIEW)).toEqual(['pending']);
  });

  test('may be a view that no longer works', async () => {
    expect(await todoFor(`${QUEUE_ALONE} CREATE VIEW cron_idempotency_claims AS SELECT * FROM gone;`)).toEqual([]);
  });

  test('shows the old pusher at work through a view, too', async () => {
    const now = "INSERT INTO all_claims VALUES ('pos-sync:a:square', datetime('now'), 'x');";
    expect(await todoFor(QUEUE_ALONE + VIEW + now)).toEqual([expect.stringContaining('claims of the old pusher')]);
  });

  test('may not be an index or a trigger: no table of that name could be made', async () => {
    expect(await todoFor(`${QUEUE_ALONE} CREATE INDEX cron_idempotency_claims ON pos_sync_queue (created_at);`)).toEqual([expect.stringContaining('The name cron_idempotency_claims is taken')]);
  });
});

test('a queue that is a view is refused, with what has to be a table', async () => {
  const sql = 'CREATE TABLE q (id INTEGER PRIMARY KEY, order_id TEXT); CREATE VIEW pos_sync_queue AS SELECT * FROM q; CREATE TRIGGER t INSTEAD OF INSERT ON pos_sync_queue BEGIN INSERT INTO q (order_id) VALUES (NEW.order_id); END;';
  const todo = await todoFor(sql);
  expect(todo[0]).toMatch(/pos_sync_queue is a view, and has to be a table[\s\S]*ALTER TABLE ITS-TABLE RENAME TO pos_sync_queue;/);
});
