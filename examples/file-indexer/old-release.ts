import Database from 'better-sqlite3';

/** What release 1.0.0 made on every user's machine, years before there were migrations. */
export function createAsRelease100(database: string): void {
  const db = new Database(database);
  db.pragma('journal_mode = WAL');
  db.exec(`
    CREATE TABLE files (
      id           INTEGER PRIMARY KEY,
      path         TEXT NOT NULL UNIQUE,
      parent_id    INTEGER REFERENCES files (id) ON DELETE CASCADE,
      is_folder    INTEGER NOT NULL,
      size         INTEGER NOT NULL,
      modified_at  TEXT NOT NULL
    );
    CREATE INDEX idx_files_parent ON files (parent_id);
    CREATE TABLE schema_version (version TEXT NOT NULL, updated_at TEXT NOT NULL);
    INSERT INTO schema_version VALUES ('1.0.0', '2025-03-01T09:00:00Z');
    INSERT INTO files (id, path, parent_id, is_folder, size, modified_at) VALUES
      (1, '/home/ada', NULL, 1, 0, '2025-02-01T10:00:00Z'),
      (2, '/home/ada/letters', 1, 1, 0, '2025-02-03T10:00:00Z'),
      (3, '/home/ada/letters/babbage.txt', 2, 0, 1200, '2025-02-03T10:00:00Z'),
      (4, '/home/ada/letters/somerville.txt', 2, 0, 800, '2025-02-04T10:00:00Z'),
      (5, '/home/ada/notes.txt', 1, 0, 500, '2025-02-05T10:00:00Z');
  `);
  db.close();
}
