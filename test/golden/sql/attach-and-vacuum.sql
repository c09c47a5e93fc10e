ATTACH DATABASE ':memory:' AS other;
CREATE TABLE other.t (x);
CREATE INDEX other.i ON t(x);
DETACH other;
VACUUM;
VACUUM main;
ANALYZE;
REINDEX;
