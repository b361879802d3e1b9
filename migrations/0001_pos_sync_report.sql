-- The two tables that a host may have already, as the incident report left them. On a database that
-- has them this changes nothing; on an empty one it creates them.
--
-- Both stay the host's: no later migration renames, rebuilds or drops either, so that the host's
-- triggers, views and foreign keys keep referring to what they referred to. pos_sync_queue gets
-- columns of ours (0003); cron_idempotency_claims is never read or written by pos-sync.

CREATE TABLE IF NOT EXISTS pos_sync_queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL,
  provider TEXT NOT NULL DEFAULT 'square',
  payload TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending',
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  created_at TEXT DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT
);

CREATE TABLE IF NOT EXISTS cron_idempotency_claims (
  claim_key TEXT PRIMARY KEY,
  claimed_at TEXT DEFAULT CURRENT_TIMESTAMP
);
