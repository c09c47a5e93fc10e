CREATE TABLE t (a, b);
CREATE TABLE t_backup AS SELECT t.* FROM t;
DROP TABLE t;
CREATE TABLE t (a, b, c DEFAULT (1 * 2));
INSERT INTO t (a, b) SELECT * FROM t_backup;
INSERT INTO t (a, b) SELECT a * 2, count(*) FROM t_backup WHERE EXISTS (SELECT * FROM t) GROUP BY a;
DROP TABLE IF EXISTS main.t_backup;
