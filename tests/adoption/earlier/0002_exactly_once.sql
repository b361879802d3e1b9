-- Rebuilds the queue and the claims, and adds the ledger, the audit and the accounts.
--
-- D1 refuses ADD COLUMN with a default that is not constant, so the tables are built anew and their
-- rows copied. Nothing is dropped: the old tables stay as *_v0 until somebody removes them.
-- Before it runs, the old cron must be off for 35 minutes (README, "Adopting an existing queue").
-- Every time is Unix milliseconds of D1's own clock.

ALTER TABLE pos_sync_queue RENAME TO pos_sync_queue_v0;
ALTER TABLE cron_idempotency_claims RENAME TO cron_idempotency_claims_v0;

-- What should be done? AUTOINCREMENT, because the id of a deleted row must never name another order:
-- a claim in flight still points at it.
CREATE TABLE pos_sync_queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL,
  provider TEXT NOT NULL DEFAULT 'square',
  restaurant_id TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 1,
  payload TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'failed', 'success', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  external_order_id TEXT,
  external_payment_id TEXT,
  last_error TEXT,
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
);

-- Who is doing it? Any cron may keep its claims here; a plain `INSERT OR IGNORE (claim_key)` holds
-- for ever. The columns from row_id on are used by claims on orders only.
CREATE TABLE cron_idempotency_claims (
  claim_key TEXT PRIMARY KEY,
  holder TEXT NOT NULL DEFAULT '',
  claimed_at INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  lease_until INTEGER NOT NULL DEFAULT 9007199254740991,
  settled_at INTEGER,
  row_id INTEGER,
  order_id TEXT,
  provider TEXT,
  revision INTEGER,
  takeovers INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

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
    CHECK (look_because IN ('', 'conflict', 'rejected', 'attempts', 'cancel', 'keyless')),
  absent_at INTEGER,
  booked_at INTEGER,
  external_order_id TEXT,
  external_payment_id TEXT,
  PRIMARY KEY (order_id, provider, revision)
) WITHOUT ROWID;

-- How did we come to know it? Append-only, one line per transition.
CREATE TABLE pos_sync_audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  actor TEXT NOT NULL,
  event TEXT NOT NULL,
  from_status TEXT,
  to_status TEXT,
  token TEXT NOT NULL,
  detail TEXT
);

-- Whose money is it? The row ('', 'square') stands for the worker's own secret and location.
-- paused_until and pause_reason stop every order of the account; unknown_run counts unknown outcomes
-- in a row; breaker_opens > 0 means that one order probes before the others go on.
CREATE TABLE pos_accounts (
  restaurant_id TEXT NOT NULL DEFAULT '',
  provider TEXT NOT NULL DEFAULT 'square',
  location_id TEXT,
  token TEXT,
  state TEXT NOT NULL DEFAULT 'active',
  paused_until INTEGER NOT NULL DEFAULT 0,
  pause_reason TEXT NOT NULL DEFAULT '',
  unknown_run INTEGER NOT NULL DEFAULT 0,
  breaker_opens INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  PRIMARY KEY (restaurant_id, provider)
) WITHOUT ROWID;

