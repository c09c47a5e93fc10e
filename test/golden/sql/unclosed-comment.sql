CREATE TABLE a (x);
SELECT * FROM a /* a comment that is never closed; DROP TABLE a;
