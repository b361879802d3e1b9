// What a host's triggers and constraints do to rows of pos-sync's, over the whole life of a row: each
// step of it alone may pass, and the order still be lost, doubled, or kept from the one who looks after it.
import { describe, expect, test } from 'vitest';
import { readMigrations } from '../../scripts/doctor/copy.mjs';
import { MIGRATIONS } from '../../scripts/doctor/diagnose.mjs';
import { diagnosed, REPORT, todoFor } from './host.js';

/** @param {string} when @param {string} [does] */
const refusing = (when, does = "SELECT RAISE(ABORT, 'the host says no')") =>
  `CREATE TRIGGER host_says BEFORE UPDATE OF status ON pos_sync_queue WHEN ${when} BEGIN ${does}; END;`;

/** @param {string} what */
const couldNot = (what) => expect.stringMatching(new RegExp(`^pos-sync could not ${what}[^:]*: .*the host says no[\\s\\S]*trigger: CREATE TRIGGER host_says`));

describe('a trigger that refuses a step which only a longer life of a row has is named', () => {
  test.each([
    ['a replay, where dead is final', "OLD.status = 'dead' AND NEW.status <> 'dead'", "set a row back to 'pending' \\(a replay\\)"],
    ['what is marked as done by hand', "OLD.status = 'dead' AND NEW.status = 'success'", "set a row to 'success' \\(marked as done"],
    ['a mark that is undone, where success is final', "OLD.status = 'success' AND NEW.status <> 'success'", "set a row back to 'dead' \\(a mark"],
    ['a success after a failure', "OLD.status = 'failed' AND NEW.status = 'success'", "set a row to 'success'"],
    ['a second failure', "OLD.status = 'failed' AND NEW.status = 'failed'", "set a row to 'failed'"],
    ['a success that was not seen to be processing', "NEW.status = 'success' AND OLD.status <> 'processing'", "set a row to 'success'"],
    ['a change that changes no status', 'OLD.status = NEW.status', 'leave a row as it is, and put it off'],
    ['dead rows that were not tried', "NEW.status = 'dead' AND NEW.attempts = 0", "set a row to 'dead'"],
    ['dead rows with many attempts', "NEW.status = 'dead' AND NEW.attempts > 10", "set a row to 'dead'"],
    ['an account that is served again', "OLD.status = 'dead' AND NEW.status = 'failed'", "set a row back to 'failed'"],
    ['a second row of an order that is booked', "NEW.status = 'success' AND EXISTS (SELECT 1 FROM pos_sync_queue q WHERE q.order_id = NEW.order_id AND q.id <> NEW.id AND q.status = 'success')", "set a row to 'success'"],
  ])('%s', async (_name, when, what) => {
    expect(await todoFor(REPORT + refusing(when))).toContainEqual(couldNot(what));
  });

  test('a later revision of an order that is booked', async () => {
    const trigger = "CREATE TRIGGER host_says BEFORE INSERT ON pos_sync_queue WHEN EXISTS (SELECT 1 FROM pos_sync_queue q WHERE q.order_id = NEW.order_id AND q.status = 'success') BEGIN SELECT RAISE(ABORT, 'the host says no'); END;";
    expect(await todoFor(REPORT + trigger)).toEqual([couldNot('take in a later revision of an order')]);
  });

  test('though the host refuses rows that could be made up, too', async () => {
    const guard = "CREATE TRIGGER known_orders BEFORE INSERT ON pos_sync_queue WHEN NEW.order_id NOT GLOB 'ord-*' BEGIN SELECT RAISE(ABORT, 'what order is that'); END;";
    expect(await todoFor(REPORT + guard + refusing("OLD.status = 'dead' AND NEW.status = 'pending'"))).toContainEqual(couldNot("set a row back to 'pending'"));
  });
});

