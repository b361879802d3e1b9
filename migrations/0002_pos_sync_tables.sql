-- The tables that pushing needs, beside the host's queue. Every time in them is an integer: Unix
-- milliseconds of D1's own clock.

-- Which schema this database carries. The worker refuses to run on a version that it does not know.
-- On a database with the tables of an unreleased pos-sync the name of the constraint is the error, and
-- nothing of this file is applied.
CREATE TABLE pos_sync_schema (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
    CONSTRAINT "this database carries an earlier pos-sync, which cannot be upgraded: restore it to before that adoption, see docs/adopting.md"
    CHECK (version > 0)
);
INSERT INTO pos_sync_schema (id, version)
SELECT 1, CASE WHEN EXISTS (
    SELECT 1 FROM sqlite_master
    WHERE type = 'table' AND name IN ('pos_sync_ledger', 'pos_sync_queue_v0'))
  THEN 0 ELSE 1 END;
-- The last file says which version this is: a database where a later one failed carries none.
DELETE FROM pos_sync_schema;

-- Who is pushing an order? One row per order that was ever claimed, and one per claim call
-- ('tick:{token}'). A table of ours, because a host purges its own claims by age, and a claim that
-- disappears while its order is at Square would let a second tick push the same order. Not in order
-- of time: WITHOUT ROWID writes one row less per claim.
CREATE TABLE pos_sync_claims (
  claim_key TEXT PRIMARY KEY,
  holder TEXT NOT NULL DEFAULT '',
  claimed_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  lease_until INTEGER NOT NULL DEFAULT 9007199254740991,
  settled_at INTEGER,
  row_id INTEGER,
  order_id TEXT,
  provider TEXT,
  revision INTEGER,
  takeovers INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
-- Partial, so that settled claims cost nothing; a query must repeat both terms.
CREATE INDEX pos_sync_claims_open ON pos_sync_claims (lease_until, holder)
  WHERE settled_at IS NULL AND holder <> '';
CREATE INDEX pos_sync_claims_suspect ON pos_sync_claims (claim_key) WHERE takeovers >= 2;
-- When a tick last began is asked by whatever watches GET /readyz: of a week of claim calls it reads one.
-- The push of one order is no tick, and costs nothing here.
CREATE INDEX pos_sync_claims_ticks ON pos_sync_claims (claimed_at)
  WHERE row_id IS NULL AND claim_key NOT GLOB 'tick:order:*';

-- What do we know about the world? One row per identity, kept for ever.
CREATE TABLE pos_sync_ledger (
  order_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  revision INTEGER NOT NULL,
  restaurant_id TEXT NOT NULL DEFAULT '',
  fingerprint TEXT,
  request TEXT,
  first_sent_at INTEGER,
  last_sent_at INTEGER,
  in_doubt_since INTEGER,
  look_because TEXT NOT NULL DEFAULT ''
    CHECK (look_because IN ('', 'conflict', 'rejected', 'attempts', 'cancel', 'keyless',
      'account')),
  absent_at INTEGER,
  booked_at INTEGER,
  external_order_id TEXT,
  external_payment_id TEXT,
  -- Square totals this order otherwise than its payload does: it must not be paid, also after a
  -- replay or after it is enqueued again.
  total_differs INTEGER NOT NULL DEFAULT 0,
  -- What is frozen was refused for good, with nothing in doubt: nothing of it stands at Square. The
  -- next claim freezes it as it would be mapped by then, under a key of its own, for Square may answer
  -- a key that it has refused with the same refusal for ever; `refusals` counts those keys. NULL as
  -- soon as anything of it may have been booked.
  refused_at INTEGER,
  refusals INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, provider, revision)
) WITHOUT ROWID;
CREATE INDEX pos_sync_ledger_refused ON pos_sync_ledger (refused_at) WHERE refused_at IS NOT NULL;
CREATE INDEX pos_sync_ledger_in_doubt ON pos_sync_ledger (in_doubt_since)
  WHERE in_doubt_since IS NOT NULL;

-- How did we come to know it? Append-only, one line per transition.
CREATE TABLE pos_sync_audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  actor TEXT NOT NULL,
  event TEXT NOT NULL,
  from_status TEXT,
  to_status TEXT,
  token TEXT NOT NULL,
  detail TEXT
);
CREATE UNIQUE INDEX pos_sync_audit_line
  ON pos_sync_audit (order_id, provider, revision, token, event);
-- Which order was marked done as that one of the provider's? Two of ours would lose a sale. Only marks are in it.
CREATE INDEX pos_sync_audit_marked ON pos_sync_audit (json_extract(detail, '$.external_order_id'))
  WHERE event = 'marked_done';

