CREATE TABLE sync_history (id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, from_status TEXT, to_status TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TRIGGER pos_sync_queue_history AFTER UPDATE OF status ON pos_sync_queue WHEN NEW.status <> OLD.status
BEGIN
  INSERT INTO sync_history (order_id, from_status, to_status) VALUES (NEW.order_id, OLD.status, NEW.status);
END;
