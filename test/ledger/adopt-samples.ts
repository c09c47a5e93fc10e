import { createHash } from 'node:crypto';

/** The files of the samples. The third migration is the one that Dunlin applies. */
export const texts = {
  users: 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n',
  roles: "-- the role of a user\nALTER TABLE users ADD COLUMN role TEXT;\nINSERT INTO users (name) VALUES ('Grace');\n",
  tags: '-- === UP ===\nCREATE TABLE tags (id INTEGER PRIMARY KEY);\n-- === DOWN ===\nDROP TABLE tags;\n',
};

/** A database as another tool leaves it after two of three migrations. */
export interface AdoptSample {
  /** As `export --to` has it. */
  readonly to: string;
  /** The tool's tables with the two migrations. */
  readonly sql: string;
  /** The rows that say what is applied, with what the tool compares: as SQL, in the order of the rows. */
  readonly rows: string;
  /** Those rows after an adoption, one migration more and an export. */
  readonly exported: readonly unknown[];
  /** The checksums of the two: right, or there are none. Default: none. */
  readonly checksums?: 'right';
  /** When the second migration was applied, as the tool has recorded it. Default: not recorded. */
  readonly appliedAt?: string;
  readonly files?: Readonly<Record<string, string>>;
}

const named = (...names: [string, string, string]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name, index) => [name, Object.values(texts)[index]!]));
export const plainFiles: Readonly<Record<string, string>> = named('001_users.sql', '002_roles.sql', '003_tags.sql');
const timestamps = named('1700000000000_users.sql', '1710000000000_roles.sql', '1720000000000_tags.sql');

const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');
/** As another checkout of the files has it. */
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
const at = '2024-02-02T10:20:30.000Z';

