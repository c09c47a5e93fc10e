/* one; */ CREATE /* two; ' */ TABLE -- three; "
a /* /* not nested */ (x -- four
); -- five; six
/**/ SELECT/**/1/*/;*/;
-- the last has no line end
SELECT 1--;