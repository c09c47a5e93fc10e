import type { WayBack } from '../errors/index.ts';

/** The tools whose folders are read as they are. `dunlin` is the format of Dunlin's own files. */
export type FormatName =
  | 'dunlin'
  | 'drizzle'
  | 'prisma'
  | 'sqlx'
  | 'golang-migrate'
  | 'maragudk'
  | 'goose'
  | 'dbmate'
  | 'sql-migrate'
  | 'micrate'
  | 'node-sqlite'
  | 'node-pg-migrate'
  | 'rambler'
  | 'knex'
  | 'kysely'
  | 'umzug'
  | 'sequelize'
  | 'typeorm'
  | 'flyway'
  | 'diesel'
  | 'refinery'
  | 'd1'
  | 'play'
  | 'tern'
  | 'popx'
  | 'mautrix'
  | 'sections'
  | 'semver'
  | 'sqitch'
  | 'plain';

/** A file in a folder of migrations. */
export interface FormatFile {
  /** The path within the folder, with `/`: `20240101_init/migration.sql`. */
  readonly name: string;
  /** The path to show: `prisma/migrations/20240101_init/migration.sql`. */
  readonly path: string;
  /** The bytes, or the text if they are UTF-8. Read on the first call; a byte order mark is included. */
  readonly content: () => Uint8Array | string;
  /** For code: imports the module. */
  readonly load?: (sync: boolean) => unknown;
  /** Imports a package as the file would. */
  readonly library?: (name: string) => Promise<unknown>;
}

/** The UP or DOWN part of a migration in SQL. */
export interface FormatPart {
  /** The path to show. */
  readonly file: string;
  /** The whole text of the file, for code frames. */
  readonly source: string;
  /**
   * The part's SQL: `source` with spaces in place of what does not belong to it, so that a position in it is a position
   * in the file.
   */
  readonly sql: string;
}

/** A part of a CREATE TABLE that a rebuild may leave out without meaning to. */
export type TableClause = 'autoincrement' | 'check' | 'collate' | 'generated' | 'strict' | 'without-rowid';

/** What the schema of a tool had before a migration and no longer has after it. */
export interface RemovedParts {
  /** Indexes: `table.index`. */
  readonly indexes: readonly string[];
  /** Indexes that lost their WHERE: `table.index`. */
  readonly conditions: readonly string[];
  /** Generated columns: `table.column`. */
  readonly columns: readonly string[];
}

/** A migration as the format of its tool has it. */
export interface FormatMigration {
  /**
   * What the tool's own tracking table has in the column that identifies it: `20240101120000` (sqlx, goose, dbmate), `1.2.3` (Flyway),
   * `20240101120000_init` (Prisma), `0001_a.sql` (D1), the `when` of the journal (Drizzle).
   */
  readonly key: string;
  /** The version in front of the name, as written: `0000`, `1.2.3`; undefined where the order stands elsewhere. */
  readonly number: string | undefined;
  /** What follows the version, or all if there is none: `init`. May be empty. */
  readonly name: string;
  /** Unique in the folder, and what Dunlin records: the name of the file or directory without its ending, `0000_init`. */
  readonly id: string;
  /** Its files, the one with the UP part first. */
  readonly files: readonly [FormatFile, ...FormatFile[]];
  /** Undefined for code. */
  readonly up: FormatPart | undefined;
  readonly down: FormatPart | undefined;
  /** Undefined where it belongs where Dunlin's own format has it. */
  readonly back?: WayBack;
  /** For code: its definition. */
  readonly load?: (sync: boolean) => unknown;
  /** The tool runs it outside a transaction. */
  readonly noTransaction: boolean;
  /** Losses that the file announces in the tool's own words: `t`, `t.c`. */
  readonly destructive: readonly string[];
  /**
   * For a tool that generates migrations: what of a table it cannot know or say, so that its rebuilds leave that out. With
   * it, `rebuilds` is `keep` by default.
   */
  readonly unsaid?: readonly TableClause[];
  /** For a tool without such a record: the names that it gives to an index. One with its name may be one it removed. */
  readonly indexNames?: (table: string, columns: readonly string[]) => readonly string[];
  /** For a tool that records its schema beside each migration: what was removed from it. */
  readonly removed?: () => RemovedParts | undefined;
}

/** How the migrations of a folder in another tool's format get their versions. */
export interface FormatInfo {
  readonly name: FormatName;
  /** As messages name it: `golang-migrate`. */
  readonly title: string;
  /** By what it was recognised: `meta/_journal.json`; undefined if an option named it. */
  readonly because: string | undefined;
  /** The command that adds a migration; undefined where the tool has none. */
  readonly addCommand: string | undefined;
  /** `versions`: the tool's own. `positions`: the first is 1, because not all of the tool's are whole numbers in ascending order. */
  readonly numbers: 'versions' | 'positions';
}
