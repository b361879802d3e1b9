ALTER TABLE pos_sync_queue ADD COLUMN channel TEXT NOT NULL DEFAULT 'qr';
