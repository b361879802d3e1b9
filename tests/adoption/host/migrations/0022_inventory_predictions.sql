CREATE TABLE inventory_predictions (id INTEGER PRIMARY KEY, ingredient_id INTEGER REFERENCES ingredients (id), day TEXT NOT NULL, need REAL NOT NULL);
