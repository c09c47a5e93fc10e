import { dunlinError, type DunlinError } from '../errors/index.ts';

/** Throws if there is any problem: the only one as it is, several as one error that holds them all. */
export function throwProblems(where: string, problems: readonly DunlinError[]): void {
  const all = problems.flatMap(problemsOf);
  const [first] = all;
  if (first === undefined) return;
  if (all.length === 1) throw first;
  const messages = all.map((problem) => problem.message);
  throw dunlinError('SEVERAL_PROBLEMS', { where, messages }, { migration: commonMigration(all), problems: all });
}

/** The problems that an error stands for: those it holds, else itself. */
export function problemsOf(error: DunlinError): readonly DunlinError[] {
  return error.problems.length > 0 ? error.problems : [error];
}

function commonMigration(problems: readonly DunlinError[]): DunlinError['migration'] {
  const [first, ...rest] = problems.map((problem) => problem.migration);
  return rest.every((other) => other?.version === first?.version) ? first : undefined;
}