-- Where the purge stopped looking, so that an idle tick looks at a bounded number of rows.
CREATE TABLE pos_sync_cursors (
  name TEXT PRIMARY KEY,
  position TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

INSERT INTO pos_accounts (restaurant_id, provider) VALUES ('', 'square');
INSERT INTO pos_sync_cursors (name) VALUES ('claims'), ('queue'), ('audit');

-- ---- the rows that are there already ----

-- The oldest active row of an order stays and inherits the highest attempts of its duplicates. A
-- status this schema does not know may mean "was being sent": it waits for a human.
INSERT INTO pos_sync_queue
  (id, order_id, provider, payload, status, attempts, last_error, created_at, updated_at)
SELECT
  id, order_id, provider, payload,
  CASE
    WHEN status NOT IN ('pending', 'failed', 'success', 'dead') THEN 'dead'
    WHEN status IN ('pending', 'failed') AND id <> first_active THEN 'dead'
    ELSE status
  END,
  CASE WHEN id = first_active THEN most_attempts ELSE attempts END,
  CASE
    WHEN status NOT IN ('pending', 'failed', 'success', 'dead')
      THEN 'unknown_outcome: adopted with the status "' || status || '"; ' || coalesce(last_error, '')
    WHEN status IN ('pending', 'failed') AND id <> first_active
      THEN 'duplicate_row: the queue row ' || first_active || ' stands for this order'
    -- Its words are the old pusher's; ours begin with a code that says what to do.
    WHEN status = 'dead' THEN 'unknown_outcome: adopted as dead; ' || coalesce(last_error, '')
    ELSE last_error
  END,
  created_ms,
  coalesce(updated_ms, created_ms)
FROM (
  SELECT
    id, order_id, provider, payload, status, attempts, last_error,
    min(CASE WHEN status IN ('pending', 'failed') THEN id END)
      OVER (PARTITION BY order_id, provider) AS first_active,
    max(CASE WHEN status IN ('pending', 'failed') THEN attempts END)
      OVER (PARTITION BY order_id, provider) AS most_attempts,
    coalesce(CAST((julianday(created_at) - 2440587.5) * 86400000 AS INTEGER),
             CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) AS created_ms,
    CAST((julianday(updated_at) - 2440587.5) * 86400000 AS INTEGER) AS updated_ms
  FROM pos_sync_queue_v0
);

-- What the old pusher booked is booked; what it tried without success may have been booked without a
-- key, so it is in doubt: it is looked for, never sent again.
INSERT INTO pos_sync_ledger
  (order_id, provider, revision, first_sent_at, last_sent_at, in_doubt_since, look_because, booked_at)
SELECT
  order_id, provider, 1,
  min(created_at),
  CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
  CASE WHEN max(old_status = 'success') THEN NULL ELSE min(created_at) END,
  CASE WHEN max(old_status = 'success') THEN '' ELSE 'keyless' END,
  CASE WHEN max(old_status = 'success') THEN max(CASE old_status WHEN 'success' THEN updated_at END) END
FROM (
  SELECT q.order_id, q.provider, q.created_at, q.updated_at, v.status AS old_status, v.attempts
  FROM pos_sync_queue_v0 v JOIN pos_sync_queue q ON q.id = v.id
)
GROUP BY order_id, provider
HAVING max(old_status = 'success') OR max(attempts) > 0
  OR max(old_status NOT IN ('pending', 'success', 'dead'));

INSERT INTO pos_sync_audit
  (order_id, provider, revision, actor, event, from_status, to_status, token, detail)
SELECT
  q.order_id, q.provider, 1, 'migration',
  CASE WHEN q.last_error LIKE 'duplicate_row:%' THEN 'duplicate_row' ELSE 'adopted' END,
  v.status, q.status, 'migration:' || q.id,
  json_object('attempts', v.attempts, 'look_because', l.look_because)
FROM pos_sync_queue_v0 v
JOIN pos_sync_queue q ON q.id = v.id
LEFT JOIN pos_sync_ledger l
  ON l.order_id = q.order_id AND l.provider = q.provider AND l.revision = 1
WHERE q.status <> v.status OR l.in_doubt_since IS NOT NULL;

INSERT INTO cron_idempotency_claims (claim_key, claimed_at)
SELECT claim_key, CAST((julianday(claimed_at) - 2440587.5) * 86400000 AS INTEGER)
FROM cron_idempotency_claims_v0
WHERE claim_key IS NOT NULL;

-- ---- what only the database can guarantee ----

-- L2: one active row per order and provider. It stops the second INSERT; it does not stop the second
-- push of the same row, which is what the claim is for.
CREATE UNIQUE INDEX pos_sync_queue_active ON pos_sync_queue (order_id, provider)
  WHERE status IN ('pending', 'failed');
CREATE INDEX pos_sync_queue_due ON pos_sync_queue (restaurant_id, next_attempt_at, id)
  WHERE status IN ('pending', 'failed');
CREATE INDEX pos_sync_queue_dead ON pos_sync_queue (id) WHERE status = 'dead';
CREATE INDEX pos_sync_queue_order ON pos_sync_queue (order_id, provider);

-- Partial, so that settled claims and other crons' plain claims cost nothing; a query must repeat
-- both terms.
CREATE INDEX cron_idempotency_claims_open ON cron_idempotency_claims (lease_until, holder)
  WHERE settled_at IS NULL AND holder <> '';
CREATE INDEX cron_idempotency_claims_suspect ON cron_idempotency_claims (claim_key)
  WHERE takeovers >= 2;

CREATE INDEX pos_sync_ledger_in_doubt ON pos_sync_ledger (in_doubt_since)
  WHERE in_doubt_since IS NOT NULL;
CREATE INDEX pos_accounts_breaker ON pos_accounts (restaurant_id) WHERE breaker_opens > 0;
CREATE UNIQUE INDEX pos_sync_audit_line
  ON pos_sync_audit (order_id, provider, revision, token, event);

-- A producer that enqueues an order again with another content is told nothing by OR IGNORE, and its
-- row is dropped or replaced. This line is what remains of it. The token is random: a second
-- dropped insert must not fail in the producer's face.
CREATE TRIGGER pos_sync_queue_insert_conflicts BEFORE INSERT ON pos_sync_queue
WHEN NEW.status IN ('pending', 'failed') AND EXISTS (
  SELECT 1 FROM pos_sync_queue q
  WHERE q.order_id = NEW.order_id AND q.provider = NEW.provider
    AND q.status IN ('pending', 'failed')
    AND (q.payload <> NEW.payload OR q.restaurant_id <> NEW.restaurant_id
         OR q.revision <> NEW.revision))
BEGIN
  INSERT INTO pos_sync_audit
    (order_id, provider, revision, actor, event, from_status, to_status, token, detail)
  SELECT q.order_id, q.provider, q.revision, 'trigger', 'insert_conflicts', q.status, q.status,
    'trigger:' || lower(hex(randomblob(16))),
    json_object('row_id', q.id, 'restaurant_id', NEW.restaurant_id, 'revision', NEW.revision,
                'payload', substr(NEW.payload, 1, 4096))
  FROM pos_sync_queue q
  WHERE q.order_id = NEW.order_id AND q.provider = NEW.provider
    AND q.status IN ('pending', 'failed');
END;

-- L1b: once bytes are frozen, they are what is sent; an edit would be believed and never arrive.
CREATE TRIGGER pos_sync_queue_payload_frozen BEFORE UPDATE OF payload, order_id, provider, revision, restaurant_id
ON pos_sync_queue
WHEN (NEW.payload <> OLD.payload OR NEW.order_id <> OLD.order_id OR NEW.provider <> OLD.provider
      OR NEW.revision <> OLD.revision OR NEW.restaurant_id <> OLD.restaurant_id)
  AND OLD.status IN ('pending', 'failed')
  AND EXISTS (
    SELECT 1 FROM pos_sync_ledger l
    WHERE l.order_id = OLD.order_id AND l.provider = OLD.provider AND l.revision = OLD.revision
      AND l.request IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'pos_sync_queue.payload: the request for this order is frozen; enqueue the change as the next revision');
END;

-- Without this row nothing of a restaurant without an account of its own would ever be claimed, and
-- nobody would be told.
CREATE TRIGGER pos_accounts_keeps_the_default BEFORE DELETE ON pos_accounts
WHEN OLD.restaurant_id = '' AND OLD.provider = 'square'
BEGIN
  SELECT RAISE(ABORT, 'pos_accounts: the default row is needed by every restaurant without a row of its own');
END;
