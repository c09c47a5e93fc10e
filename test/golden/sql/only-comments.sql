-- This migration was a mistake; it is kept so that its number stays taken.
/*
   DROP TABLE users;
*/
;
