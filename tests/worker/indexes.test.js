// What somebody asks while the evening is on must not read whole tables: the routes that show things have an
// index for each of their questions.
import { expect, test } from 'vitest';
import { Core } from '../../bindings/core.js';
import repairing from '../../build/pos_repair.wasm';
import pushing from '../../build/pos_sync.wasm';
import { cleanWorldBeforeEach, db, query } from './lib/world.js';

cleanWorldBeforeEach();

const LARGE = ['pos_sync_queue', 'pos_sync_ledger', 'pos_sync_audit', 'pos_sync_claims',
  'pos_repairs', 'pos_repair_log', 'pos_mails', 'pos_audit_groups', 'pos_audit_orders', 'pos_audit_payments'];

const statements = { ...Core.statements(pushing), ...Core.statements(repairing) };

/** Those that a GET route asks for. */
const SHOWN = Object.keys(statements).filter((name) =>
  /^(status|list)\.|^order\.(rows|ledger|audit|evidence)|^(audit\.(row|list|places|repairs|groups)|repair\.(list|lines|audit)|mail\.(audit|list|credits))$/.test(name));

test('what is shown is found by an index, and no large table is read from end to end', async () => {
  expect(SHOWN.length).toBeGreaterThan(15);
  const partial = (await query("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")).map(({ name }) => name);
  /** @type {string[]} */
  const found = [];
  for (const name of SHOWN) {
    const { sql, parameters } = statements[name];
    const texts = Array.from({ length: parameters }, (_none, i) => (i < 2 ? '{"limit":"10","cursor":"0"}' : '[]'));
    const plan = (await db.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...texts).all()).results;
    for (const { detail } of /** @type {{detail: string}[]} */ (plan)) {
      const [, table, index] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(detail) ?? [];
      // A partial index holds what is active, dead or in doubt: what is settled costs nothing there.
      if (LARGE.includes(table) && !partial.includes(index)) found.push(`${name}: ${detail}`);
    }
  }
  expect(found).toEqual([]);
});
