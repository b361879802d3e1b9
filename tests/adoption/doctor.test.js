// What the doctor says of a host's database, on SQLite: each thing that would stand in the way, with the
// statement that takes it out of the way, and that nothing is said of what does not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readMigrations } from '../../scripts/doctor/copy.mjs';
import { wranglerDriver } from '../../scripts/doctor/d1.mjs';
import { diagnose, MIGRATIONS } from '../../scripts/doctor/diagnose.mjs';
import { main } from '../../scripts/doctor/main.mjs';

/** @typedef {import('../../scripts/doctor/findings.mjs').Findings} Findings */

const HOST = path.join(import.meta.dirname, 'host');
const EARLIER = path.join(import.meta.dirname, 'earlier');
const TABLE = 'pos_sync_migrations';

/** @type {DatabaseSync} */
let db;
let folder = '';
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  folder = mkdtempSync(path.join(tmpdir(), 'pos-sync-doctor-'));
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const driver = {
  query: async (/** @type {string[]} */ statements) => statements.map((sql) => db.prepare(sql).all()),
};

const REPORT = `
  CREATE TABLE pos_sync_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL, provider TEXT NOT NULL,
    payload TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_at TEXT);
  CREATE INDEX idx_pos_sync_queue_order_id ON pos_sync_queue (order_id);
  CREATE TABLE cron_idempotency_claims (claim_key TEXT PRIMARY KEY, claimed_at TEXT);
`;

/** @param {string} text a host's source
 * @param {string} [name] */
function written(text, name = 'host.sql') {
  writeFileSync(path.join(folder, name), text);
  return [path.join(folder, name)];
}

/** The diagnosis of a database that was made so.
 * @param {string} schema
 * @param {{hostSql?: string[], hostMigrations?: string, table?: string}} [options] */
async function diagnosed(schema, options = {}) {
  db.exec(schema);
  const changes = () => db.prepare('SELECT total_changes() AS n').get()?.n;
  const before = changes();
  const findings = await diagnose(driver, { table: TABLE, ...options });
  expect(changes()).toBe(before);
  return findings;
}

/** @param {Findings} findings */
const todo = (findings) => findings.todo.map(({ title, details }) => [title, ...details].join('\n'));

/** What has to be done must do it: afterwards the same host can be adopted.
 * @param {Findings} findings
 * @param {{hostSql?: string[], hostMigrations?: string, table?: string}} [options] */
async function expectItsAlterToHelp(findings, options) {
  for (const { details } of findings.todo) {
    for (const sql of details) if (/^(ALTER|UPDATE|DROP)/.test(sql)) db.exec(sql);
  }
  expect(todo(await diagnosed('', options))).toEqual([]);
}

describe('what can be adopted', () => {
  test.each([
    ['an empty database', ''],
    ['the two tables of the report', REPORT],
    ['other tables alone', 'CREATE TABLE orders (id TEXT PRIMARY KEY); CREATE VIEW v AS SELECT id FROM orders;'],
  ])('%s', async (_name, schema) => {
    const findings = await diagnosed(schema);
    expect(todo(findings)).toEqual([]);
    expect(findings.toString().split('\n').at(-1)).toBe('can be adopted');
  });

  test('a host of 27 migrations, with triggers, views, foreign keys, purges and claims of its own', async () => {
    const migrations = readMigrations(path.join(HOST, 'migrations'));
    expect(migrations.length).toBe(27);
    for (const { sql } of migrations) db.exec(sql);
    const options = { hostSql: [path.join(HOST, 'crons.js')], hostMigrations: path.join(HOST, 'migrations') };
    const findings = await diagnosed('', options);
    expect(todo(findings)).toEqual([]);
    const report = findings.toString();
    for (const name of ['orders_go_to_the_pos on orders', 'unsynced_orders', 'claims_of_today', 'sync_notes (queue_id)', 'claim_results (claim_key)', 'pos_sync_queue_history: also fires when']) {
      expect(report).toContain(name);
    }
    expect(report).toContain('15 statements read or write these tables');
  });

  test('what has been adopted already, in the version that this release knows', async () => {
    for (const { sql } of readMigrations(MIGRATIONS)) db.exec(sql);
    expect((await diagnosed('')).toString()).toMatch(/version 1[\s\S]*\ncan be adopted$/);
  });
});

