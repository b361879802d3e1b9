CREATE TABLE tax_forms (restaurant_id TEXT PRIMARY KEY REFERENCES restaurants (id), threshold_at TEXT);
