-- Migration: 002_folder_size
-- Description: What a folder holds, all its subfolders included, so that the largest are found at once
-- Author: The file indexer's authors
-- Date: 2026-11-21
-- Schema-Version: 1.1.0

-- === UP MIGRATION ===
ALTER TABLE files ADD COLUMN folder_size INTEGER;

CREATE INDEX idx_files_folder_size ON files (folder_size);

UPDATE schema_version SET version = '1.1.0', updated_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now');

-- === DOWN MIGRATION ===
DROP INDEX idx_files_folder_size;

ALTER TABLE files DROP COLUMN folder_size;

UPDATE schema_version SET version = '1.0.0', updated_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now');

-- === VERIFY ===
-- files has the column folder_size
SELECT count(*) = 1 FROM pragma_table_info('files') WHERE name = 'folder_size';

-- idx_files_folder_size is an index on it
SELECT count(*) = 1 FROM pragma_index_info('idx_files_folder_size') WHERE name = 'folder_size';

-- schema_version says 1.1.0, in one row
SELECT count(*) = 1 AND max(version) = '1.1.0' FROM schema_version;
