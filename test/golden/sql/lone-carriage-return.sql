CREATE TABLE a (x);-- for SQLite this comment goes onDROP TABLE a;
SELECT 1 FROM a;
