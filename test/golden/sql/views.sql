CREATE TABLE a (id, b_id); CREATE TABLE b (id); CREATE TABLE "c d" (id);
CREATE VIEW v AS SELECT a.id FROM a, b LEFT JOIN "c d" AS e ON max(a.id, b.id) = e.id;
CREATE VIEW IF NOT EXISTS w (x, y) AS SELECT id, (SELECT count(*) FROM b WHERE b.id = a.b_id) FROM (a JOIN "c d" USING (id)), (VALUES (1, 2));
CREATE VIEW u AS SELECT 1 FROM a WHERE id IN "c d" UNION SELECT id FROM b ORDER BY 1;
DROP VIEW IF EXISTS u;
