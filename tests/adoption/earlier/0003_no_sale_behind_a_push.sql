-- A row says what was sold, so what it says may not change behind a push. Two edits did slip through
-- (both found by the explorer): one between a worker's claim and its freeze, when nothing was frozen
-- yet but the old payload was already read; and one of a row that was booked. Either left a `success`
-- whose payload was never sent.

-- And an order that Square totals otherwise must not be paid, whoever replays it or enqueues it again:
-- that is knowledge of the world, so it stands in the ledger.

ALTER TABLE pos_sync_ledger ADD COLUMN total_differs INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER pos_sync_queue_payload_frozen;

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
      SELECT 1 FROM cron_idempotency_claims c
      WHERE c.claim_key = 'pos-sync:' || replace(replace(OLD.order_id, '%', '%25'), ':', '%3A') || ':'
          || replace(replace(OLD.provider, '%', '%25'), ':', '%3A')
        AND c.settled_at IS NULL))
BEGIN
  SELECT RAISE(ABORT, 'pos_sync_queue.payload: the request for this order is frozen, or a worker holds the order; enqueue the change as the next revision');
END;
