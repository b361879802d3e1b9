CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), name TEXT, price INTEGER);
CREATE INDEX idx_order_items_order ON order_items (order_id);
