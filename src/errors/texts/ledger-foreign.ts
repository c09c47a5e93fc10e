import { count, plural } from '../text.ts';

/** The state of a migration in another tool's table that is not applied. */
export type UnappliedState = 'failed' | 'dirty' | 'unfinished' | 'rolled back';

/** What another tool has recorded. */
interface ForeignRecord {
  /** The number of applied migrations; undefined if the tool records only the newest. */
  readonly applied: number | undefined;
  /** Undefined if no migration is applied. */
  readonly newest: string | undefined;
  readonly unapplied: readonly { readonly state: UnappliedState; readonly count: number; readonly newest: string }[];
  /** The tool's lock table, if a run of that tool holds the lock. */
  readonly lock: string | undefined;
}

/** Another tool has migrated the database. */
interface OtherToolParams {
  readonly kind: 'other tool';
  readonly database: string;
  readonly table: string;
  /** Undefined if the table is of no known tool. */
  readonly tool: string | undefined;
  readonly record: ForeignRecord;
}

/** A table with the name of one of Dunlin's is not Dunlin's, or has another layout. */
interface OtherTableParams {
  readonly kind: 'other table';
  readonly table: string;
  readonly isLog: boolean;
  readonly columns: readonly string[];
  readonly missing: readonly string[];
  /** The tool that has such a table. */
  readonly tool: string | undefined;
  /** Dunlin's layout that has these columns. */
  readonly layout: string | undefined;
  /** Undefined if the table's records cannot be read, or if it has none. */
  readonly record: ForeignRecord | undefined;
  /** Dunlin's own table, if the database has one under another name. */
  readonly dunlinTable: string | undefined;
}

export type ForeignLedgerParams = OtherToolParams | OtherTableParams;

export function foreignMessage(f: ForeignLedgerParams): string {
  if (f.kind === 'other tool') {
    const by = f.tool === undefined ? 'by other means than Dunlin' : `by ${f.tool}`;
    return `${f.database} has been migrated ${by}: the table "${f.table}" ${recordText(f.record)}.`;
  }
  const { missing, columns } = f;
  const fact = missing.length > 0 ? `it has no column ${missing.join(', ')}` : 'its primary key or its columns differ';
  const owner = f.layout === undefined ? f.tool : `Dunlin's ${f.layout} layout`;
  const ownerText = owner === undefined ? '' : `. It looks like the table of ${owner}`;
  const record = f.record === undefined ? '' : `. It ${recordText(f.record)}`;
  return `The table "${f.table}" is not a tracking table of this layout: ${fact} (it has ${columns.join(', ')})${ownerText}${record}.`;
}

export function foreignHint(f: ForeignLedgerParams): string {
  if (f.kind === 'other tool')
    return `Nothing was changed. ${prerequisite(f)}If the migrations here are those that it has applied, take over its records, which runs nothing: \`dunlin adopt\`. If they are new and begin with the schema that the database has, run them all: \`dunlin up --allow-other-tool\` (\`otherTool: 'allow'\`).`;
  if (f.isLog)
    return "Nothing was changed. Choose another name for Dunlin's log of attempts, in the options or the configuration: `tables: { attempts: 'dunlin_attempts' }`.";
  if (f.layout !== undefined)
    return `Nothing was changed. If Dunlin made it, use its layout: \`dunlin status --layout ${f.layout} --table ${f.table}\` (\`layout: '${f.layout}'\`). If not, choose another name for Dunlin's table: --table dunlin_migrations, or \`tables: { migrations: 'dunlin_migrations' }\`.`;
  if (f.dunlinTable !== undefined)
    return `Nothing was changed. Dunlin's own table in this database is "${f.dunlinTable}": give its name, with --table or \`tables: { migrations: '${f.dunlinTable}' }\`, as in \`dunlin status --table ${f.dunlinTable}\`.`;
  return `Nothing was changed. Choose another name for Dunlin's table, with --table or \`tables: { migrations: 'dunlin_migrations' }\`: \`dunlin adopt --table dunlin_migrations\` then takes over what the database has already. Rename "${f.table}" only if nothing else uses it.`;
}

/** What to do with the other tool first, with a space after it; empty if nothing. */
function prerequisite({ record, tool = 'what made the table' }: OtherToolParams): string {
  if (record.unapplied.some(({ state }) => state !== 'rolled back'))
    return `First complete or undo that with ${tool}: the schema may be between two versions. `;
  return record.lock === undefined ? '' : `First let that run end, or release its lock with ${tool} if it died. `;
}

/** What a table records, with the table as the subject. */
function recordText({ applied, newest, unapplied, lock }: ForeignRecord): string {
  const parts: string[] = [];
  if (applied === undefined) parts.push(...(newest === undefined ? [] : [`says that it is at ${newest}`]));
  else if (newest === undefined) parts.push('records no applied migration');
  else parts.push(`records ${plural(applied, 'applied migration')}, the newest ${newest}`);
  for (const { state, count: number, newest: last } of unapplied) {
    const { one, many } = verbs[state];
    if (applied === undefined) parts.push(`says that ${last} ${one}`);
    else parts.push(`${count(number)} that ${number === 1 ? `${one}:` : `${many}, the newest`} ${last}`);
  }
  if (lock !== undefined) parts.push(`its lock "${lock}" is taken`);
  const end = parts.pop() ?? '';
  return parts.length === 0 ? end : `${parts.join(', ')}, and ${end}`;
}

const verbs: Readonly<Record<UnappliedState, { readonly one: string; readonly many: string }>> = {
  failed: { one: 'failed', many: 'failed' },
  dirty: { one: 'is dirty', many: 'are dirty' },
  unfinished: { one: 'did not finish', many: 'did not finish' },
  'rolled back': { one: 'was rolled back', many: 'were rolled back' },
};
