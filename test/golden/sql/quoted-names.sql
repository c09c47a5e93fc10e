CREATE TABLE "select" ("a;b" TEXT UNIQUE, [c;d] TEXT, `e;f` TEXT, "g""h" TEXT);
CREATE TABLE [order; by] (id INTEGER PRIMARY KEY REFERENCES "select"("a;b"));
CREATE TABLE 'single' (id);
INSERT INTO "select" ("a;b") SELECT `order; by`."id" FROM [order; by], 'single' WHERE single.id IS NULL;
ALTER TABLE `order; by` RENAME TO "a ""better"" name";
DROP TABLE "a ""better"" name";
DROP TABLE main.'single';
