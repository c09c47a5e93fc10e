import Database from 'better-sqlite3';
import { migrateSync, type Logger, type MigrationOutcome } from 'dunlin';
import { shipped } from './options.ts';
import { spell } from './paths.ts';

/** "This user's invoices go there." */
export interface Destination {
  readonly user: string;
  readonly category: string;
  readonly path: string;
  /** The drive's label; none for a folder below the user's home. */
  readonly drive?: string;
}

export interface Suggestion {
  readonly path: string;
  readonly drive: string | null;
  readonly uses: number;
}

export interface PathMemoryOptions {
  /** The release's own by default. */
  readonly migrations?: string;
  readonly logger?: Logger;
}

/**
 * Remembers where each user keeps which kind of file. Making one brings the database to the newest schema first; if
 * that fails the constructor throws, so there is never a PathMemory on a schema that it does not know.
 */
export class PathMemory {
  /** The migrations that this start applied; usually none. */
  readonly applied: readonly MigrationOutcome[];
  readonly #db: Database.Database;

  constructor(path: string, { migrations = shipped, logger }: PathMemoryOptions = {}) {
    this.#db = new Database(path);
    try {
      this.applied = migrateSync({ database: this.#db, migrations, logger }).applied;
      this.#db.pragma('foreign_keys = ON');
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Remembers that a file went there. */
  learn({ user, category, path, drive }: Destination, fileName: string): void {
    const spelled = spell(path) ?? path;
    this.#db.transaction(() => {
      const driveId = drive === undefined ? null : this.#driveId(user, drive);
      const known = this.#db
        .prepare<unknown[], number>(
          'SELECT id FROM destinations WHERE user = ? AND category = ? AND path = ? AND drive_id IS ? AND active',
        )
        .pluck()
        .get(user, category, spelled, driveId);
      const destination =
        known ??
        this.#db
          .prepare('INSERT INTO destinations (user, category, path, drive_id) VALUES (?, ?, ?, ?)')
          .run(user, category, spelled, driveId).lastInsertRowid;
      this.#db
        .prepare('INSERT INTO destination_usage (destination_id, file_name) VALUES (?, ?)')
        .run(destination, fileName);
    })();
  }

  /** Where a file of this kind may go, the most used folder first. A drive that is not plugged in is left out. */
  suggest(user: string, category: string): Suggestion[] {
    return this.#db
      .prepare<unknown[], Suggestion>(
        `SELECT path, label AS drive, count(destination_usage.id) AS uses
         FROM destinations
         LEFT JOIN drives ON drives.id = drive_id
         LEFT JOIN destination_usage ON destination_id = destinations.id
         WHERE destinations.user = ? AND category = ? AND active AND coalesce(available, 1)
         GROUP BY path, drive_id
         ORDER BY uses DESC, path`,
      )
      .all(user, category);
  }

  /** A drive was plugged in, or taken out. */
  setAvailable(user: string, drive: string, available: boolean): void {
    this.#db.prepare('UPDATE drives SET available = ? WHERE id = ?').run(available ? 1 : 0, this.#driveId(user, drive));
  }

  close(): void {
    this.#db.close();
  }

  #driveId(user: string, label: string): number | bigint {
    this.#db.prepare('INSERT INTO drives (user, label) VALUES (?, ?) ON CONFLICT DO NOTHING').run(user, label);
    return this.#db
      .prepare<unknown[], number>('SELECT id FROM drives WHERE user = ? AND label = ?')
      .pluck()
      .get(user, label)!;
  }
}
