SELECT 1;
{{ template }};
SELECT $1::int, 12abc, !x;
\i other.sql
