CREATE TABLE größen (größe TEXT, 名前 TEXT DEFAULT '🐦;🐦'); SELECT '🐦' AS 鳥;
CREATE TABLE "GRÖSSEN" (id); DROP TABLE größen;