describe('a step that is silently not done, or done otherwise, is named', () => {
  const bent = (/** @type {string} */ what) => expect.stringMatching(new RegExp(`Triggers of yours change what pos-sync writes when it wants to ${what}`));

  test.each([
    ['a replay that is ignored: the operator is shown it as pending', refusing("OLD.status = 'dead'", 'SELECT RAISE(IGNORE)'), "set a row back to 'pending'"],
    ['an insert that is ignored: the order is lost', "CREATE TRIGGER t BEFORE INSERT ON pos_sync_queue WHEN NEW.revision > 1 BEGIN SELECT RAISE(IGNORE); END;", 'take in a later revision'],
    ['a purge that takes other rows of the order along', 'CREATE TRIGGER t AFTER DELETE ON pos_sync_queue BEGIN DELETE FROM pos_sync_queue WHERE order_id = OLD.order_id; END;', 'purge a row'],
    ['rows that are tidied up when a later one is booked', "CREATE TRIGGER t AFTER UPDATE OF status ON pos_sync_queue WHEN NEW.status = 'success' BEGIN DELETE FROM pos_sync_queue WHERE order_id = NEW.order_id AND id < NEW.id; END;", "set a row to 'success'"],
    ['attempts that are counted twice', "CREATE TRIGGER t AFTER UPDATE OF status ON pos_sync_queue WHEN OLD.status = 'failed' AND NEW.status = 'failed' BEGIN UPDATE pos_sync_queue SET attempts = attempts + 1 WHERE id = NEW.id; END;", "set a row to 'failed'"],
    ['an order id that is written otherwise', 'CREATE TRIGGER t AFTER INSERT ON pos_sync_queue WHEN NEW.revision = 2 BEGIN UPDATE pos_sync_queue SET order_id = trim(order_id) || 2 WHERE id = NEW.id; END;', 'take in a later revision'],
  ])('%s', async (_name, trigger, what) => {
    expect(await todoFor(REPORT + trigger)).toContainEqual(bent(what));
  });

  test('by a constraint that replaces the rows in its way', async () => {
    const schema = REPORT.replace('updated_at TEXT)', 'updated_at TEXT, UNIQUE (provider, updated_at) ON CONFLICT REPLACE)');
    expect(await todoFor(schema)).toContainEqual(expect.stringContaining('Something in pos_sync_queue changes what pos-sync writes'));
  });

  test('an updated_at by which a row that was just booked is purged', async () => {
    const trigger = "CREATE TRIGGER stamps AFTER UPDATE OF status ON pos_sync_queue BEGIN UPDATE pos_sync_queue SET updated_at = unixepoch() WHERE id = NEW.id; END;";
    expect(await todoFor(REPORT + trigger)).toEqual([expect.stringMatching(/Something sets the updated_at of a row to '\d+'[\s\S]*rows would go at once, or never/)]);
  });
});

describe('an index that forbids what a row becomes is named', () => {
  test.each([
    ["one success for each order: its second revision would stand at Square as unknown_outcome", "CREATE UNIQUE INDEX one ON pos_sync_queue (order_id, provider) WHERE status = 'success'", "set a row to 'success'"],
    ['one dead row for each order', "CREATE UNIQUE INDEX one ON pos_sync_queue (order_id) WHERE status = 'dead'", "set a row to 'dead'"],
    ['one row of a second', 'CREATE UNIQUE INDEX one ON pos_sync_queue (provider, updated_at)', 'take an order in'],
    ['one of each payload', 'CREATE UNIQUE INDEX one ON pos_sync_queue (payload) WHERE payload IS NOT NULL', 'take an order in'],
    ['one of each reason', 'CREATE UNIQUE INDEX one ON pos_sync_queue (last_error)', "set a row to 'failed'"],
    ['an expression', 'CREATE UNIQUE INDEX one ON pos_sync_queue (order_id || provider)', 'take in a later revision'],
  ])('%s', async (_name, sql, what) => {
    expect(await todoFor(`${REPORT} ${sql};`)).toContainEqual(expect.stringMatching(new RegExp(`pos-sync could not ${what}[\\s\\S]*UNIQUE constraint failed[\\s\\S]*index: CREATE UNIQUE INDEX one`)));
  });

  test.each(["status IN ('pending', 'failed')", "status = 'pending'", "status IN ('pending', 'failed', 'processing')"])('one active row for each order is let be: WHERE %s', async (where) => {
    expect(await todoFor(`${REPORT} CREATE UNIQUE INDEX uq ON pos_sync_queue (order_id, provider) WHERE ${where};`)).toEqual([]);
  });
});