-- Whose money is it? The row ('', 'square') stands for the worker's own secret and location.
CREATE TABLE pos_accounts (
  restaurant_id TEXT NOT NULL DEFAULT '',
  provider TEXT NOT NULL DEFAULT 'square',
  location_id TEXT,
  -- A restaurant's own tokens, sealed with AES-GCM under a secret of the worker's. token_version
  -- counts the tokens that an account has had: a late reply to an older one changes nothing.
  token TEXT,
  refresh_token TEXT,
  token_version INTEGER NOT NULL DEFAULT 0,
  token_expires_at INTEGER,
  token_renewed_at INTEGER,
  -- One worker at a time renews an account's token: its holder, until renewal_at. Without a holder
  -- that is when the token is due. renewal_error says why the last attempt got no new one.
  renewal_holder TEXT NOT NULL DEFAULT '',
  renewal_at INTEGER NOT NULL DEFAULT 0,
  renewal_error TEXT NOT NULL DEFAULT '',
  -- paused_until and pause_reason stop every order of the account, pause_detail is the reason in
  -- words; unknown_run counts unknown outcomes in a row; breaker_opens > 0 means that one order
  -- probes before the others go on; pace is how many of its requests may be out at once (0: no
  -- limit but the worker's own).
  state TEXT NOT NULL DEFAULT 'active',
  paused_until INTEGER NOT NULL DEFAULT 0,
  pause_reason TEXT NOT NULL DEFAULT '',
  pause_detail TEXT NOT NULL DEFAULT '',
  unknown_run INTEGER NOT NULL DEFAULT 0,
  breaker_opens INTEGER NOT NULL DEFAULT 0,
  pace INTEGER NOT NULL DEFAULT 0,
  -- Since when the account refuses, or cannot be served, in a way that a human has to end: set by the
  -- first refusal, NULL again with the first success. A pause ends and is found out again; this stays.
  refused_since INTEGER,
  -- Equal refusals of different orders, with no success between them: from the fifth on they are the
  -- account's and not the orders'. `refusal` says what they have in common; no order was counted
  -- before refusal_began_at. served_at is when a success last ended a run, or another refusal of the
  -- account.
  refusal TEXT NOT NULL DEFAULT '',
  refusal_run INTEGER NOT NULL DEFAULT 0,
  refusal_began_at INTEGER,
  served_at INTEGER,
  -- Whom to write to, in which language, and when its day begins. Empty: what Square says of the
  -- location.
  name TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '',
  time_zone TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  PRIMARY KEY (restaurant_id, provider)
) WITHOUT ROWID;
CREATE INDEX pos_accounts_breaker ON pos_accounts (restaurant_id) WHERE breaker_opens > 0;
CREATE INDEX pos_accounts_renewal ON pos_accounts (renewal_at) WHERE refresh_token IS NOT NULL;

INSERT INTO pos_accounts (restaurant_id, provider) VALUES ('', 'square');

-- Without this row nothing of a restaurant without an account of its own would ever be claimed, and
-- the operator would not learn why.
CREATE TRIGGER pos_accounts_keeps_the_default BEFORE DELETE ON pos_accounts
WHEN OLD.restaurant_id = '' AND OLD.provider = 'square'
BEGIN
  SELECT RAISE(ABORT, 'pos_accounts: the default row is needed by every restaurant without a row of its own');
END;

-- Where the purge stopped, so that a tick reads a bounded number of rows.
CREATE TABLE pos_sync_cursors (
  name TEXT PRIMARY KEY,
  position TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
INSERT INTO pos_sync_cursors (name) VALUES ('claims'), ('queue'), ('audit');

-- What Square has told us by webhook: an event is taken once, by the request that is named in
-- taken_by. It settles nothing; it says where to look.
CREATE TABLE pos_webhook_events (
  event_id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  location_id TEXT NOT NULL DEFAULT '',
  external_order_id TEXT NOT NULL DEFAULT '',
  taken_by TEXT NOT NULL DEFAULT '',
  received_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER))
) WITHOUT ROWID;
CREATE INDEX pos_webhook_events_location ON pos_webhook_events (location_id, received_at);
CREATE INDEX pos_webhook_events_received ON pos_webhook_events (received_at);

-- Error codes of Square's that our table does not have. They are taken for "unknown", which is safe,
-- and counted, because an operator should look at them.
CREATE TABLE pos_sync_unknown_codes (
  code TEXT PRIMARY KEY,
  seen INTEGER NOT NULL DEFAULT 0,
  first_seen_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  last_seen_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER))
) WITHOUT ROWID;
