// Views and triggers of a host that an adoption would break, or give another meaning.
import { describe, expect, test } from 'vitest';
import { REPORT, todoFor } from './host.js';

const ORDERS = 'CREATE TABLE orders (id TEXT PRIMARY KEY, restaurant_id TEXT, revision INTEGER);';
const ARCH = 'CREATE TABLE arch (a, b, c, d, e, f, g, h, i);';
const NINE = "INSERT INTO pos_sync_queue VALUES (NULL, NEW.id, 'square', '{}', 'pending', 0, NULL, CURRENT_TIMESTAMP, NULL);";

/** @param {string} sql */
const about = (sql) => todoFor(REPORT + ORDERS + ARCH + sql);

describe('a program of the host that fails from the adoption on is named', () => {
  test.each([
    ['trigger o', `CREATE TRIGGER o AFTER INSERT ON orders BEGIN ${NINE} END;`, 'has 14 columns but 9 values'],
    ['trigger o', 'CREATE TRIGGER o AFTER DELETE ON orders BEGIN INSERT INTO arch SELECT * FROM pos_sync_queue; END;', 'has 9 columns but 14 values'],
    ['trigger o', 'CREATE TRIGGER o AFTER UPDATE OF revision ON orders BEGIN SELECT restaurant_id FROM pos_sync_queue q JOIN orders p ON p.id = q.order_id; END;', 'ambiguous'],
    ['view v', 'CREATE VIEW v AS SELECT q.id, restaurant_id FROM pos_sync_queue q JOIN orders o ON o.id = q.order_id;', 'ambiguous'],
    ['view v', 'CREATE VIEW v AS SELECT q.id, revision FROM pos_sync_queue q JOIN orders o ON o.id = q.order_id;', 'ambiguous'],
    ['view v', 'CREATE VIEW v AS SELECT * FROM pos_sync_queue UNION ALL SELECT * FROM arch;', 'same number of result columns'],
    ['view v', 'CREATE VIEW v (a, b, c, d, e, f, g, h, i) AS SELECT * FROM pos_sync_queue;', 'expected 9 columns'],
    ['trigger o', `CREATE VIEW w AS SELECT id FROM orders; CREATE TRIGGER o INSTEAD OF INSERT ON w BEGIN ${NINE} END;`, 'has 14 columns but 9 values'],
  ])('%s: %s', async (name, sql, words) => {
    expect(await about(sql)).toEqual([expect.stringMatching(new RegExp(`Your ${name} no longer works[\\s\\S]*${words}`))]);
  });

  test('once each, though one trigger fires the other', async () => {
    const sql = `CREATE TRIGGER inner_one AFTER INSERT ON orders BEGIN ${NINE} END; CREATE TRIGGER outer_one AFTER INSERT ON arch BEGIN INSERT INTO orders (id) VALUES (NEW.a); END;`;
    expect(await about(sql)).toEqual([expect.stringContaining('Your trigger inner_one')]);
  });
});

describe('a name that silently means our column from the adoption on is named', () => {
  test.each([
    ['view v: restaurant_id', "CREATE VIEW v AS SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM pos_sync_queue q WHERE q.order_id = orders.id AND restaurant_id = 'adana');"],
    ['view v: restaurant_id, beside a star', "CREATE VIEW v AS SELECT id FROM orders WHERE EXISTS (SELECT * FROM pos_sync_queue q WHERE q.order_id = orders.id AND restaurant_id = 'adana');"],
    ['view v: a natural join', 'CREATE VIEW v AS SELECT * FROM (SELECT id AS order_id, restaurant_id FROM orders) NATURAL JOIN pos_sync_queue;'],
    ['view v: two stars', 'CREATE VIEW v AS SELECT * FROM pos_sync_queue q JOIN orders o ON o.id = q.order_id;'],
    ['view v: an alias', 'CREATE VIEW v AS SELECT provider AS revision, count(*) AS n FROM pos_sync_queue GROUP BY revision;'],
    ['trigger t', "CREATE TRIGGER t AFTER UPDATE ON orders BEGIN DELETE FROM orders WHERE EXISTS (SELECT 1 FROM pos_sync_queue q WHERE q.order_id = orders.id AND revision = 2); END;"],
  ])('%s', async (_name, sql) => {
    expect(await about(sql)).toEqual([expect.stringMatching(/Your (view v|trigger t) means something else[\s\S]*name of its table/)]);
  });
});

describe('nothing is said of', () => {
  test.each([
    'CREATE VIEW v AS SELECT * FROM pos_sync_queue;',
    'CREATE VIEW v AS SELECT * FROM pos_sync_queue q JOIN arch a ON a.a = q.order_id;',
    'CREATE VIEW v AS SELECT o.restaurant_id, o.revision FROM pos_sync_queue q JOIN orders o ON o.id = q.order_id;',
    'CREATE VIEW v AS SELECT restaurant_id, revision FROM orders;',
    'CREATE VIEW v AS SELECT * FROM no_such_table;',
    "CREATE TRIGGER o AFTER INSERT ON orders BEGIN INSERT OR IGNORE INTO pos_sync_queue (order_id, provider, payload) SELECT id, 'square', '{}' FROM orders WHERE restaurant_id = NEW.restaurant_id; END;",
    'CREATE TRIGGER "insert on" AFTER DELETE ON orders BEGIN DELETE FROM arch WHERE a = OLD.id; END;',
  ])('%s', async (sql) => {
    expect(await about(sql)).toEqual([]);
  });
});
