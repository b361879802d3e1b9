// Fills a local D1 with orders that were settled long ago, straight into its file.
import { DatabaseSync } from 'node:sqlite';
import { settledLongAgo } from './settled.js';

/**
 * @param {string} file a database that nobody else has open
 * @param {'ours' | 'report'} schema
 * @param {number} rows
 */
export function fillHistory(file, schema, rows) {
  const db = new DatabaseSync(file);
  try {
    // A scratch database: if this dies, the whole run does.
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000');
    for (const insert of settledLongAgo(schema, rows)) db.exec(insert);
    db.exec('PRAGMA journal_mode = WAL');
  } finally {
    db.close();
  }
}
