-- Adopts pos_sync_queue where it stands: columns are added, and its columns keep their types and
-- meaning (created_at and updated_at stay texts, 'YYYY-MM-DD HH:MM:SS' in UTC). Nothing is renamed or
-- rebuilt, because ALTER TABLE … RENAME would take the host's triggers, views and foreign keys along.
-- Before it runs, the old cron must be off for 35 minutes (docs/adopting.md).

-- restaurant_id finds the account. revision: a higher one is a deliberate new sale. next_attempt_at
-- is Unix milliseconds of D1's clock, as every time in our own tables.
ALTER TABLE pos_sync_queue ADD COLUMN restaurant_id TEXT NOT NULL DEFAULT '';
ALTER TABLE pos_sync_queue ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE pos_sync_queue ADD COLUMN next_attempt_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pos_sync_queue ADD COLUMN external_order_id TEXT;
ALTER TABLE pos_sync_queue ADD COLUMN external_payment_id TEXT;

-- ---- the rows that are there already ----

-- What the old pusher booked is booked; what it tried without success may have been booked without a
-- key, so it is in doubt: it is looked for, never sent again. An attempt may have been counted on a
-- duplicate row alone, so an order is judged by all of its rows; attempts that are no number (NULL in
-- an older column stays NULL however often one is added) may have been any. This comes first: the
-- statements below change the statuses that it reads.
--
-- A row whose order_id or provider is no text names no order: it has no place in the ledger, and the
-- tick that finds it ends it as dead, rejected, in words.
INSERT INTO pos_sync_ledger
  (order_id, provider, revision, first_sent_at, last_sent_at, in_doubt_since, look_because, booked_at)
SELECT
  order_id, provider, 1, created_ms, now_ms,
  CASE WHEN booked THEN NULL ELSE created_ms END,
  CASE WHEN booked THEN '' ELSE 'keyless' END,
  CASE WHEN booked THEN booked_ms END
FROM (
  SELECT
    order_id, provider,
    CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER) AS now_ms,
    coalesce(min(strftime('%s', created_at)) * 1000,
             CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)) AS created_ms,
    max(status = 'success') AS booked,
    coalesce(max(CASE status WHEN 'success' THEN strftime('%s', coalesce(updated_at, created_at)) END)
               * 1000,
             CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)) AS booked_ms
  FROM pos_sync_queue
  WHERE typeof(order_id) = 'text' AND typeof(provider) = 'text'
  GROUP BY order_id, provider
  HAVING max(status = 'success') OR max(typeof(attempts) <> 'integer' OR attempts > 0)
    OR max(status NOT IN ('pending', 'success', 'dead'))
);

-- Each row that waits for an operator, changes, or is in doubt has a line that says so. A JSON text
-- holds no blob, which attempts may be.
INSERT INTO pos_sync_audit
  (order_id, provider, revision, actor, event, from_status, to_status, token, detail)
SELECT
  coalesce(CAST(q.order_id AS TEXT), ''), coalesce(CAST(q.provider AS TEXT), ''), 1, 'migration',
  CASE WHEN q.becomes = 'duplicate' THEN 'duplicate_row' ELSE 'adopted' END,
  CAST(q.status AS TEXT), CASE q.becomes WHEN 'same' THEN q.status ELSE 'dead' END,
  'migration:' || q.id,
  json_object('attempts', CASE typeof(q.attempts) WHEN 'integer' THEN q.attempts
    ELSE substr(quote(q.attempts), 1, 200) END, 'look_because', l.look_because)
FROM (
  SELECT
    id, order_id, provider, status, attempts,
    CASE
      WHEN status NOT IN ('pending', 'failed', 'success', 'dead') THEN 'unknown'
      WHEN order_id IS NULL OR provider IS NULL THEN 'same'
      WHEN status IN ('pending', 'failed') AND id <> min(CASE WHEN status IN ('pending', 'failed') THEN id END)
        OVER (PARTITION BY order_id, provider) THEN 'duplicate'
      ELSE 'same'
    END AS becomes
  FROM pos_sync_queue
) q
LEFT JOIN pos_sync_ledger l
  ON l.order_id = q.order_id AND l.provider = q.provider AND l.revision = 1
WHERE q.becomes <> 'same' OR l.in_doubt_since IS NOT NULL;

-- Attempts that are no integer count as one: the tick would refuse such a row as bent by its producer,
-- although its order may be at Square.
UPDATE pos_sync_queue SET attempts = 1
WHERE status IN ('pending', 'failed') AND typeof(attempts) <> 'integer';

-- The oldest active row of an order stays and inherits the highest attempts of its duplicates; the
-- others are dead. The dead ones keep their updated_at, for nothing has happened to their order.
UPDATE pos_sync_queue SET attempts = (
  SELECT max(d.attempts) FROM pos_sync_queue d
  WHERE d.order_id = pos_sync_queue.order_id AND d.provider = pos_sync_queue.provider
    AND d.status IN ('pending', 'failed'))