describe('a schema of pos-sync that this release does not know', () => {
  test.each([1, 2, 3, 4, 5, 6])('an earlier one is refused in words, with its first %i migrations', async (count) => {
    for (const { sql } of readMigrations(EARLIER).slice(0, count)) db.exec(sql);
    const findings = await diagnosed('');
    if (count === 1) return expect(todo(findings)).toEqual([]);
    expect(findings.toString()).toContain('earlier schema of pos-sync');
    expect(findings.toString()).toContain('time-travel restore');
    return expect(findings.canBeAdopted).toBe(false);
  });

  test('an earlier one whose old tables were dropped is recognised, too', async () => {
    for (const { sql } of readMigrations(EARLIER)) db.exec(sql);
    db.exec('DROP TABLE pos_sync_queue_v0; DROP TABLE cron_idempotency_claims_v0;');
    expect(todo(await diagnosed(''))).toEqual([expect.stringContaining('earlier schema of pos-sync')]);
  });

  test('a later one, too', async () => {
    for (const { sql } of readMigrations(MIGRATIONS)) db.exec(sql);
    db.exec('UPDATE pos_sync_schema SET version = 7');
    expect(todo(await diagnosed(''))).toEqual([expect.stringMatching(/version 7[\s\S]*Deploy the release that made it/)]);
  });
});

describe('names that are taken', () => {
  test.each([
    ['table', 'pos_accounts', 'CREATE TABLE pos_accounts (id TEXT)'],
    ['table in another spelling', 'pos_sync_ledger', 'CREATE TABLE Pos_Sync_Ledger (id TEXT)'],
    ['view', 'pos_mails', 'CREATE VIEW pos_mails AS SELECT 1 AS one'],
    ['index', 'pos_sync_queue_active', 'CREATE INDEX pos_sync_queue_active ON pos_sync_queue (created_at)'],
    ['trigger', 'pos_sync_queue_payload_frozen', 'CREATE TRIGGER pos_sync_queue_payload_frozen AFTER DELETE ON pos_sync_queue BEGIN SELECT 1; END'],
  ])('a %s: %s', async (_kind, name, sql) => {
    const findings = await diagnosed(`${REPORT}; ${sql}`);
    expect(todo(findings)).toEqual([expect.stringContaining(`The name ${name} is taken`)]);
    await expectItsAlterToHelp(findings);
  });
});

