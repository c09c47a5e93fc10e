import type { UnappliedState } from '../errors/index.ts';

/** The tracking table of another tool. */
export interface ForeignTool {
  /** Undefined for a table of no known tool. */
  readonly tool: string | undefined;
  /** The table's name. */
  readonly table: RegExp;
  /** The columns that the table must have, in lower case. */
  readonly columns: readonly string[];
  /** The table may have no other columns, because several tools use its name. */
  readonly exact?: true;
  /** The columns are unique to this tool, so its table is recognised under any name. The tool lets users choose one. */
  readonly anyName?: true;
  /** A second table that distinguishes the tool from others with the same first one. */
  readonly beside?: string;
  /** Names, in lower case, of tables that come with it and are no content of the application. */
  readonly others?: RegExp;
  /** Which rows are migrations, as SQL on `t`; default all. */
  readonly where?: string;
  /** Which of those are not applied, as SQL on `t`; the first match counts. */
  readonly unapplied?: Readonly<Partial<Record<UnappliedState, string>>>;
  /** The lock table, and which of its rows mean a current run, as SQL on `t`. */
  readonly lock?: { readonly table: string; readonly where: string };
  /** The migration's name, as SQL on `t`. */
  readonly name: string;
  /** The order in which the newest row is last, as SQL on `t`; default by the number before the name, then by name. */
  readonly order?: string;
  /** The table has only the current version, not every migration. */
  readonly newestOnly?: true;
  /** In a table of no known tool: the column that identifies the migration. */
  readonly identity?: string;
}

/**
 * The tracking tables of other tools, as their source code creates them in SQLite. The first match counts. Conditions
 * exclude rows that a table has before the first migration.
 */
