;;
; CREATE TABLE a (x);;
-- c
; ; SELECT 1;;