-- What support has written about a row. It goes with the row.
CREATE TABLE sync_notes (
  id INTEGER PRIMARY KEY,
  queue_id INTEGER NOT NULL REFERENCES pos_sync_queue (id) ON DELETE CASCADE,
  note TEXT NOT NULL
);
