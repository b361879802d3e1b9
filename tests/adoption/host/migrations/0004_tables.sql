CREATE TABLE dining_tables (id INTEGER PRIMARY KEY, restaurant_id TEXT NOT NULL REFERENCES restaurants (id), label TEXT NOT NULL);