test('attempts that may only be counted one by one are let be', async () => {
  const trigger = "CREATE TRIGGER counts BEFORE UPDATE OF attempts ON pos_sync_queue WHEN NEW.attempts > OLD.attempts + 1 BEGIN SELECT RAISE(ABORT, 'the host says no'); END;";
  expect(await todoFor(REPORT + trigger)).toEqual([]);
});

describe('columns whose default is the host\'s own business', () => {
  test.each([
    ['updated_at TEXT)', 'updated_at TEXT NOT NULL)'],
    ['created_at TEXT DEFAULT CURRENT_TIMESTAMP', 'created_at TEXT NOT NULL'],
    ['last_error TEXT', "last_error TEXT DEFAULT ''"],
    ['payload TEXT NOT NULL', 'payload TEXT NOT NULL CHECK (json_valid(payload))'],
    ['provider TEXT NOT NULL', "provider TEXT NOT NULL CHECK (provider IN ('square', 'toast'))"],
  ])('%s as %s is let be', async (from, to) => {
    expect(await todoFor(REPORT.replace(from, to))).toEqual([]);
  });

  test('an error that may not be NULL is named: no row could become success', async () => {
    expect(await todoFor(REPORT.replace('last_error TEXT', "last_error TEXT NOT NULL DEFAULT ''"))).toEqual([
      expect.stringMatching(/pos-sync could not set a row to 'success': NOT NULL constraint failed/),
    ]);
  });
});

test('a trigger that lets in the orders of another table alone is let be, and what else refuses is found', async () => {
  const guard = "CREATE TABLE orders (id TEXT PRIMARY KEY); CREATE TRIGGER known BEFORE INSERT ON pos_sync_queue WHEN NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = NEW.order_id) BEGIN SELECT RAISE(ABORT, 'what''s that order'); END;";
  const findings = await diagnosed(REPORT + guard);
  expect(findings.todo).toEqual([]);
  expect(findings.toString()).toContain("only where your trigger allows it, which asks other tables of yours (what's that order)");
  expect(await todoFor(REPORT + guard + refusing("OLD.status = 'dead'"))).toEqual([couldNot("set a row back to 'pending'")]);
});

test('what a rule refuses is said once, with all that it refuses', async () => {
  const todo = await todoFor(REPORT + refusing("OLD.status = 'dead' AND NEW.status <> 'dead'"));
  expect(todo).toHaveLength(1);
  expect(todo[0]).toContain("and neither: set a row to 'success' (marked as done by hand)");
});

test('an index over what pos-sync writes as words is named, though it makes nothing unique', async () => {
  const sql = "CREATE INDEX code ON pos_sync_queue (json_extract(last_error, '$.code'));";
  expect(await todoFor(REPORT + sql)).toContainEqual(expect.stringMatching(/pos-sync could not[\s\S]*malformed JSON[\s\S]*an index or a trigger of yours/));
});

describe('statuses that a table of the host lists', () => {
  const LISTED = `CREATE TABLE statuses (name TEXT PRIMARY KEY, shown TEXT NOT NULL);
    ${REPORT.replace("status TEXT NOT NULL DEFAULT 'pending'", "status TEXT NOT NULL DEFAULT 'pending' REFERENCES statuses (name)")}`;

  test('are let be where all are there', async () => {
    expect(await todoFor(`${LISTED} INSERT INTO statuses VALUES ('pending', 'waits'), ('failed', 'failed'), ('success', 'booked'), ('dead', 'dead');`)).toEqual([]);
  });

  test('are named where one is missing', async () => {
    expect(await todoFor(`${LISTED} INSERT INTO statuses VALUES ('pending', 'waits'), ('failed', 'failed'), ('success', 'booked');`)).toEqual([
      expect.stringMatching(/pos-sync could not set a row to 'dead': FOREIGN KEY constraint failed/),
    ]);
  });
});

