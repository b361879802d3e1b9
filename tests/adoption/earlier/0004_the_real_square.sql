-- What the real Square asks for: access tokens per restaurant that expire and are renewed, a pace per
-- account, webhooks as hints, and error codes that nobody has seen before.

-- A restaurant's own tokens, sealed with AES-GCM under a secret of the worker's. token_version counts
-- the tokens that an account has had: a late reply to an older one changes nothing.
ALTER TABLE pos_accounts ADD COLUMN refresh_token TEXT;
ALTER TABLE pos_accounts ADD COLUMN token_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pos_accounts ADD COLUMN token_expires_at INTEGER;
ALTER TABLE pos_accounts ADD COLUMN token_renewed_at INTEGER;
-- One worker at a time renews an account's token: its holder, until renewal_at. Without a holder that
-- is when the token is due. renewal_error says why the last attempt got no new one.
ALTER TABLE pos_accounts ADD COLUMN renewal_holder TEXT NOT NULL DEFAULT '';
ALTER TABLE pos_accounts ADD COLUMN renewal_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pos_accounts ADD COLUMN renewal_error TEXT NOT NULL DEFAULT '';
CREATE INDEX pos_accounts_renewal ON pos_accounts (renewal_at) WHERE refresh_token IS NOT NULL;
-- How many requests of the account may be out at once; 0 is no limit but the worker's own.
ALTER TABLE pos_accounts ADD COLUMN pace INTEGER NOT NULL DEFAULT 0;
-- The reason of a pause in words, for whoever has to end it.
ALTER TABLE pos_accounts ADD COLUMN pause_detail TEXT NOT NULL DEFAULT '';

-- What Square has told us by webhook: an event is taken once, by the request that is named in taken_by.
-- It settles nothing; it says where to look.
CREATE TABLE pos_webhook_events (
  event_id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  location_id TEXT NOT NULL DEFAULT '',
  external_order_id TEXT NOT NULL DEFAULT '',
  taken_by TEXT NOT NULL DEFAULT '',
  received_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
) WITHOUT ROWID;
CREATE INDEX pos_webhook_events_location ON pos_webhook_events (location_id, received_at);
CREATE INDEX pos_webhook_events_received ON pos_webhook_events (received_at);

-- Error codes of Square's that our table does not have. They are taken for "unknown", which is safe,
-- and counted, because somebody should look at them.
CREATE TABLE pos_sync_unknown_codes (
  code TEXT PRIMARY KEY,
  seen INTEGER NOT NULL DEFAULT 0,
  first_seen_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  last_seen_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
) WITHOUT ROWID;
