// Schemas of a queue in which an order is accepted and never pushed.
import { describe, expect, test } from 'vitest';
import { diagnosed, REPORT, todoFor } from './host.js';

const ID = 'id INTEGER PRIMARY KEY AUTOINCREMENT';
const STATUS = "status TEXT NOT NULL DEFAULT 'pending'";
const ATTEMPTS = 'attempts INTEGER NOT NULL DEFAULT 0';

describe('an id that SQLite does not give, so that an accepted order is never pushed', () => {
  test.each([
    ['INT', REPORT.replace(ID, 'id INT PRIMARY KEY'), 'id is INT'],
    ['BIGINT', REPORT.replace(ID, 'id BIGINT PRIMARY KEY'), 'id is BIGINT'],
    ['one of two keys', REPORT.replace(ID, 'id INTEGER').replace('updated_at TEXT)', 'updated_at TEXT, PRIMARY KEY (id, order_id))'), 'one of several columns'],
    ['WITHOUT ROWID', REPORT.replace(ID, 'id INTEGER PRIMARY KEY').replace('updated_at TEXT)', 'updated_at TEXT) WITHOUT ROWID'), 'is WITHOUT ROWID'],
    ['DESC', REPORT.replace(ID, 'id INTEGER PRIMARY KEY DESC'), 'not the rowid'],
    ['no key', REPORT.replace(ID, 'id INTEGER'), 'not the primary key'],
  ])('%s', async (_name, schema, words) => {
    expect(await todoFor(schema)).toContainEqual(expect.stringContaining(words));
  });

  test.each(['id INTEGER PRIMARY KEY', 'id integer primary key asc', 'id INTEGER NOT NULL PRIMARY KEY'])('%s is one that it gives', async (id) => {
    expect(await todoFor(REPORT.replace(ID, id))).toEqual([]);
  });
});

describe('a default with which an accepted order is never pushed', () => {
  test.each([
    [STATUS, 'status TEXT', 'status has no default'],
    [STATUS, "status TEXT NOT NULL DEFAULT 'new'", "status has the default 'new'"],
    [STATUS, 'status TEXT DEFAULT NULL', 'status has the default NULL'],
    [STATUS, 'status TEXT NOT NULL', 'status has no default'],
    ['provider TEXT NOT NULL', 'provider TEXT', 'provider has no default'],
    ['provider TEXT NOT NULL', "provider TEXT NOT NULL DEFAULT 'pos'", "provider has the default 'pos'"],
    [ATTEMPTS, 'attempts INTEGER', 'attempts has no default'],
    [ATTEMPTS, 'attempts INTEGER NOT NULL DEFAULT 1', 'attempts has the default 1'],
  ])('%s as %s', async (from, to, words) => {
    const schema = REPORT.replace(from, to);
    const todo = await todoFor(schema);
    expect(todo).toContainEqual(expect.stringContaining(words));
    const help = todo.join('\n').split('\n').filter((line) => /^(ALTER|UPDATE)/.test(line)).join('\n');
    expect(await todoFor(schema + help)).toEqual([]);
  });

  test("one that says the same in other words is let be: DEFAULT ('pending')", async () => {
    expect(await todoFor(REPORT.replace(STATUS, "status TEXT DEFAULT ('pending')"))).toEqual([]);
  });
});

test('rows without a status are counted, and said to be never pushed', async () => {
  const schema = REPORT.replace(STATUS, 'status TEXT') + "INSERT INTO pos_sync_queue (order_id, provider, payload) VALUES ('a', 'square', '{}');";
  expect((await diagnosed(schema)).toString()).toContain('1 null, never tried: are never pushed');
});
