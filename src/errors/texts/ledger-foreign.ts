import { count, plural } from '../text.ts';

/** What another tool has recorded. */
interface ForeignRecord {
  /** Undefined where only the newest is recorded. */
  readonly applied: number | undefined;
  /** Undefined: of none. */
  readonly newest: string | undefined;
  readonly unapplied: readonly { readonly state: string; readonly count: number; readonly newest: string }[];
  readonly lock: string | undefined;
}

export interface ForeignLedgerParams {
  readonly database: string;
  readonly table: string;
  readonly tool: string | undefined;
  /** Undefined: nothing is known to be recorded. */
  readonly record: ForeignRecord | undefined;
  /** The table has the name of one of Dunlin's. */
  readonly differs:
    | {
        readonly missing: readonly string[];
        readonly columns: readonly string[];
        readonly isLog: boolean;
        /** Dunlin's own table of another name, if there is one. */
        readonly own: string | undefined;
      }
    | undefined;
}

export function foreignMessage(f: ForeignLedgerParams): string {
  if (f.differs === undefined) {
    const by = f.tool === undefined ? 'by other means than Dunlin' : `by ${f.tool}`;
    return `${f.database} has been migrated ${by}: the table "${f.table}" ${f.record === undefined ? 'is there' : recordOf(f.record)}.`;
  }
  const { missing, columns } = f.differs;
  const fact = missing.length > 0 ? `it has no column ${missing.join(', ')}` : 'its primary key or its columns differ';
  const owner = f.tool === undefined ? '' : `. It looks like the table of ${f.tool}`;
  const record = f.record === undefined ? '' : `. It ${recordOf(f.record)}`;
  return `The table "${f.table}" is not a tracking table of this layout: ${fact} (it has ${columns.join(', ')})${owner}${record}.`;
}

export function foreignHint(f: ForeignLedgerParams): string {
  if (f.differs === undefined)
    return `Nothing was changed. ${before(f)}If the migrations here are those that it has applied, take over its records, which runs nothing: \`dunlin adopt\`. If they are new and begin with the schema that the database has, run them all: \`dunlin up --allow-other-tool\` (\`otherTool: 'allow'\`).`;
  if (f.differs.isLog)
    return "Nothing was changed. Choose another name for Dunlin's log of attempts, in the options or the configuration: `tables: { attempts: 'dunlin_attempts' }`.";
  const layout = /^Dunlin's (\w+) layout$/.exec(f.tool ?? '')?.[1];
  if (layout !== undefined)
    return `Nothing was changed. If Dunlin made it, use its layout: \`dunlin status --layout ${layout} --table ${f.table}\` (\`layout: '${layout}'\`). If not, choose another name for Dunlin's table: --table dunlin_migrations, or \`tables: { migrations: 'dunlin_migrations' }\`.`;
  if (f.differs.own !== undefined)
    return `Nothing was changed. Dunlin's own table in this database is "${f.differs.own}": give its name, with --table or \`tables: { migrations: '${f.differs.own}' }\`, as in \`dunlin status --table ${f.differs.own}\`.`;
  return `Nothing was changed. Choose another name for Dunlin's table, with --table or \`tables: { migrations: 'dunlin_migrations' }\`: \`dunlin adopt --table dunlin_migrations\` then takes over what the database has already. Rename "${f.table}" only if nothing else uses it.`;
}

/** What to do before anything else. */
function before({ record, tool }: ForeignLedgerParams): string {
  const by = tool === undefined ? 'what made the table' : tool;
  const halfDone = record?.unapplied.some(({ state }) => state !== 'rolled back') === true;
  if (halfDone) return `First complete or undo that with ${by}: the schema may be between two versions. `;
  return record?.lock === undefined ? '' : `First let that run end, or release its lock with ${by} if it died. `;
}

function recordOf({ applied, newest, unapplied, lock }: ForeignRecord): string {
  const parts: string[] = [];
  if (applied === undefined) parts.push(...(newest === undefined ? [] : [`says that it is at ${newest}`]));
  else if (newest === undefined) parts.push('records no applied migration');
  else parts.push(`records ${plural(applied, 'applied migration')}, the newest ${newest}`);
  for (const { state, count: found, newest: last } of unapplied) {
    const verb = found === 1 ? states[state]!.one : states[state]!.many;
    parts.push(
      applied === undefined
        ? `says that ${last} ${states[state]!.one}`
        : `${count(found)} that ${verb}${found === 1 ? ':' : ', the newest'} ${last}`,
    );
  }
  if (lock !== undefined) parts.push(`its lock "${lock}" is taken`);
  const end = parts.pop() ?? '';
  return parts.length === 0 ? end : `${parts.join(', ')}, and ${end}`;
}

const states: Readonly<Record<string, { readonly one: string; readonly many: string }>> = {
  failed: { one: 'failed', many: 'failed' },
  dirty: { one: 'is dirty', many: 'are dirty' },
  unfinished: { one: 'did not finish', many: 'did not finish' },
  'rolled back': { one: 'was rolled back', many: 'were rolled back' },
};
