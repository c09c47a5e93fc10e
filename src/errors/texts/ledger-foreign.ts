import { plural } from '../text.ts';

/** What LEDGER_FOREIGN tells. */
export interface ForeignLedgerParams {
  readonly database: string;
  readonly table: string;
  readonly tool: string | undefined;
  /** Undefined where only the newest is recorded. */
  readonly applied: number | undefined;
  /** Undefined: nothing is known to be recorded. */
  readonly newest: string | undefined;
  /** What `baseline` would be given. */
  readonly version: number | undefined;
  /** The table has the name of one of Dunlin's. */
  readonly differs:
    | { readonly missing: readonly string[]; readonly columns: readonly string[]; readonly isLog: boolean }
    | undefined;
}

export function foreignMessage(f: ForeignLedgerParams): string {
  if (f.differs === undefined) {
    const by = f.tool === undefined ? 'by other means than Dunlin' : `by ${f.tool}`;
    return `${f.database} has been migrated ${by}: the table "${f.table}" ${recordOf(f)}.`;
  }
  const { missing, columns } = f.differs;
  const fact = missing.length > 0 ? `it has no column ${missing.join(', ')}` : 'its primary key or its columns differ';
  const owner = f.tool === undefined ? '' : `. It looks like the table of ${f.tool}`;
  const record = f.newest === undefined ? '' : `. It ${recordOf(f)}`;
  return `The table "${f.table}" is not a tracking table of this layout: ${fact} (it has ${columns.join(', ')})${owner}${record}.`;
}

export function foreignHint(f: ForeignLedgerParams): string {
  const baseline = `dunlin baseline ${f.version ?? '<version>'}`;
  if (f.differs === undefined)
    return `Nothing was changed. If the migrations here are those that it has applied, record them as applied without running them: \`${baseline}\`. If they are new and begin with the schema that the database has, run them all: \`dunlin up --allow-other-tool\` (\`otherTool: 'allow'\`).`;
  if (f.differs.isLog)
    return "Nothing was changed. Choose another name for Dunlin's log of attempts, in the options or the configuration: `tables: { attempts: 'dunlin_attempts' }`.";
  const layout = /^Dunlin's (\w+) layout$/.exec(f.tool ?? '')?.[1];
  if (layout !== undefined)
    return `Nothing was changed. If Dunlin made it, use its layout: \`dunlin status --layout ${layout} --table ${f.table}\` (\`layout: '${layout}'\`). If not, choose another name for Dunlin's table: --table dunlin_migrations, or \`tables: { migrations: 'dunlin_migrations' }\`.`;
  return `Nothing was changed. Choose another name for Dunlin's table, with --table or \`tables: { migrations: 'dunlin_migrations' }\`, and record what the database has already without running it: \`${baseline} --table dunlin_migrations\`. Rename "${f.table}" only if nothing else uses it.`;
}

function recordOf({ applied, newest }: ForeignLedgerParams): string {
  if (applied === undefined) return `says that it is at ${newest}`;
  return `records ${plural(applied, 'applied migration')}, the newest ${newest}`;
}
