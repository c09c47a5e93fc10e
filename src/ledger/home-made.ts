import type { ForeignTool, UnappliedState } from './foreign-tools.ts';

/** What people call a table of applied migrations that they made themselves. */
const table =
  /^_*(?:[a-z]+_)?(?:migrations?|schema_?(?:versions?|history|migrations?|changes)|db_?versions?|database_?versions?|migrations?_(?:history|log|versions?|applied|status))_*$/;

/** Columns that say which migration a row is of; the first that a table has does. */
const identities = [
  'version',
  'filename',
  'file_name',
  'file',
  'migration',
  'migration_name',
  'migration_id',
  'script',
  'name',
  'tag',
  'key',
];

/** What such tables note about each besides. With any other column the table is about something else. */
const notes = new Set(
  'id,uuid,description,comment,author,checksum,hash,md5,sha256,sha1,batch,success,ok,status,state,dirty,direction,type,kind,sql,up,down,content,error,applied,applied_at,applied_on,applied_by,appliedat,executed,executed_at,executed_on,executedat,run_at,run_on,ran_at,installed_at,installed_on,migrated_at,created,created_at,createdat,updated_at,updatedat,started_at,finished_at,completed_at,rolled_back_at,reverted_at,timestamp,ts,time,date,at,duration,duration_ms,execution_time,execution_time_ms,execution_ms,schema_version,text_hash,app,module,namespace,component,rank,position,seq,number,up_text,down_text,fingerprint'.split(
    ',',
  ),
);

/** A table of applied migrations that no tool is known to make; undefined if it is something else. */
export function homeMade(name: string, columns: readonly string[]): ForeignTool | undefined {
  const identity = identities.find((one) => columns.includes(one)) ?? (columns.join() === 'id' ? 'id' : undefined);
  if (identity === undefined || !table.test(name)) return undefined;
  if (!columns.every((column) => column === identity || identities.includes(column) || notes.has(column)))
    return undefined;
  return { tool: undefined, table, columns, name: `t."${identity}"`, unapplied: unappliedBy(columns) };
}

/** What columns of such a table say about rows, by their names. */
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
