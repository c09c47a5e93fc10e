import { dunlinError, type DunlinError } from '../errors/index.ts';

/** Throws if there is any problem. */
export function throwProblems(where: string, problems: readonly DunlinError[]): void {
  const error = joinProblems(where, problems);
  if (error !== undefined) throw error;
}

/** A single problem unchanged; several as one error that contains them; undefined for none. */
export function joinProblems(where: string, problems: readonly DunlinError[]): DunlinError | undefined {
  const all = problems.flatMap(problemsOf);
  if (all.length <= 1) return all[0];
  const messages = all.map((problem) => problem.message);
  return dunlinError('SEVERAL_PROBLEMS', { where, messages }, { migration: commonMigration(all), problems: all });
}

/** The problems that an error contains, else the error itself. */
export function problemsOf(error: DunlinError): readonly DunlinError[] {
  return error.problems.length > 0 ? error.problems : [error];
}

function commonMigration(problems: readonly DunlinError[]): DunlinError['migration'] {
  const [first, ...rest] = problems.map((problem) => problem.migration);
  return rest.every((other) => other?.version === first?.version) ? first : undefined;
}
