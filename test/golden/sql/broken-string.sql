CREATE TABLE a (x);
INSERT INTO a VALUES ('never closed);
DROP TABLE a;
