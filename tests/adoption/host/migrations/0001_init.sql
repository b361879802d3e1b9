-- Restaurants that have signed up.
CREATE TABLE restaurants (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP);
