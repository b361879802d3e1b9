CREATE TABLE menus (id INTEGER PRIMARY KEY, restaurant_id TEXT NOT NULL REFERENCES restaurants (id), name TEXT NOT NULL);
