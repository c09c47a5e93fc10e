import { call, type Op } from '../../bridge/index.ts';
import { isDunlinError, type DunlinError } from '../../errors/index.ts';
import type { Migration } from '../../migration/index.ts';
import { readable, resolveSets, type DeclaredSet, type MigrationSet } from '../../plan/index.ts';
import type { RunContext } from '../../lock/run-context.ts';

/** The sets of migrations that happen together, and what is wrong with them. */
export interface Sets {
  readonly sets: readonly MigrationSet[];
  readonly problems: readonly DunlinError[];
}

/**
 * Reads the sets from the option and, unless only the option is asked for, from the migrations themselves. A file whose
 * text does not have the word is not parsed for it, a module not loaded.
 */
export function* readSets(context: RunContext, optionOnly: boolean = false): Op<Sets> {
  const { registry, options, sets } = context;
  if (sets !== undefined) return { sets, problems: [] };
  const declared: DeclaredSet[] = [];
  for (const migration of optionOnly ? [] : registry.migrations) {
    const last = yield* lastOf(migration, context);
    if (last !== undefined) declared.push({ migration, last });
  }
  const option = options.together ?? [];
  return option.length === 0 && declared.length === 0
    ? { sets: [], problems: [] }
    : resolveSets(registry, option, declared);
}

/** What cannot be read says nothing here: that it cannot is reported when it is to run. */
function* lastOf(migration: Migration, { sync }: RunContext): Op<number | undefined> {
  if (migration.kind === 'sql')
    return /\btogether\b/i.test(migration.text) ? readable(() => migration.content.directives.together) : undefined;
  if (!migration.mayBeginSet) return undefined;
  try {
    return (yield* call(`import of ${migration.file}`, () => migration.load(sync))).together;
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return undefined;
  }
}
