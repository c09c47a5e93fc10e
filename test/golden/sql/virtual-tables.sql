CREATE VIRTUAL TABLE notes USING fts5(title, body, tokenize = 'porter unicode61');
CREATE VIRTUAL TABLE IF NOT EXISTS main."n;2" USING fts5(a, prefix = '2 3');
INSERT INTO notes (notes) VALUES ('rebuild');
SELECT * FROM notes WHERE notes MATCH 'a OR ";"' ORDER BY rank;
CREATE VIRTUAL TABLE boxes USING rtree(id, minx, maxx);
DROP TABLE notes;