describe('columns', () => {
  test.each(['order_id', 'provider', 'status', 'attempts', 'last_error', 'created_at', 'updated_at'])(
    '%s is missing: the statement that adds it is exact',
    async (column) => {
      const lines = REPORT.replace('CREATE INDEX idx_pos_sync_queue_order_id ON pos_sync_queue (order_id);', '');
      const without = lines.replace(new RegExp(`${column} [^,)]*(,\\s*|(?=\\)))`), '').replace(/,\s*\)/, ')');
      const findings = await diagnosed(without);
      expect(todo(findings)).toContainEqual(expect.stringContaining(`ALTER TABLE pos_sync_queue ADD COLUMN ${column} `));
      await expectItsAlterToHelp(findings);
    },
  );

  test('times that are integers get a column of text beside them, with the same times', async () => {
    const findings = await diagnosed(
      REPORT.replace('created_at TEXT DEFAULT CURRENT_TIMESTAMP', 'created_at INTEGER') +
        "INSERT INTO pos_sync_queue (order_id, provider, payload, created_at) VALUES ('a', 'square', '{}', 1795000000), ('b', 'square', '{}', 1795000000000);",
    );
    expect(todo(findings)).toEqual([expect.stringContaining("has to be TEXT ('YYYY-MM-DD HH:MM:SS', UTC)")]);
    await expectItsAlterToHelp(findings);
    const times = db.prepare('SELECT DISTINCT created_at FROM pos_sync_queue').all().map((row) => row.created_at);
    expect(times).toEqual(['2026-11-18 11:06:40']);
  });

  test('a column of the host with a name of ours gets another name', async () => {
    const findings = await diagnosed(`${REPORT} ALTER TABLE pos_sync_queue ADD COLUMN revision TEXT;`);
    expect(todo(findings)).toEqual([expect.stringContaining('RENAME COLUMN "revision" TO "host_revision"')]);
    await expectItsAlterToHelp(findings);
  });

  test('a column that must have a value and has no default gets one, and keeps what it held', async () => {
    const findings = await diagnosed(
      `${REPORT.replace('last_error TEXT,', 'last_error TEXT, channel TEXT NOT NULL,')}
       INSERT INTO pos_sync_queue (order_id, provider, payload, channel) VALUES ('a', 'square', '{}', 'qr');`,
    );
    expect(todo(findings)).toContainEqual(expect.stringContaining('pos_sync_queue.channel is NOT NULL and has no default'));
    await expectItsAlterToHelp(findings);
    expect(db.prepare('SELECT channel FROM pos_sync_queue').all()).toEqual([{ channel: 'qr' }]);
  });

  test('columns of the host that may be empty are nobody\'s business', async () => {
    expect(todo(await diagnosed(`${REPORT} ALTER TABLE pos_sync_queue ADD COLUMN note TEXT; ALTER TABLE cron_idempotency_claims ADD COLUMN who INTEGER;`))).toEqual([]);
  });

  test('a primary key of another kind is said to need a new table', async () => {
    const findings = await diagnosed(REPORT.replace('id INTEGER PRIMARY KEY AUTOINCREMENT', 'id TEXT PRIMARY KEY'));
    expect(todo(findings)).toContainEqual(expect.stringContaining('pos_sync_queue.id is TEXT'));
  });
});

describe('constraints and triggers of the host that are in the way', () => {
  /** @param {string} definition */
  const withStatus = (definition) => REPORT.replace("status TEXT NOT NULL DEFAULT 'pending'", definition);

  test.each([
    ['dead', "status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'failed', 'success'))"],
    ['failed', "status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'success', 'dead'))"],
  ])('a check that knows no %s', async (status, definition) => {
    expect(todo(await diagnosed(withStatus(definition)))).toContainEqual(
      expect.stringMatching(new RegExp(`could not set a row to '${status}': CHECK constraint failed`)));
  });

  test('a check that bounds the attempts', async () => {
    const schema = REPORT.replace('attempts INTEGER NOT NULL DEFAULT 0', 'attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts <= 5)');
    expect(todo(await diagnosed(schema))).toContainEqual(expect.stringContaining('CHECK constraint failed'));
  });

  test('one row for an order for ever forbids its next revision', async () => {
    const findings = await diagnosed(`${REPORT} CREATE UNIQUE INDEX one_row ON pos_sync_queue (order_id, provider);`);
    expect(todo(findings)).toEqual([expect.stringContaining('DROP INDEX "one_row";')]);
    await expectItsAlterToHelp(findings);
  });

  test('a trigger that refuses what pos-sync writes', async () => {
    const trigger = "CREATE TRIGGER never_dead BEFORE UPDATE ON pos_sync_queue WHEN NEW.status = 'dead' BEGIN SELECT RAISE(ABORT, 'no dead rows'); END;";
    const findings = await diagnosed(REPORT + trigger);
    expect(todo(findings)).toContainEqual(expect.stringMatching(/could not set a row to 'dead': no dead rows[\s\S]*never_dead/));
  });

  test('a trigger that changes what pos-sync writes', async () => {
    const trigger = "CREATE TRIGGER retries AFTER UPDATE OF status ON pos_sync_queue WHEN NEW.status = 'failed' BEGIN UPDATE pos_sync_queue SET status = 'pending', attempts = 0 WHERE id = NEW.id; END;";
    expect(todo(await diagnosed(REPORT + trigger))).toContainEqual(expect.stringContaining("Triggers of yours change what pos-sync writes when it wants to set a row to 'failed': retries"));
  });

  test('a trigger that only keeps updated_at is let be', async () => {
    const trigger = "CREATE TRIGGER stamps AFTER UPDATE OF status ON pos_sync_queue BEGIN UPDATE pos_sync_queue SET updated_at = datetime('now') WHERE id = NEW.id; END;";
    expect(todo(await diagnosed(REPORT + trigger))).toEqual([]);
  });

  test.each(['', 'ON DELETE RESTRICT', 'ON DELETE NO ACTION'])('a foreign key that would stop the purge: "%s"', async (rule) => {
    const findings = await diagnosed(`${REPORT} CREATE TABLE notes (id INTEGER PRIMARY KEY, queue_id INTEGER REFERENCES pos_sync_queue (id) ${rule});`);
    expect(todo(findings)).toEqual([expect.stringContaining("stops pos-sync's purge")]);
  });
});

