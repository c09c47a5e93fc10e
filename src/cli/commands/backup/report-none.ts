import { existsSync } from 'node:fs';
import type { Context } from '../../context.ts';
import { databaseExists } from '../../missing-database.ts';
import { shownPath } from '../../shown-path.ts';
import type { Target } from '../../targets.ts';

/**
 * That there are no backups, and where none are: most often the folder, or the database, is meant to be another one.
 * Throws DATABASE_NOT_FOUND where there is no database either.
 */
export function reportNoBackups(context: Context, target: Target, database: string): string {
  databaseExists(context, target.database, 'refuse');
  const folder = target.backups?.directory ?? `${target.database.path}-backups`;
  const shown = shownPath(context.cwd, folder);
  return `${database} has no backups${existsSync(folder) ? ` in ${shown}` : `: there is no folder ${shown}`}`;
}
