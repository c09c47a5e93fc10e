CREATE TABLE keys (pem TEXT, note TEXT);
INSERT INTO keys VALUES ('-----BEGIN CERTIFICATE-----
MIIB;
-- === DOWN MIGRATION ===
-----END CERTIFICATE-----
', 'it''s; /* not a comment */');
INSERT INTO keys VALUES (x'3b3b', ''';''');
INSERT INTO keys VALUES ('', '');
SELECT 'a' || ';' || 'b' -- 'c;
;
