/** A tracking table as another tool leaves it in SQLite, with two migrations that it has applied. */
export interface ForeignSample {
  readonly tool: string;
  readonly table: string;
  readonly sql: string;
  /** What the error says of it. */
  readonly says: string;
}

const two = (newest: string): string => `records 2 applied migrations, the newest ${newest}`;

export const foreignSamples: readonly ForeignSample[] = [
  {
    tool: 'sqlx',
    table: '_sqlx_migrations',
    sql: `CREATE TABLE _sqlx_migrations (
  version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
VALUES (20240101000000, 'users', 1, x'00', 1), (20240202000000, 'roles', 1, x'01', 1)`,
    says: two('20240202000000 roles'),
  },
  {
    tool: 'Drizzle',
    table: '__drizzle_migrations',
    sql: `CREATE TABLE "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric);
INSERT INTO "__drizzle_migrations" (hash, created_at) VALUES ('a', 1700000000000), ('b', 1710000000000)`,
    says: two('1710000000000'),
  },
  {
    tool: 'Prisma',
    table: '_prisma_migrations',
    sql: `CREATE TABLE "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
  "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, rolled_back_at)
VALUES ('1', 'a', 1, '20240101000000_users', NULL), ('2', 'b', 1, '20240202000000_roles', NULL),
       ('3', 'c', NULL, '20240303000000_tags', 5)`,
    says: `${two('20240202000000_roles')}, and 1 that was rolled back: 20240303000000_tags`,
  },
  {
    tool: 'goose',
    table: 'goose_db_version',
    sql: `CREATE TABLE goose_db_version (
  id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
  tstamp TIMESTAMP DEFAULT (datetime('now')));
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1), (3, 1), (3, 0)`,
    says: `${two('2')}, and 1 that was rolled back: 3`,
  },
  {
    tool: 'golang-migrate',
    table: 'schema_migrations',
    sql: `CREATE TABLE schema_migrations (version uint64,dirty bool);
CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
INSERT INTO schema_migrations VALUES (2, 0)`,
    says: 'says that it is at 2',
  },
  {
    tool: 'dbmate or Rails',
    table: 'schema_migrations',
    sql: `CREATE TABLE schema_migrations (version varchar(128) primary key);
INSERT INTO schema_migrations VALUES ('20240101000000'), ('20240202000000')`,
    says: two('20240202000000'),
  },
  {
    tool: 'Rails',
    table: 'schema_migrations',
    sql: `CREATE TABLE "schema_migrations" ("version" varchar NOT NULL PRIMARY KEY);
CREATE TABLE "ar_internal_metadata" ("key" varchar NOT NULL PRIMARY KEY, "value" varchar,
  "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
INSERT INTO schema_migrations VALUES ('20240101000000'), ('20240202000000')`,
    says: two('20240202000000'),
  },
  {
    tool: 'Ecto',
    table: 'schema_migrations',
    sql: `CREATE TABLE "schema_migrations" ("version" INTEGER PRIMARY KEY, "inserted_at" TEXT);
INSERT INTO schema_migrations VALUES (20240101000000, '2024-01-01'), (20240202000000, '2024-02-02')`,
    says: two('20240202000000'),
  },
  {
    tool: 'diesel',
    table: '__diesel_schema_migrations',
    sql: `CREATE TABLE __diesel_schema_migrations (
  version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO __diesel_schema_migrations (version) VALUES ('20240101000000'), ('20240202000000')`,
    says: two('20240202000000'),
  },
  {
    tool: 'Knex',
    table: 'knex_migrations',
    sql: `CREATE TABLE \`knex_migrations\` (\`id\` integer not null primary key autoincrement,
  \`name\` varchar(255), \`batch\` integer, \`migration_time\` datetime);
CREATE TABLE \`knex_migrations_lock\` (\`index\` integer not null primary key autoincrement, \`is_locked\` integer);
INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('001_users.js', 1, 1), ('002_roles.js', 1, 2);
INSERT INTO knex_migrations_lock (is_locked) VALUES (0)`,
    says: two('002_roles.js'),
  },
  {
    tool: 'Kysely',
    table: 'kysely_migration',
    sql: `CREATE TABLE "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
CREATE TABLE "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
INSERT INTO kysely_migration VALUES ('001_users', '2024-01-01'), ('002_roles', '2024-02-02');
INSERT INTO kysely_migration_lock (id) VALUES ('migration_lock')`,
    says: two('002_roles'),
  },
  {
    tool: 'Umzug or Sequelize',
    table: 'SequelizeMeta',
    sql: `CREATE TABLE \`SequelizeMeta\` (\`name\` VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY);
INSERT INTO SequelizeMeta VALUES ('001-users.js'), ('002-roles.js')`,
    says: two('002-roles.js'),
  },
  {
    tool: 'TypeORM',
    table: 'migrations',
    sql: `CREATE TABLE "migrations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "timestamp" bigint NOT NULL, "name" varchar NOT NULL);
INSERT INTO migrations (timestamp, name) VALUES (1700000000000, 'Users1700000000000'), (1710000000000, 'Roles1710000000000')`,
    says: two('Roles1710000000000'),
  },
  {
    tool: 'node-sqlite',
    table: 'migrations',
    sql: `CREATE TABLE "migrations" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, up TEXT NOT NULL, down TEXT NOT NULL);
INSERT INTO migrations VALUES (1, 'users', 'x', 'y'), (2, 'roles', 'x', 'y')`,
    says: two('2 roles'),
  },
  {
    tool: 'db-migrate',
    table: 'migrations',
    sql: `CREATE TABLE migrations (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name VARCHAR(255) NOT NULL, run_on DATETIME NOT NULL);
INSERT INTO migrations (name, run_on) VALUES ('/20240101000000-users', 1), ('/20240202000000-roles', 2)`,
    says: two('/20240202000000-roles'),
  },
  {
    tool: 'Laravel',
    table: 'migrations',
    sql: `CREATE TABLE "migrations" ("id" integer primary key autoincrement not null, "migration" varchar not null, "batch" integer not null);
INSERT INTO migrations (migration, batch) VALUES ('2024_01_01_000000_users', 1), ('2024_02_02_000000_roles', 1)`,
    says: two('2024_02_02_000000_roles'),
  },
  {
    tool: 'MikroORM',
    table: 'mikro_orm_migrations',
    sql: `CREATE TABLE \`mikro_orm_migrations\` (\`id\` integer not null primary key autoincrement, \`name\` varchar(255), \`executed_at\` datetime default CURRENT_TIMESTAMP);
INSERT INTO mikro_orm_migrations (name) VALUES ('Migration20240101000000'), ('Migration20240202000000')`,
    says: two('Migration20240202000000'),
  },
  {
    tool: 'D1',
    table: 'd1_migrations',
    sql: `CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
INSERT INTO d1_migrations (name) VALUES ('0001_users.sql'), ('0002_roles.sql')`,
    says: two('0002_roles.sql'),
  },
  {
    tool: 'Flyway',
    table: 'flyway_schema_history',
    sql: `CREATE TABLE "flyway_schema_history" (
  "installed_rank" INT NOT NULL PRIMARY KEY, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL,
  "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INT, "installed_by" VARCHAR(100) NOT NULL,
  "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')), "execution_time" INT NOT NULL, "success" BOOLEAN NOT NULL);
CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, installed_by, execution_time, success)
VALUES (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '', '', 0, 1),
       (1, '1', 'users', 'SQL', 'V1__users.sql', '', 1, 1), (2, '2', 'roles', 'SQL', 'V2__roles.sql', '', 1, 1)`,
    says: two('2 roles'),
  },
  {
    tool: 'Liquibase',
    table: 'DATABASECHANGELOG',
    sql: `CREATE TABLE DATABASECHANGELOG (ID VARCHAR(255) NOT NULL, AUTHOR VARCHAR(255) NOT NULL, FILENAME VARCHAR(255) NOT NULL,
  DATEEXECUTED TEXT NOT NULL, ORDEREXECUTED INT NOT NULL, EXECTYPE VARCHAR(10) NOT NULL, MD5SUM VARCHAR(35),
  DESCRIPTION VARCHAR(255), COMMENTS VARCHAR(255), TAG VARCHAR(255), LIQUIBASE VARCHAR(20), CONTEXTS VARCHAR(255),
  LABELS VARCHAR(255), DEPLOYMENT_ID VARCHAR(10));
CREATE TABLE DATABASECHANGELOGLOCK (ID INT NOT NULL, LOCKED BOOLEAN NOT NULL, LOCKGRANTED TEXT, LOCKEDBY VARCHAR(255),
  CONSTRAINT PK_DATABASECHANGELOGLOCK PRIMARY KEY (ID));
INSERT INTO DATABASECHANGELOG (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, EXECTYPE)
VALUES ('users', 'ada', 'log.xml', '2024', 1, 'EXECUTED'), ('roles', 'ada', 'log.xml', '2024', 2, 'EXECUTED')`,
    says: two('roles of log.xml'),
  },
  {
    tool: 'Alembic',
    table: 'alembic_version',
    sql: `CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('ae1027a6acf')`,
    says: 'says that it is at ae1027a6acf',
  },
  {
    tool: 'Django',
    table: 'django_migrations',
    sql: `CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL,
  "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0001_initial', '2024'), ('shop', '0001_initial', '2024')`,
    says: two('shop.0001_initial'),
  },
  {
    tool: 'refinery',
    table: 'refinery_schema_history',
    sql: `CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));
INSERT INTO refinery_schema_history VALUES (9, 'users', '2024', '1'), (10, 'roles', '2024', '2')`,
    says: two('10 roles'),
  },
  {
    tool: 'Atlas',
    table: 'atlas_schema_revisions',
    sql: `CREATE TABLE \`atlas_schema_revisions\` (\`version\` text NOT NULL, \`description\` text NOT NULL, \`type\` integer NOT NULL DEFAULT 2,
  \`applied\` integer NOT NULL DEFAULT 0, \`total\` integer NOT NULL DEFAULT 0, \`executed_at\` datetime NOT NULL,
  \`execution_time\` integer NOT NULL, \`error\` text NULL, \`error_stmt\` text NULL, \`hash\` text NOT NULL,
  \`partial_hashes\` json NULL, \`operator_version\` text NOT NULL, PRIMARY KEY (\`version\`));
INSERT INTO atlas_schema_revisions (version, description, executed_at, execution_time, hash, operator_version)
VALUES ('.atlas_cloud_identifier', '', 1, 1, '', ''), ('20240101000000', 'users', 1, 1, 'a', ''), ('20240202000000', 'roles', 1, 1, 'b', '')`,
    says: two('20240202000000 roles'),
  },
  {
    tool: 'Room',
    table: 'room_master_table',
    sql: `CREATE TABLE room_master_table (id INTEGER PRIMARY KEY,identity_hash TEXT);
INSERT OR REPLACE INTO room_master_table (id,identity_hash) VALUES(42, 'd41d8cd98f00b204');
PRAGMA user_version = 8`,
    says: 'says that it is at version 8',
  },
  {
    tool: 'EF Core',
    table: '__EFMigrationsHistory',
    sql: `CREATE TABLE "__EFMigrationsHistory" (
  "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
INSERT INTO "__EFMigrationsHistory" VALUES ('20240101000000_Users', '9.0.8'), ('20240202000000_Roles', '9.0.8')`,
    says: two('20240202000000_Roles'),
  },
  {
    tool: 'GRDB',
    table: 'grdb_migrations',
    sql: `CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('users'), ('roles')`,
    says: two('roles'),
  },
  {
    tool: 'Effect',
    table: 'effect_sql_migrations',
    sql: `CREATE TABLE effect_sql_migrations (migration_id integer PRIMARY KEY NOT NULL,
  created_at datetime NOT NULL DEFAULT current_timestamp, name VARCHAR(255) NOT NULL);
INSERT INTO effect_sql_migrations (migration_id, name) VALUES (1, 'users'), (2, 'roles')`,
    says: two('2 roles'),
  },
  {
    tool: 'postgrator',
    table: 'schemaversion',
    sql: `CREATE TABLE schemaversion (version BIGINT PRIMARY KEY, name TEXT, md5 TEXT, run_at TIMESTAMP);
INSERT INTO schemaversion VALUES (0, NULL, NULL, NULL), (1, 'users', 'a', 1), (2, 'roles', 'b', 2)`,
    says: two('2 roles'),
  },
  {
    tool: 'SeaORM',
    table: 'seaql_migrations',
    sql: `CREATE TABLE "seaql_migrations" ( "version" varchar NOT NULL PRIMARY KEY, "applied_at" bigint NOT NULL );
INSERT INTO seaql_migrations VALUES ('m20240101_000001_users', 1), ('m20240202_000001_roles', 2)`,
    says: two('m20240202_000001_roles'),
  },
  {
    tool: 'popx',
    table: 'schema_migration',
    sql: `CREATE TABLE schema_migration (version VARCHAR (48) NOT NULL, version_self INT NOT NULL DEFAULT 0);
INSERT INTO schema_migration (version) VALUES ('20240101000000000000'), ('20240202000000000001')`,
    says: two('20240202000000000001'),
  },
  {
    tool: 'go.mau.fi/util/dbutil',
    table: 'version',
    sql: `CREATE TABLE version (version INTEGER, compat INTEGER);
INSERT INTO version VALUES (2, 1)`,
    says: 'says that it is at 2',
  },
  {
    tool: 'sql-migrate',
    table: 'gorp_migrations',
    sql: `CREATE TABLE "gorp_migrations" ("id" varchar(255) not null primary key, "applied_at" datetime);
INSERT INTO gorp_migrations VALUES ('1_users.sql', 1), ('10_roles.sql', 2)`,
    says: two('10_roles.sql'),
  },
];
