CREATE INDEX idx_pos_sync_queue_created_at ON pos_sync_queue (created_at);
