CREATE TABLE t (a, "on");
CREATE VIEW v AS SELECT a, "on" FROM t;
CREATE TRIGGER "insert" INSTEAD OF UPDATE OF a, "on" ON v
BEGIN
  UPDATE t SET a = new.a WHERE "on" = old."on";
END;
DROP VIEW v;