export const foreignTools: readonly ForeignTool[] = [
  {
    tool: 'sqlx',
    table: /^_sqlx_migrations$/,
    columns: ['version', 'description', 'installed_on', 'success', 'checksum', 'execution_time'],
    anyName: true,
    unapplied: { failed: 'NOT t.success' },
    name: "t.version || ' ' || t.description",
    order: 't.version',
  },
  {
    tool: 'Drizzle',
    table: /^__drizzle_migrations$/,
    columns: ['id', 'hash', 'created_at'],
    name: 't.created_at',
    order: 'CAST(t.created_at AS INTEGER)',
  },
  {
    tool: 'Prisma',
    table: /^_prisma_migrations$/,
    columns: ['id', 'checksum', 'finished_at', 'migration_name', 'rolled_back_at', 'applied_steps_count'],
    // One that was run again has a second row.
    where:
      't.finished_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM $table AS u WHERE u.migration_name = t.migration_name AND u.rowid > t.rowid)',
    unapplied: { 'rolled back': 't.rolled_back_at IS NOT NULL', failed: 't.finished_at IS NULL' },
    name: 't.migration_name',
  },
  {
    tool: 'goose',
    table: /^goose_db_version$/,
    columns: ['id', 'version_id', 'is_applied', 'tstamp'],
    anyName: true,
    where: 't.version_id > 0 AND t.id = (SELECT max(id) FROM $table WHERE version_id = t.version_id)',
    unapplied: { 'rolled back': 'NOT t.is_applied' },
    name: 't.version_id',
    order: 't.version_id',
  },
  {
    tool: 'golang-migrate',
    table: /^schema_migrations$/,
    columns: ['version', 'dirty'],
    exact: true,
    anyName: true,
    unapplied: { dirty: 't.dirty' },
    name: 't.version',
    order: 't.version',
    newestOnly: true,
  },
  {
    tool: 'Rails',
    table: /^schema_migrations$/,
    columns: ['version'],
    exact: true,
    beside: 'ar_internal_metadata',
    name: 't.version',
  },
  { tool: 'dbmate or Rails', table: /^schema_migrations$/, columns: ['version'], exact: true, name: 't.version' },
  {
    tool: 'Ecto',
    table: /^schema_migrations$/,
    columns: ['version', 'inserted_at'],
    exact: true,
    name: 't.version',
    order: 't.version',
  },
  { tool: 'diesel', table: /^__diesel_schema_migrations$/, columns: ['version', 'run_on'], name: 't.version' },
  {
    tool: 'Knex',
    table: /^knex_migrations$/,
    columns: ['id', 'name', 'batch', 'migration_time'],
    anyName: true,
    lock: { table: 'knex_migrations_lock', where: 't.is_locked' },
    name: 't.name',
    order: 't.id',
  },
  {
    tool: 'Kysely',
    table: /^kysely_migration$/,
    columns: ['name', 'timestamp'],
    lock: { table: 'kysely_migration_lock', where: 't.is_locked' },
    name: 't.name',
  },
  { tool: 'Umzug or Sequelize', table: /^sequelizemeta$/, columns: ['name'], name: 't.name' },
  {
    tool: 'TypeORM',
    table: /^(?:typeorm_)?migrations?$/,
    columns: ['id', 'timestamp', 'name'],
    exact: true,
    name: 't.name',
    order: 't.timestamp',
  },
  {
    tool: 'node-sqlite',
    table: /^migrations$/,
    columns: ['id', 'name', 'up', 'down'],
    exact: true,
    anyName: true,
    name: "t.id || ' ' || t.name",
    order: 't.id',
  },
  {
    tool: 'db-migrate',
    table: /^migrations$/,
    columns: ['id', 'name', 'run_on'],
    exact: true,
    name: 't.name',
    order: 't.id',
  },
  {
    tool: 'Laravel',
    table: /^migrations$/,
    columns: ['id', 'migration', 'batch'],
    exact: true,
    name: 't.migration',
    order: 't.id',
  },
  {
    tool: 'MikroORM',
    table: /^mikro_orm_migrations$/,
    columns: ['id', 'name', 'executed_at'],
    name: 't.name',
    order: 't.id',
  },
  {
    tool: 'D1',
    table: /^d1_migrations$/,
    columns: ['id', 'name', 'applied_at'],
    // D1 reserves the prefix.
    others: /^_cf_/,
    name: 't.name',
    order: 't.id',
  },
  {
    tool: 'Flyway',
    table: /^(?:flyway_schema_history|schema_version)$/,
    columns: [
      'installed_rank',
      'version',
      'description',
      'type',
      'script',
      'checksum',
      'installed_by',
      'installed_on',
      'execution_time',
      'success',
    ],
    anyName: true,
    where: "t.type NOT IN ('SCHEMA', 'DELETE') AND t.type NOT LIKE 'UNDO%'",
    unapplied: {
      failed: 'NOT t.success',
      'rolled back':
        "EXISTS (SELECT 1 FROM $table AS u WHERE u.version = t.version AND u.installed_rank > t.installed_rank AND u.success AND (u.type = 'DELETE' OR u.type LIKE 'UNDO%'))",
    },
    name: "coalesce(t.version || ' ', '') || t.description",
    order: 'CASE WHEN t.version IS NULL THEN 0 ELSE t.installed_rank END',
  },
  {
    tool: 'Liquibase',
    table: /^databasechangelog$/,
    columns: ['id', 'author', 'filename', 'dateexecuted', 'orderexecuted', 'exectype', 'md5sum'],
    unapplied: { failed: "t.exectype = 'FAILED'" },
    lock: { table: 'databasechangeloglock', where: 't.locked' },
    name: "t.id || ' of ' || t.filename",
    order: 't.orderexecuted',
  },
  { tool: 'Alembic', table: /^alembic_version$/, columns: ['version_num'], name: 't.version_num', newestOnly: true },
  {
    tool: 'Django',
    table: /^django_migrations$/,
    columns: ['id', 'app', 'name', 'applied'],
    name: "t.app || '.' || t.name",
    order: 't.id',
  },
  {
    tool: 'refinery',
    table: /^refinery_schema_history$/,
    columns: ['version', 'name', 'applied_on', 'checksum'],
    name: "t.version || ' ' || t.name",
    order: 't.version',
  },
  {
    tool: 'Atlas',
    table: /^atlas_schema_revisions$/,
    columns: ['version', 'description', 'applied', 'total', 'hash', 'operator_version'],
    where: "t.version NOT LIKE '.%'",
    unapplied: { unfinished: 't.applied < t.total' },
    name: "trim(t.version || ' ' || t.description)",
  },
  {
    tool: 'Room',
    table: /^room_master_table$/,
    columns: ['id', 'identity_hash'],
    // Android makes it in every database.
    others: /^android_metadata$/,
    name: "'version ' || (SELECT user_version FROM pragma_user_version)",
    newestOnly: true,
  },
  {
    tool: 'EF Core',
    table: /^__efmigrationshistory$/,
    columns: ['migrationid', 'productversion'],
    anyName: true,
    lock: { table: '__efmigrationslock', where: '1' },
    name: 't.MigrationId',
  },
  { tool: 'GRDB', table: /^grdb_migrations$/, columns: ['identifier'], name: 't.identifier', order: 't.rowid' },
  {
    tool: 'Effect',
    table: /^effect_sql_migrations$/,
    columns: ['migration_id', 'created_at', 'name'],
    name: "t.migration_id || ' ' || t.name",
    order: 't.migration_id',
  },
  {
    tool: 'postgrator',
    table: /^schemaversion$/,
    columns: ['version', 'name', 'md5', 'run_at'],
    where: 't.version > 0',
    name: "t.version || ' ' || coalesce(t.name, '')",
    order: 't.version',
  },
  { tool: 'SeaORM', table: /^seaql_migrations$/, columns: ['version', 'applied_at'], name: 't.version' },
  {
    tool: 'popx',
    table: /^schema_migration$/,
    columns: ['version', 'version_self'],
    exact: true,
    name: 't.version',
    order: 't.version',
  },
  {
    tool: 'go.mau.fi/util/dbutil',
    table: /^version$/,
    columns: ['version', 'compat'],
    exact: true,
    where: 't.version > 0',
    name: 't.version',
    newestOnly: true,
  },
  { tool: 'sql-migrate', table: /^gorp_migrations$/, columns: ['id', 'applied_at'], name: 't.id' },
];