WHERE id IN (
  SELECT min(id) FROM pos_sync_queue WHERE status IN ('pending', 'failed')
    AND order_id IS NOT NULL AND provider IS NOT NULL
  GROUP BY order_id, provider HAVING count(*) > 1);

UPDATE pos_sync_queue SET
  status = 'dead',
  last_error = 'duplicate_row: the queue row ' || (
    SELECT min(f.id) FROM pos_sync_queue f
    WHERE f.order_id = pos_sync_queue.order_id AND f.provider = pos_sync_queue.provider
      AND f.status IN ('pending', 'failed')) || ' stands for this order'
WHERE status IN ('pending', 'failed') AND order_id IS NOT NULL AND provider IS NOT NULL
  AND id NOT IN (
  SELECT min(id) FROM pos_sync_queue WHERE status IN ('pending', 'failed')
  GROUP BY order_id, provider);

-- A status that pos-sync does not know may mean "was being sent": it waits for a human.
UPDATE pos_sync_queue SET
  last_error = 'unknown_outcome: adopted with the status "' || substr(status, 1, 200) || '"; '
    || substr(coalesce(last_error, ''), 1, 100000),
  status = 'dead'
WHERE status NOT IN ('pending', 'failed', 'success', 'dead');

-- ---- what only the database can guarantee ----

-- L2: one active row per order and provider. It stops the second INSERT; it does not stop the second
-- push of the same row, which is what the claim is for.
CREATE UNIQUE INDEX pos_sync_queue_active ON pos_sync_queue (order_id, provider)
  WHERE status IN ('pending', 'failed');
CREATE INDEX pos_sync_queue_due ON pos_sync_queue (restaurant_id, next_attempt_at, id)
  WHERE status IN ('pending', 'failed');
CREATE INDEX pos_sync_queue_dead ON pos_sync_queue (id) WHERE status = 'dead';
-- Rows that a producer's SQL has bent, or that are not plain ASCII: the worker looks at these before
-- it claims anything. A sound row is not in it, and costs nothing.
CREATE INDEX pos_sync_queue_odd ON pos_sync_queue (id)
  WHERE status IN ('pending', 'failed') AND (typeof(order_id) <> 'text'
    OR typeof(provider) <> 'text'
    OR typeof(restaurant_id) <> 'text'
    OR typeof(revision) <> 'integer'
    OR typeof(attempts) <> 'integer'
    OR typeof(next_attempt_at) <> 'integer'
    OR revision NOT BETWEEN 1 AND 9007199254740991
    OR length(CAST(order_id AS BLOB)) NOT BETWEEN 1 AND 200
    OR length(CAST(provider AS BLOB)) NOT BETWEEN 1 AND 50
    OR length(CAST(restaurant_id AS BLOB)) > 200
    OR instr(order_id, char(0)) > 0
    OR instr(provider, char(0)) > 0
    OR instr(restaurant_id, char(0)) > 0
    OR order_id GLOB '*[^ -~]*'
    OR provider GLOB '*[^ -~]*'
    OR restaurant_id GLOB '*[^ -~]*');
CREATE INDEX pos_sync_queue_order ON pos_sync_queue (order_id, provider);

-- A producer that enqueues an order again with another content learns nothing of it by OR IGNORE, and
-- its row is dropped or replaced. This line is what remains of it. The token is random: a second
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
    json_object('row_id', q.id, 'restaurant_id', CAST(NEW.restaurant_id AS TEXT),
                'revision', CAST(NEW.revision AS INTEGER),
                'payload', CAST(substr(NEW.payload, 1, 4096) AS TEXT))
  FROM pos_sync_queue q
  WHERE q.order_id = NEW.order_id AND q.provider = NEW.provider
    AND q.status IN ('pending', 'failed');
END;

-- L1b: a row says what was sold, so what it says may not change behind a push: not while a worker
-- holds the order, and not once its request is frozen. An edit would be believed and never arrive.
CREATE TRIGGER pos_sync_queue_payload_frozen BEFORE UPDATE OF payload, order_id, provider, revision, restaurant_id
ON pos_sync_queue
WHEN (NEW.payload <> OLD.payload OR NEW.order_id <> OLD.order_id OR NEW.provider <> OLD.provider
      OR NEW.revision <> OLD.revision OR NEW.restaurant_id <> OLD.restaurant_id)
  AND (
    EXISTS (
      SELECT 1 FROM pos_sync_ledger l
      WHERE l.order_id = OLD.order_id AND l.provider = OLD.provider AND l.revision = OLD.revision
        AND l.request IS NOT NULL)
    OR EXISTS (
      SELECT 1 FROM pos_sync_claims c
      WHERE c.claim_key = 'pos-sync:' || replace(replace(OLD.order_id, '%', '%25'), ':', '%3A') || ':'
          || replace(replace(OLD.provider, '%', '%25'), ':', '%3A')
        AND c.settled_at IS NULL))
BEGIN
  SELECT RAISE(ABORT, 'pos_sync_queue.payload: the request for this order is frozen, or a worker holds the order; enqueue the change as the next revision');
END;
