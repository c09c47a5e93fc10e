CREATE TABLE t (a, j);
SELECT 1_000, 0xFF, .5, 1., 1e5, 1.5E-3, -1, +1, ~1, 5%3, 1<<2>>1, 1<>2, 1!=2, 1==1, 1<=2, 2>=1, 1|2, 1&3, 'a'||'b';
SELECT j -> '$.a', j ->> '$.b', j->>0 FROM t;
SELECT a*2, a-1--1
FROM t
;