/** Usual names of an application's own tracking table. */
const table =
  /^_*(?:[a-z]+_)?(?:migrations?|schema_?(?:versions?|history|migrations?|changes)|db_?versions?|database_?versions?|migrations?_(?:history|log|versions?|applied|status))_*$/;

/** Columns that identify the migration; the first that the table has counts. */
const identities = [
  'version',
  'version_after',
  'filename',
  'file_name',
  'file',
  'path',
  'migration',
  'migration_name',
  'migration_id',
  'script',
  'name',
  'tag',
  'key',
];

/** Usual columns with the time at which a migration was applied: `applied_at`, `applied_time`, `executedat`, `ts`. */
export const timeColumn: RegExp =
  /^(?:applied|executed|run|ran|installed|migrated|created|started|finished|completed|updated)_?(?:at|on|time|date)$|^(?:timestamp|ts|time|date|at|applied|executed|created)$/;

/** Other usual columns. A table with any other column is not a tracking table. */
const notes = new Set(
  'id,uuid,description,comment,author,checksum,hash,md5,sha256,sha1,batch,success,ok,done,status,state,dirty,direction,type,kind,sql,up,down,content,error,applied_by,rolled_back_at,reverted_at,duration,duration_ms,execution_time,execution_time_ms,execution_ms,schema_version,text_hash,app,application_version,module,namespace,component,rank,position,seq,number,version_before,up_text,down_text,fingerprint'.split(
    ',',
  ),
);

/** Describes a tracking table of no known tool; undefined if the table is something else. */
export function customTable(name: string, columns: readonly string[]): ForeignTool | undefined {
  const identity = identities.find((one) => columns.includes(one)) ?? (columns.join() === 'id' ? 'id' : undefined);
  if (identity === undefined || !table.test(name)) return undefined;
  if (
    !columns.every(
      (column) => column === identity || identities.includes(column) || notes.has(column) || timeColumn.test(column),
    )
  )
    return undefined;
  return { tool: undefined, table, columns, identity, name: `t."${identity}"`, unapplied: unappliedBy(columns) };
}

/** Conditions for unapplied migrations, by the names of such a table's columns. */
function unappliedBy(columns: readonly string[]): Readonly<Partial<Record<UnappliedState, string>>> {
  const no = "IN (0, '0', 'false', 'no', 'f', 'n')";
  const yes = "IN (1, '1', 'true', 'yes', 't', 'y')";
  const state = (words: string) => (column: string) => `lower(t."${column}") IN (${words})`;
  const any = (names: readonly string[], condition: (column: string) => string): readonly string[] =>
    names.filter((name) => columns.includes(name)).map(condition);
  const found: Readonly<Record<UnappliedState, readonly string[]>> = {
    'rolled back': [
      ...any(['rolled_back_at', 'reverted_at'], (column) => `t."${column}" IS NOT NULL`),
      ...any(['status', 'state'], state("'rolled back', 'rolled_back', 'rolledback', 'reverted', 'undone'")),
    ],
    failed: [
      ...any(['success', 'ok'], (column) => `lower(t."${column}") ${no} OR t."${column}" = 0`),
      ...any(['status', 'state'], state("'failed', 'failure', 'error'")),
    ],
    dirty: any(['dirty'], (column) => `lower(t."${column}") ${yes} OR t."${column}" = 1`),
    unfinished: [
      ...any(['done'], (column) => `lower(t."${column}") ${no} OR t."${column}" = 0`),
      ...any(['finished_at', 'completed_at'], (column) => `t."${column}" IS NULL`),
      ...any(['status', 'state'], state("'pending', 'running', 'started', 'in progress', 'in_progress'")),
    ],
  };
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, conditions]) =>
      conditions.length === 0 ? [] : [[name, conditions.map((one) => `(${one})`).join(' OR ')]],
    ),
  );
}
