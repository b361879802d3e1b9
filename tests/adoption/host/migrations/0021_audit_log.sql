CREATE TABLE audit_log (id INTEGER PRIMARY KEY, what TEXT NOT NULL, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TRIGGER pos_sync_queue_deletions AFTER DELETE ON pos_sync_queue
BEGIN
  INSERT INTO audit_log (what) VALUES ('queue row of ' || OLD.order_id || ' deleted');
END;
