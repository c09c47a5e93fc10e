import type { MigrationDatabase } from 'dunlin';

export const version = 1;
export const description = 'Remember where each user keeps which kind of file, and on which drive';

export function up(db: MigrationDatabase): void {
  db.exec(`
    CREATE TABLE drives (
      id INTEGER PRIMARY KEY,
      user TEXT NOT NULL,
      label TEXT NOT NULL,
      available INTEGER NOT NULL DEFAULT 1,
      UNIQUE (user, label)
    );
    CREATE TABLE destinations (
      id INTEGER PRIMARY KEY,
      user TEXT NOT NULL,
      category TEXT NOT NULL,
      path TEXT NOT NULL,
      drive_id INTEGER REFERENCES drives (id), -- NULL: below the user's home
      active INTEGER NOT NULL DEFAULT 1
    );
    CREATE TABLE destination_usage (
      id INTEGER PRIMARY KEY,
      destination_id INTEGER NOT NULL REFERENCES destinations (id) ON DELETE CASCADE,
      file_name TEXT NOT NULL,
      used_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
    );
    CREATE INDEX idx_drives_user_available ON drives (user, available);
    CREATE INDEX idx_destinations_user_category ON destinations (user, category);
    CREATE INDEX idx_destinations_user_active ON destinations (user, active);
    CREATE INDEX idx_destination_usage_destination ON destination_usage (destination_id);
  `);
}

export function down(db: MigrationDatabase): void {
  db.exec('DROP TABLE destination_usage; DROP TABLE destinations; DROP TABLE drives;');
}
