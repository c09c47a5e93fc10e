-- +migrate Up
CREATE TABLE IF NOT EXISTS "sites" (
	"id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	"tracking_id" VARCHAR(8) UNIQUE,
	"created_at" DATETIME DEFAULT CURRENT_TIMESTAMP
);--> statement-breakpoint
INSERT INTO sites (tracking_id) VALUES ('ABC;1');

-- +migrate Down
DROP TABLE IF EXISTS sites;
