import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { dunlinError, plural } from '../errors/index.ts';
import type { MigrationLanguage } from '../node/scaffold-text.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import { databaseExists } from './missing-database.ts';
import { findTargets, requestOf } from './targets.ts';

/** What a migration starts with that is to rebuild a table: SQL, or the body of its `up`. Reads the database. */
export async function rebuildStart(
  context: Context,
  args: Arguments,
  table: string,
  language: MigrationLanguage,
): Promise<string> {
  const [target, second] = await findTargets(context, args);
  if (target === undefined || second !== undefined)
    throw dunlinError('OPTION_INVALID', {
      problems: ['--rebuild looks at one database, and there are several here: say which with -d'],
    });
  databaseExists(context, target.database, 'refuse');
  const runner = await context.openRunner(requestOf(target));
  try {
    const sql = await runner.rebuildScript(table);
    // The first migration has no directory yet.
    const isFirst = !existsSync(resolve(context.cwd, target.migrations));
    const { pending } = isFirst ? { pending: [] } : await runner.status();
    if (pending.length > 0)
      context.note(
        `${plural(pending.length, 'migration')} pending: the text is that of ${table} as ${runner.databaseName} has it now`,
      );
    return language === 'sql' ? sql : call(table);
  } finally {
    await runner.close();
  }
}

function call(table: string): string {
  return [
    `db.rebuildTable(${JSON.stringify(table)}, (table) => {`,
    `  // table.changeColumn('name', { type: 'TEXT', notNull: true });`,
    '});',
  ].join('\n');
}
