CREATE TABLE t (id);
EXPLAIN CREATE TRIGGER a INSERT ON t BEGIN SELECT 1; END;
explain query plan create temp trigger b insert on t begin select 1; select 2; end;
EXPLAIN SELECT 1;
CREATE TRIGGER c INSERT ON t BEGIN SELECT 1 END; END