-- The tables as the incident report left them. On a database that has them this changes nothing;
-- on an empty one it gives the next migration something to rebuild.

CREATE TABLE IF NOT EXISTS pos_sync_queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  payload TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending',
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  created_at TEXT DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT
);

CREATE INDEX IF NOT EXISTS idx_pos_sync_queue_order_id ON pos_sync_queue (order_id);

CREATE TABLE IF NOT EXISTS cron_idempotency_claims (
  claim_key TEXT PRIMARY KEY,
  claimed_at TEXT
);
