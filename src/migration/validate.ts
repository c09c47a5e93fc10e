import { isDunlinError, type DunlinError } from '../errors/index.ts';
import { problemsOf } from './problems.ts';
import type { Migration, Registry } from './types.ts';

/** Parses every SQL migration and returns all that is wrong with them, in their order. Code is not imported. */
export function validateSql(registry: Registry): DunlinError[] {
  return registry.migrations.flatMap((migration) => {
    try {
      if (migration.kind === 'sql') void migration.content;
      return [];
    } catch (error) {
      return asProblems(error);
    }
  });
}

/** As `validateSql`; it also imports every module and checks what it exports. Importing runs the modules' own code. */
export async function validateAll(registry: Registry): Promise<DunlinError[]> {
  const problems: DunlinError[] = [];
  for (const migration of registry.migrations) problems.push(...(await validate(migration)));
  return problems;
}

async function validate(migration: Migration): Promise<readonly DunlinError[]> {
  try {
    if (migration.kind === 'sql') void migration.content;
    else await migration.load(false);
    return [];
  } catch (error) {
    return asProblems(error);
  }
}

function asProblems(error: unknown): readonly DunlinError[] {
  if (!isDunlinError(error)) throw error;
  return problemsOf(error);
}