describe('names of migrations', () => {
  const [ours] = readMigrations(MIGRATIONS).map(({ name }) => name);

  test('that wrangler would pass over, because the host has applied one of that name', async () => {
    const applied = `CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO d1_migrations (name) VALUES ('0001_init.sql'), ('${ours}');`;
    const findings = await diagnosed(REPORT + applied, { table: 'd1_migrations' });
    expect(todo(findings)).toEqual([expect.stringMatching(/wrangler would pass over ours[\s\S]*migrations_table/)]);
    expect(todo(await diagnosed('', { table: TABLE }))).toEqual([]);
  });

  test('in the host\'s folder', async () => {
    writeFileSync(path.join(folder, ours), '-- of the host');
    expect(todo(await diagnosed(REPORT, { hostMigrations: folder }))).toEqual([expect.stringContaining(`Your migration ${ours}`)]);
  });
});

describe('rows', () => {
  /** @param {string} values */
  const withRows = (values) => `${REPORT} INSERT INTO pos_sync_queue (order_id, provider, payload, status, attempts) VALUES ${values};`;

  test('are counted by what becomes of them', async () => {
    const report = (await diagnosed(withRows(
      "('a','square','{}','pending',0),('b','square','{}','pending',2),('c','square','{}','failed',1),('d','square','{}','success',0),('e','square','{}','dead',3),('f','square','{}','processing',0),('g','lightspeed','{}','pending',0)",
    ))).toString();
    expect(report).toContain('1 "pending", never tried: are pushed');
    expect(report).toContain('1 "pending", tried: are in doubt, and never sent');
    expect(report).toContain('1 "failed", tried: are in doubt');
    expect(report).toContain('1 "success": stay');
    expect(report).toContain('1 "dead": stay; in doubt');
    expect(report).toContain('1 "processing", never tried: become dead, unknown_outcome');
    expect(report).toContain('of the provider "lightspeed", which pos-sync does not know');
    expect(report.split('\n').at(-1)).toBe('can be adopted');
  });

  test('that stand for one order are listed', async () => {
    const report = (await diagnosed(withRows("('a','square','{}','pending',0),('a','square','{}','failed',1),('b','square','{}','pending',0)"))).toString();
    expect(report).toContain('1 orders have several active rows');
    expect(report).toContain('"a" (square): 2 rows');
  });

  test('whose order id or payload is refused are named', async () => {
    const report = (await diagnosed(withRows(
      `('','square','{}','pending',0),('${'x'.repeat(201)}','square','{}','pending',0),(CAST(x'ff41' AS TEXT),'square','{}','pending',0),(x'41','square','{}','pending',0),('şiş-1','square','{}','pending',0),('ok','square','no json','pending',0)`,
    ))).toString();
    expect(report).toContain('4 active rows have an order_id that is refused');
    for (const reason of ['id 1: it is empty', 'id 2: it has 201 bytes', 'id 3: it is no UTF-8', 'id 4: it is stored as blob']) expect(report).toContain(reason);
    expect(report).toContain('1 pending rows have a payload that is no JSON');
  });

  test('of a pusher that is still at work stop the adoption', async () => {
    const findings = await diagnosed(`${withRows("('a','square','{}','success',1)")} UPDATE pos_sync_queue SET updated_at = datetime('now', '-3 minutes');
      INSERT INTO cron_idempotency_claims VALUES ('pos-sync:a:square:2026-11-21', datetime('now', '-3 minutes'));`);
    expect(todo(findings)).toEqual([expect.stringContaining('1 rows were booked or tried'), expect.stringContaining('1 claims of the old pusher')]);
    db.exec("UPDATE pos_sync_queue SET updated_at = datetime('now', '-36 minutes'); DELETE FROM cron_idempotency_claims");
    expect(todo(await diagnosed(''))).toEqual([]);
  });
});