describe('a database that pos-sync works on already', () => {
  const adopted = () => REPORT + readMigrations(MIGRATIONS).map(({ sql }) => sql).join('\n');

  test('is asked for what was added since', async () => {
    const findings = await diagnosed(adopted() + refusing("OLD.status = 'dead'"));
    expect(findings.toString()).toMatch(/To be done, for pos-sync works on this database:\n1. pos-sync could not set a row back to 'pending'/);
  });

  test('and is let be where nothing was', async () => {
    expect((await diagnosed(adopted())).toString()).toMatch(/it has been adopted[\s\S]*\ncan be adopted$/);
  });
});

describe('a table of another make', () => {
  const STRICT = REPORT.replace('updated_at TEXT)', 'updated_at TEXT) STRICT');

  test('STRICT is let be', async () => {
    expect(await todoFor(STRICT)).toEqual([]);
  });

  test('with a column that is made of others is let be, if pos-sync does not write it', async () => {
    expect(await todoFor(`${REPORT} ALTER TABLE pos_sync_queue ADD COLUMN total INTEGER GENERATED ALWAYS AS (json_extract(payload, '$.total'));`)).toEqual([]);
  });

  test('with one that pos-sync writes is named', async () => {
    const schema = REPORT.replace('order_id TEXT NOT NULL', "order_id TEXT GENERATED ALWAYS AS (json_extract(payload, '$.id'))");
    expect(await todoFor(schema)).toContainEqual(expect.stringContaining('pos_sync_queue.order_id is generated from other columns'));
  });

  test.each([
    ['a shape of the order id', "order_id TEXT NOT NULL CHECK (order_id GLOB 'ord-*')"],
    ['a length of the order id', 'order_id TEXT NOT NULL CHECK (length(order_id) = 36)'],
  ])('with a check of %s is let be, and its lives are tried all the same', async (_name, column) => {
    const schema = REPORT.replace('order_id TEXT NOT NULL', column);
    const findings = await diagnosed(schema);
    expect(findings.todo).toEqual([]);
    expect(findings.toString()).toContain('only where your check allows its id');
    expect(await todoFor(schema + refusing("NEW.status = 'dead'"))).toContainEqual(couldNot("set a row to 'dead'"));
  });

  test.each([
    ["CHECK (last_error IS NULL OR length(last_error) < 500)", "set a row to 'failed'"],
    ["CHECK (status <> 'success' OR last_error IS NOT NULL)", "set a row to 'success'"],
    ["CHECK (attempts <= 10)", "set a row to 'dead'"],
    ["CHECK (status <> 'dead' OR attempts > 0)", "set a row to 'dead'"],
    ["CHECK (updated_at LIKE '%Z')", 'take an order in'],
  ])('%s is named', async (check, what) => {
    expect(await todoFor(REPORT.replace('updated_at TEXT)', `updated_at TEXT, ${check})`))).toContainEqual(
      expect.stringMatching(new RegExp(`pos-sync could not ${what}: CHECK constraint failed`)));
  });

  test('a trigger that writes to a table which is gone is named: every change of a row would fail', async () => {
    const trigger = "CREATE TABLE log (a); CREATE TRIGGER t AFTER UPDATE ON pos_sync_queue BEGIN INSERT INTO log VALUES (NEW.id); END; PRAGMA legacy_alter_table = ON; DROP TABLE log;";
    expect(await todoFor(REPORT + trigger)).toContainEqual(expect.stringContaining('no such table: main.log'));
  });
});
