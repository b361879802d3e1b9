-- An order that is placed goes to the point of sale.
CREATE TRIGGER orders_go_to_the_pos AFTER INSERT ON orders WHEN NEW.state = 'placed'
BEGIN
  INSERT OR IGNORE INTO pos_sync_queue (order_id, provider, payload) VALUES (NEW.id, 'square', NEW.payload);
END;

CREATE TRIGGER orders_placed_later AFTER UPDATE OF state ON orders WHEN NEW.state = 'placed' AND OLD.state <> 'placed'
BEGIN
  INSERT OR IGNORE INTO pos_sync_queue (order_id, provider, payload) VALUES (NEW.id, 'square', NEW.payload);
END;
