// Foreign keys of a host that would stop the purge in every tick, also where others stand between.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { keepsAllRows } from '../../scripts/doctor/names.mjs';
import { REPORT, todoFor } from './host.js';

const CHILD = 'CREATE TABLE child (id INTEGER PRIMARY KEY, qid INTEGER REFERENCES pos_sync_queue (id) ON DELETE CASCADE);';

/** @param {string} rule */
const grandchild = (rule) => `${CHILD} CREATE TABLE grandchild (id INTEGER PRIMARY KEY, cid INTEGER REFERENCES child (id) ${rule});`;

describe('what stops the purge is named', () => {
  test.each([
    ['SET NULL on NOT NULL', 'CREATE TABLE child (qid INTEGER NOT NULL REFERENCES pos_sync_queue (id) ON DELETE SET NULL);', 'child (qid)'],
    ['SET DEFAULT without a parent', 'CREATE TABLE child (qid INTEGER DEFAULT 7 REFERENCES pos_sync_queue (id) ON DELETE SET DEFAULT);', 'child (qid)'],
    ['NO ACTION behind a cascade', grandchild(''), 'grandchild (cid), by the cascade over child,'],
    ['RESTRICT behind a cascade', grandchild('ON DELETE RESTRICT'), 'grandchild (cid), by the cascade over child,'],
  ])('%s', async (_name, sql, words) => {
    expect(await todoFor(REPORT + sql)).toEqual([expect.stringContaining(`The foreign key ${words}`)]);
  });

  test.each([
    ['of a child', `${CHILD} CREATE TRIGGER keeps BEFORE DELETE ON child BEGIN SELECT RAISE(ABORT, 'a note is kept'); END;`],
    ['of a grandchild', `${grandchild('ON DELETE CASCADE')} CREATE TRIGGER keeps BEFORE DELETE ON grandchild BEGIN SELECT RAISE(ABORT, 'a note is kept'); END;`],
    ['that forbids NULL', CHILD.replace('CASCADE', 'SET NULL') + "CREATE TRIGGER keeps BEFORE UPDATE ON child WHEN NEW.qid IS NULL BEGIN SELECT RAISE(ABORT, 'a note is kept'); END;"],
  ])('a trigger %s', async (_name, sql) => {
    expect(await todoFor(REPORT + sql)).toEqual([expect.stringMatching(/could not purge a row[\s\S]*a note is kept[\s\S]*trigger: CREATE TRIGGER keeps/)]);
  });
});

describe('what lets the purge pass is let be', () => {
  test.each([
    grandchild('ON DELETE CASCADE'),
    grandchild('ON DELETE SET NULL'),
    'CREATE TABLE child (qid INTEGER REFERENCES pos_sync_queue (id) ON DELETE SET DEFAULT);',
    `${CHILD} ALTER TABLE child ADD COLUMN of INTEGER REFERENCES child (id) ON DELETE CASCADE;`,
    'CREATE TABLE child (qid INTEGER REFERENCES pos_sync_queue ON DELETE CASCADE, a TEXT NOT NULL, b TEXT NOT NULL CHECK (b IN (1)));',
  ])('%s', async (sql) => {
    expect(await todoFor(REPORT + sql)).toEqual([]);
  });
});

test('an index that a foreign key needs is not to be dropped before that: every write there would fail', async () => {
  const sql = `CREATE UNIQUE INDEX uq ON pos_sync_queue (provider, order_id);
    CREATE TABLE child (o TEXT, p TEXT, FOREIGN KEY (o, p) REFERENCES pos_sync_queue (order_id, provider) ON DELETE CASCADE);`;
  const todo = (await todoFor(REPORT + sql)).filter((each) => each.includes('allows one row for each'));
  expect(todo).toEqual([expect.stringMatching(/Foreign keys of child refer to it[\s\S]*Only then:\n {2}DROP INDEX "uq"/)]);
});

describe('a cascade that leads back to the queue is named: the purge would take along rows that are still to be pushed', () => {
  const withParent = (/** @type {string} */ rule) => REPORT.replace('updated_at TEXT)', `updated_at TEXT, parent_id INTEGER REFERENCES pos_sync_queue (id) ${rule})`);

  test('from a row to a row', async () => {
    expect(await todoFor(withParent('ON DELETE CASCADE'))).toEqual([expect.stringMatching(/The foreign key pos_sync_queue \(parent_id\) leads from pos_sync_queue back to it[\s\S]*SET NULL/)]);
  });

  test('over another table', async () => {
    const schema = `CREATE TABLE batches (id INTEGER PRIMARY KEY, first_id INTEGER REFERENCES pos_sync_queue (id) ON DELETE CASCADE);
      ${REPORT.replace('updated_at TEXT)', 'updated_at TEXT, batch_id INTEGER REFERENCES batches (id) ON DELETE CASCADE)')}`;
    expect(await todoFor(schema)).toEqual([expect.stringContaining('batches (first_id) → pos_sync_queue (batch_id) leads from pos_sync_queue back to it')]);
  });

  test('one that only forgets its parent is let be', async () => {
    expect(await todoFor(withParent('ON DELETE SET NULL'))).toEqual([]);
  });
});

describe('where QUEUE_RETENTION_DAYS is 0, nothing is purged, and nothing that would stop it is in the way', () => {
  test.each([
    'CREATE TABLE child (qid INTEGER NOT NULL REFERENCES pos_sync_queue (id));',
    "CREATE TRIGGER kept BEFORE DELETE ON pos_sync_queue BEGIN SELECT RAISE(ABORT, 'rows are kept'); END;",
    'ALTER TABLE pos_sync_queue ADD COLUMN parent_id INTEGER REFERENCES pos_sync_queue (id) ON DELETE CASCADE;',
    `${CHILD} CREATE TRIGGER kept BEFORE DELETE ON child BEGIN SELECT RAISE(ABORT, 'a note is kept'); END;`,
  ])('%s', async (sql) => {
    expect(await todoFor(REPORT + sql)).not.toEqual([]);
    expect(await todoFor(REPORT + sql, { keepsRows: true })).toEqual([]);
  });

  test('as wrangler.toml says', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'pos-sync-doctor-')), 'wrangler.toml');
    for (const [text, keeps] of /** @type {[string, boolean][]} */ ([['QUEUE_RETENTION_DAYS = "0"', true], ['QUEUE_RETENTION_DAYS = 0 # ours', true], ['# QUEUE_RETENTION_DAYS = "0"', false], ['QUEUE_RETENTION_DAYS = "90"', false]])) {
      writeFileSync(file, `[vars]\n${text}\n`);
      expect([text, keepsAllRows(file)]).toEqual([text, keeps]);
    }
    rmSync(path.dirname(file), { recursive: true });
  });
});
