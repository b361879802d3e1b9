CREATE TABLE loyalty_entries (id INTEGER PRIMARY KEY, guest_id INTEGER REFERENCES guests (id), points INTEGER NOT NULL, order_id TEXT);
CREATE TRIGGER loyalty_adds_up AFTER INSERT ON loyalty_entries
BEGIN
  UPDATE guests SET points = points + NEW.points WHERE id = NEW.guest_id;
END;
