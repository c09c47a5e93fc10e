import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionPool } from './connection-pool.ts';

/** Replaces what the index has for a folder with the folder's present contents. */
export async function indexFolder(pool: ConnectionPool, root: string): Promise<number> {
  return await pool.use((db) => {
    const insert = db
      .prepare('INSERT INTO files (path, parent_id, is_folder, size, modified_at) VALUES (?, ?, ?, ?, ?) RETURNING id')
      .pluck();
    function add(path: string, parent: unknown): number {
      const { mtime } = statSync(path);
      const entries = readdirSync(path, { withFileTypes: true });
      const id = insert.get(path, parent, 1, 0, mtime.toISOString());
      let count = 1;
      for (const entry of entries) {
        const child = join(path, entry.name);
        if (entry.isDirectory()) count += add(child, id);
        if (!entry.isFile()) continue;
        const file = statSync(child);
        insert.get(child, id, 0, file.size, file.mtime.toISOString());
        count++;
      }
      return count;
    }
    return db.transaction(() => {
      db.prepare('DELETE FROM files WHERE path = ?').run(root);
      return add(root, null);
    })();
  });
}

/** What release 1.1.0 brings: every folder's size with all that is below it. */
export async function computeFolderSizes(pool: ConnectionPool): Promise<void> {
  await pool.use((db) => {
    // A folder has a lower id than its contents. So from the highest id down, every sum is complete when it is used.
    const rows = db.prepare('SELECT id, parent_id, is_folder, size FROM files ORDER BY id DESC').all() as {
      id: number;
      parent_id: number | null;
      is_folder: number;
      size: number;
    }[];
    const sizes = new Map<number | null, number>();
    const update = db.prepare('UPDATE files SET folder_size = ? WHERE id = ?');
    db.transaction(() => {
      for (const row of rows) {
        const size = row.size + (sizes.get(row.id) ?? 0);
        if (row.is_folder === 1) update.run(size, row.id);
        sizes.set(row.parent_id, (sizes.get(row.parent_id) ?? 0) + size);
      }
    })();
  });
}

export interface Folder {
  readonly path: string;
  readonly folder_size: number;
}

/** The largest folders, by the new index. */
export async function largestFolders(pool: ConnectionPool, count: number): Promise<readonly Folder[]> {
  const sql = 'SELECT path, folder_size FROM files WHERE folder_size NOT NULL ORDER BY folder_size DESC, path LIMIT ?';
  return await pool.use((db) => db.prepare(sql).all(count) as Folder[]);
}
