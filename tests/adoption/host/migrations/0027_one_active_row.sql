-- After the incident: one row of an order that is to be pushed.
CREATE UNIQUE INDEX ux_pos_sync_queue_active ON pos_sync_queue (order_id, provider) WHERE status IN ('pending', 'failed');