export const adoptSamples: readonly AdoptSample[] = [
  {
    to: 'prisma',
    sql: `CREATE TABLE "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
  "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, rolled_back_at)
VALUES ('1', '${hash('sha256', crlf(texts.users))}', 1, '001_users', NULL), ('2', 'b', NULL, '002_roles', 5),
       ('3', '${unpadded(hash('sha256', texts.roles))}', ${Date.parse(at)}, '002_roles', NULL)`,
    rows: 'SELECT migration_name, checksum, rolled_back_at, applied_steps_count FROM _prisma_migrations WHERE finished_at > 0 ORDER BY rowid LIMIT -1 OFFSET 2',
    exported: [['003_tags', hash('sha256', texts.tags), null, 1]],
    checksums: 'right',
    appliedAt: at,
  },
  {
    to: 'knex',
    sql: `CREATE TABLE \`knex_migrations\` (\`id\` integer not null primary key autoincrement,
  \`name\` varchar(255), \`batch\` integer, \`migration_time\` datetime);
CREATE TABLE \`knex_migrations_lock\` (\`index\` integer not null primary key autoincrement, \`is_locked\` integer);
INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('001_users.ts', 1, 1), ('002_roles.ts', 3, ${Date.parse(at)});
INSERT INTO knex_migrations_lock (is_locked) VALUES (0)`,
    rows: 'SELECT id, name, batch FROM knex_migrations WHERE migration_time > 0 ORDER BY id',
    exported: [
      [1, '001_users.ts', 1],
      [2, '002_roles.ts', 3],
      [3, '003_tags.ts', 4],
    ],
    appliedAt: at,
  },
  {
    to: 'kysely',
    sql: `CREATE TABLE "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
CREATE TABLE "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
INSERT INTO kysely_migration VALUES ('001_users', '2024-01-01T00:00:00.000Z'), ('002_roles', '${at}');
INSERT INTO kysely_migration_lock (id) VALUES ('migration_lock')`,
    rows: 'SELECT name FROM kysely_migration ORDER BY timestamp',
    exported: [['001_users'], ['002_roles'], ['003_tags']],
    appliedAt: at,
  },
  {
    to: 'umzug',
    sql: `CREATE TABLE \`SequelizeMeta\` (\`name\` VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY);
INSERT INTO SequelizeMeta VALUES ('001_users.js'), ('002_roles.js')`,
    rows: 'SELECT name FROM SequelizeMeta ORDER BY name',
    exported: [['001_users.js'], ['002_roles.js'], ['003_tags.js']],
  },
  {
    to: 'typeorm',
    sql: `CREATE TABLE "migrations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "timestamp" bigint NOT NULL, "name" varchar NOT NULL);
INSERT INTO migrations (timestamp, name) VALUES (1700000000000, 'Users1700000000000'), (1710000000000, 'Roles1710000000000')`,
    rows: 'SELECT id, timestamp, name FROM migrations WHERE id > 1',
    exported: [
      [2, 1710000000000, 'Roles1710000000000'],
      [3, 1720000000000, 'Tags1720000000000'],
    ],
    files: timestamps,
  },
  {
    to: 'sqlx',
    sql: `CREATE TABLE _sqlx_migrations (
  version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);
INSERT INTO _sqlx_migrations VALUES (1, 'users', '2024-01-01 00:00:00', 1, x'${hash('sha384', crlf(texts.users))}', 1),
  (2, 'roles', '2024-02-02 10:20:30', 1, x'${hash('sha384', texts.roles)}', 1)`,
    rows: 'SELECT version, description, success, lower(hex(checksum)) FROM _sqlx_migrations WHERE version > 2 AND installed_on > 2026',
    exported: [[3, 'tags', 1, hash('sha384', texts.tags)]],
    checksums: 'right',
    appliedAt: at,
  },
  {
    to: 'golang-migrate',
    sql: `CREATE TABLE schema_migrations (version uint64,dirty bool);
CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
INSERT INTO schema_migrations VALUES (2, 0)`,
    rows: 'SELECT version, dirty FROM schema_migrations',
    exported: [[3, 0]],
  },
  {
    to: 'goose',
    sql: `CREATE TABLE goose_db_version (
  id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
  tstamp TIMESTAMP DEFAULT (datetime('now')));
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1), (3, 1), (3, 0);
UPDATE goose_db_version SET tstamp = '2024-02-02 10:20:30'`,
    rows: 'SELECT version_id, is_applied FROM goose_db_version ORDER BY id',
    exported: [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
      [3, 0],
      [3, 1],
    ],
    appliedAt: at,
  },
  {
    to: 'dbmate',
    sql: `CREATE TABLE schema_migrations (version varchar(128) primary key);
INSERT INTO schema_migrations VALUES ('001'), ('002')`,
    rows: 'SELECT version FROM schema_migrations ORDER BY version',
    exported: [['001'], ['002'], ['003']],
  },
  {
    to: 'rails',
    sql: `CREATE TABLE "schema_migrations" ("version" varchar NOT NULL PRIMARY KEY);
CREATE TABLE "ar_internal_metadata" ("key" varchar NOT NULL PRIMARY KEY, "value" varchar,
  "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
INSERT INTO schema_migrations VALUES ('1700000000000'), ('1710000000000')`,
    rows: 'SELECT version FROM schema_migrations ORDER BY version',
    exported: [['1700000000000'], ['1710000000000'], ['1720000000000']],
    files: timestamps,
  },
  {
    to: 'node-sqlite',
    sql: `CREATE TABLE "migrations" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, up TEXT NOT NULL, down TEXT NOT NULL);
INSERT INTO migrations VALUES (1, 'users', '${texts.users.trim()}', ''),
  (2, 'roles', '${crlf(texts.roles.replace(/^--.*\n/, ''))
    .trim()
    .replaceAll("'", "''")}', '')`,
    rows: 'SELECT id, name, up, down FROM migrations WHERE id > 2',
    exported: [[3, 'tags', 'CREATE TABLE tags (id INTEGER PRIMARY KEY);', 'DROP TABLE tags;']],
    checksums: 'right',
  },
  {
    to: 'd1',
    sql: `CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
CREATE TABLE _cf_METADATA (key INTEGER PRIMARY KEY, value BLOB);
INSERT INTO d1_migrations (name, applied_at) VALUES ('001_users.sql', '2024-01-01 00:00:00'), ('002_roles.sql', '2024-02-02 10:20:30')`,
    rows: 'SELECT id, name FROM d1_migrations',
    exported: [
      [1, '001_users.sql'],
      [2, '002_roles.sql'],
      [3, '003_tags.sql'],
    ],
    appliedAt: at,
  },
  {
    to: 'diesel',
    sql: `CREATE TABLE __diesel_schema_migrations (
  version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO __diesel_schema_migrations VALUES ('1700000000000', '2024-01-01 00:00:00'), ('1710000000000', '2024-02-02 10:20:30')`,
    rows: 'SELECT version FROM __diesel_schema_migrations ORDER BY version',
    exported: [['1700000000000'], ['1710000000000'], ['1720000000000']],
    appliedAt: at,
    files: timestamps,
  },
  {
    to: 'flyway',
    // The checksums: CRC-32 of the lines, computed with zlib.
    sql: `CREATE TABLE "flyway_schema_history" (
  "installed_rank" INT NOT NULL PRIMARY KEY, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL,
  "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INT, "installed_by" VARCHAR(100) NOT NULL,
  "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')), "execution_time" INT NOT NULL, "success" BOOLEAN NOT NULL);
INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, installed_by, execution_time, success, checksum, installed_on)
VALUES (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '', '', 0, 1, NULL, ''),
  (1, '1', 'users', 'SQL', 'V1__users.sql', 'ada', 1, 1, -1583449288, '2024-01-01 00:00:00.000'),
  (2, '002', 'roles', 'SQL', 'V002__roles.sql', 'ada', 1, 1, 1363767838, '2024-02-02 10:20:30.000')`,
    rows: 'SELECT installed_rank, version, description, type, script, checksum, installed_by, success FROM flyway_schema_history WHERE installed_rank > 2',
    exported: [[3, '003', 'tags', 'SQL', 'V003__tags.sql', 2063081397, 'ada', 1]],
    checksums: 'right',
    appliedAt: at,
  },
  {
    to: 'refinery',
    // The checksums: SipHash-1-3, computed with CPython, whose hash of bytes it is under PYTHONHASHSEED=0.
    sql: `CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));
INSERT INTO refinery_schema_history VALUES (1, 'users', '2024-01-01T00:00:00Z', '14646354097117396516'), (2, 'roles', '2024-02-02T10:20:30Z', '14556547238467555740')`,
    rows: 'SELECT version, name, checksum FROM refinery_schema_history WHERE version > 2',
    exported: [[3, 'tags', '8133578119379875247']],
    checksums: 'right',
    appliedAt: at,
  },
  {
    to: 'sql-migrate',
    sql: `CREATE TABLE "gorp_migrations" ("id" varchar(255) not null primary key, "applied_at" datetime);
INSERT INTO gorp_migrations VALUES ('001_users.sql', '2024-01-01T00:00:00Z'), ('002_roles.sql', '2024-02-02T10:20:30Z')`,
    rows: 'SELECT id FROM gorp_migrations ORDER BY id',
    exported: [['001_users.sql'], ['002_roles.sql'], ['003_tags.sql']],
    appliedAt: at,
  },
  {
    to: 'user_version',
    sql: 'PRAGMA user_version = 2',
    rows: 'SELECT user_version FROM pragma_user_version',
    exported: [[3]],
  },
  {
    to: 'migrations',
    sql: `CREATE TABLE migrations (id INTEGER PRIMARY KEY, filename TEXT NOT NULL UNIQUE, applied_at TEXT NOT NULL);
INSERT INTO migrations VALUES (1, '001_users.sql', '2024-01-01 00:00:00'), (2, '002_roles.sql', '2024-02-02 10:20:30')`,
    rows: 'SELECT id, filename, substr(applied_at, 11, 1) FROM migrations',
    exported: [
      [1, '001_users.sql', ' '],
      [2, '002_roles.sql', ' '],
      [3, '003_tags.sql', ' '],
    ],
    appliedAt: at,
  },
  {
    to: 'migrations',
    sql: `CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_time INTEGER);
INSERT INTO migrations VALUES ('001_users.sql', 1704067200), ('002_roles.sql', ${Date.parse(at) / 1000})`,
    rows: 'SELECT name, applied_time > 1000000000 FROM migrations ORDER BY name',
    exported: [
      ['001_users.sql', 1],
      ['002_roles.sql', 1],
      ['003_tags.sql', 1],
    ],
    appliedAt: at,
  },
  {
    to: '_schema_history',
    sql: `CREATE TABLE _schema_history (version INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, ts INTEGER NOT NULL, success INTEGER NOT NULL, note TEXT);
INSERT INTO _schema_history VALUES (1, 'users', '${hash('sha256', texts.users).toUpperCase()}', 1, 1, NULL), (2, 'roles', '${hash('sha256', texts.roles)}', ${Date.parse(at) / 1000}, 1, NULL)`.replace(
      ', note TEXT',
      ', comment TEXT',
    ),
    rows: 'SELECT version, name, sha256, ts BETWEEN 1700000000 AND 9999999999, success FROM _schema_history WHERE version > 2',
    exported: [[3, 'tags', hash('sha256', texts.tags), 1, 1]],
    checksums: 'right',
    appliedAt: at,
  },
];

/** Older versions of Prisma wrote bytes below 16 with one digit. */
function unpadded(hex: string): string {
  return hex.replaceAll(/../g, (byte) => byte.replace(/^0/, ''));
}
