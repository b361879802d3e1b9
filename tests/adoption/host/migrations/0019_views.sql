CREATE VIEW unsynced_orders AS
SELECT o.id, o.restaurant_id, q.status, q.attempts, q.last_error
FROM orders o JOIN pos_sync_queue q ON q.order_id = o.id
WHERE q.status IN ('pending', 'failed', 'dead');

CREATE VIEW claims_of_today AS
SELECT claim_key FROM cron_idempotency_claims WHERE claimed_at >= date('now');
