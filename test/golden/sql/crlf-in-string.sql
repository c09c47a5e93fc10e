CREATE TABLE a (x);
INSERT INTO a VALUES ('first
second; -- no comment
');