describe('statements of the host', () => {
  /** @param {string} sql
   * @param {string} [name] */
  const about = async (sql, name) => todo(await diagnosed(REPORT, { hostSql: written(sql, name) }));

  test.each([
    ["INSERT INTO pos_sync_queue VALUES (NULL, 'a', 'square', '{}', 'pending', 0, NULL, NULL, NULL)", 'Name the columns'],
    ['INSERT INTO archive SELECT * FROM pos_sync_queue', 'no longer works'],
    ["INSERT OR REPLACE INTO pos_sync_queue (order_id, provider, payload) VALUES ('a', 'square', '{}')", 'replaces a row'],
    ["REPLACE INTO pos_sync_queue (order_id, provider, payload) VALUES (?1, 'square', ?2)", 'replaces a row'],
    ["UPDATE pos_sync_queue SET payload = ?1 WHERE order_id = ?2", 'changes the payload'],
    ["UPDATE pos_sync_queue SET status = 'success', updated_at = datetime('now') WHERE id = ?", 'changes the status'],
    ['UPDATE pos_sync_queue SET attempts = attempts + 1 WHERE id = :id', 'changes the attempts'],
    ["DELETE FROM pos_sync_queue WHERE created_at < datetime('now', '-30 days')", 'deletes rows that are still to be pushed'],
    ['DELETE FROM pos_sync_queue', 'deletes rows that are still to be pushed'],
  ])('that would change meaning, or break: %s', async (sql, words) => {
    db.exec('CREATE TABLE archive (a, b, c, d, e, f, g, h, i)');
    expect(await about(`${sql};`)).toEqual([expect.stringContaining(words)]);
  });

  test('a view that a statement writes the queue through is seen, too', async () => {
    const through = "CREATE VIEW queue AS SELECT * FROM pos_sync_queue; CREATE TRIGGER queue_done INSTEAD OF UPDATE ON queue BEGIN UPDATE pos_sync_queue SET status = NEW.status WHERE id = OLD.id; END;";
    const findings = await diagnosed(REPORT + through, { hostSql: written("UPDATE queue SET status = 'success' WHERE id = 1") });
    expect(todo(findings)).toEqual([expect.stringContaining('changes the status')]);
  });

  test.each([
    "INSERT OR IGNORE INTO pos_sync_queue (order_id, provider, payload) VALUES (?, 'square', ?)",
    "DELETE FROM pos_sync_queue WHERE status = 'success' AND created_at < datetime('now', '-90 days')",
    "DELETE FROM cron_idempotency_claims WHERE claimed_at < datetime('now', '-30 days')",
    "INSERT OR IGNORE INTO cron_idempotency_claims (claim_key, claimed_at) VALUES ('digest:' || date('now'), CURRENT_TIMESTAMP)",
    "SELECT status, count(*) FROM pos_sync_queue GROUP BY status",
    "SELECT * FROM pos_sync_queue WHERE created_at > datetime('now', '-1 day')",
    'SELECT * FROM other_table',
    "UPDATE pos_sync_queue SET updated_at = datetime('now') WHERE id = ?",
  ])('that mean what they meant: %s', async (sql) => {
    expect(await about(sql)).toEqual([]);
  });

  test('are found in sources of any language, put together from pieces', async () => {
    const source = `
      // don't mind the apostrophe, and see https://example.com/'
      const done = db.prepare("UPDATE pos_sync_queue " +
        "SET status = 'success' WHERE id = ?");
      const gone = db.prepare(\`DELETE FROM pos_sync_queue
        WHERE order_id = '\${id}'\`);
    `;
    const findings = await diagnosed(REPORT, { hostSql: written(source, 'pusher.ts') });
    expect(todo(findings)).toEqual([expect.stringContaining('changes the status')]);
    expect(findings.toString()).toContain('deletes rows by its parameters');
    const python = 'cur.execute("""\n  UPDATE pos_sync_queue SET payload = ?\n""", (p,))';
    expect(todo(await diagnosed('', { hostSql: written(python, 'pusher.py') }))).toContainEqual(expect.stringContaining('changes the payload'));
  });

  test('a trigger that replaces rows of the queue is held to the same', async () => {
    const trigger = "CREATE TABLE orders (id TEXT PRIMARY KEY, payload TEXT); CREATE TRIGGER enqueue AFTER INSERT ON orders BEGIN INSERT OR REPLACE INTO pos_sync_queue (order_id, provider, payload) VALUES (NEW.id, 'square', NEW.payload); END;";
    expect(todo(await diagnosed(REPORT + trigger))).toEqual([expect.stringContaining('replaces a row')]);
  });
});

