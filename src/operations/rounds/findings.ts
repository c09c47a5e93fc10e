import { dunlinError, guardTexts, refOf, type DunlinError } from '../../errors/index.ts';
import type { Failed } from './round.ts';

/** Details of a failure that its finding has as well: the place in the file, for the code frame. */
export function failureFinding(
  code: 'FAILS_ON_EMPTY' | 'FAILS_ON_DATA' | 'DOWN_FAILS' | 'UP_AGAIN_FAILS',
  { migration, error }: Pick<Failed, 'migration' | 'error'>,
  where: string,
): DunlinError {
  return dunlinError(code, { id: migration.id, where, ...reasonOf(error) }, detailsOf(migration, error));
}

export function rowsFinding({ migration, error }: Failed, where: string, rows: readonly string[]): DunlinError {
  return dunlinError(
    'FAILS_ON_ROWS',
    { id: migration.id, version: migration.version, where, ...reasonOf(error), rows },
    detailsOf(migration, error),
  );
}

function detailsOf(migration: Failed['migration'], error: DunlinError): NonNullable<Parameters<typeof dunlinError>[2]> {
  const { location, source } = error;
  return {
    migration: refOf(migration),
    ...(location === undefined ? {} : { location }),
    ...(source === undefined ? {} : { source }),
    cause: error,
  };
}

/** A hint begins with what became of the data, which was none of anybody's here. */
function reasonOf(error: DunlinError): { readonly reason: string; readonly advice: string } {
  const several = error.problems.map((problem) => problem.message);
  return {
    reason: several.length > 1 ? several.join(' ') : error.message,
    advice: error.hint
      .replace(/^[^]*?\.(?:\s+|$)/, '')
      .replace('Correct the file and run again.', '')
      .trim(),
  };
}

const refusals = /Cannot add a (?:NOT NULL|REFERENCES|UNIQUE|PRIMARY KEY|STORED) column/i;

/**
 * Whether a failure comes with any rows, whatever their values: what the guards find, and what SQLite refuses as soon
 * as there is a row. Any other may come from a value that was made up.
 */
export function isCertain({ error }: Failed): boolean {
  return error.code in guardTexts || refusals.test(error.message);
}