describe('the command', () => {
  /** @param {string[]} argv */
  async function run(...argv) {
    let printed = '';
    let complained = '';
    const code = await main(argv, { driver, print: (text) => (printed += text), complain: (text) => (complained += text) });
    return { code, printed, complained };
  }

  test.each([
    [[], '--database: expected the name'],
    [['--database'], '--database'],
    [['--database', 'x', '--remote', '--local'], 'expected one of them'],
    [['--database', 'x', '--frobnicate'], '--frobnicate'],
    [['--database', 'x', 'extra'], 'extra'],
    [['--database', 'x', '--host-sql', '/no/such/file'], '--host-sql: expected a file or a folder'],
    [['--database', 'x', '--config', '/no/such.toml'], '--config: expected a file'],
    [['--database', 'x', '--remote', '--persist-to', '.'], '--persist-to: expected with a local database only'],
  ])('ends with 2 and says what it expected: %j', async (argv, words) => {
    const { code, complained, printed } = await run(...argv);
    expect([code, printed]).toEqual([2, '']);
    expect(complained).toContain(words);
    expect(complained).toContain('usage: pos-sync doctor');
  });

  test('ends with 0 and "can be adopted", or with 1 and a numbered list', async () => {
    db.exec(REPORT);
    const good = await run('--database', 'x');
    expect(good.code).toBe(0);
    expect(good.printed.split('\n').at(-1)).toBe('can be adopted');
    db.exec('CREATE TABLE pos_accounts (id); CREATE TABLE pos_mails (id)');
    const bad = await run('--database', 'x');
    expect(bad.code).toBe(1);
    expect(bad.printed).toMatch(/\n1\. The name pos_accounts[\s\S]*\n2\. The name pos_mails/);
    expect(bad.printed).not.toContain('can be adopted');
  });

  test('tells in wrangler\'s own words that it cannot read a database', async () => {
    const options = { database: 'ops', remote: true };
    const answers = [
      [1, '{ "error": { "text": "Couldn\'t find a D1 DB with the name or binding \'ops\'" } }', "Couldn't find a D1 DB"],
      [1, 'Error: not logged in', 'not logged in'],
      [0, '⚠ a warning\n[{"results":[{"n":1}],"success":true}]\n', null],
    ];
    for (const [code, output, words] of answers) {
      const asked = wranglerDriver(options, async () => ({ code: Number(code), output: String(output) })).query(['SELECT 1 AS n']);
      if (words === null) await expect(asked).resolves.toEqual([[{ n: 1 }]]);
      else await expect(asked).rejects.toThrow(String(words));
    }
  });

  test('sends nothing to a database that could write there', async () => {
    const never = async () => {
      throw new Error('it was sent');
    };
    const { query } = wranglerDriver({ database: 'ops', remote: false }, never);
    for (const sql of ['DELETE FROM orders', 'WITH x AS (SELECT 1) DELETE FROM orders', 'PRAGMA writable_schema = 1', 'SELECT 1; DROP TABLE orders']) {
      await expect(query([sql])).rejects.toThrow('only reading statements');
    }
  });
});
