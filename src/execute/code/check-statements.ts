import { applyPolicy, type StepStatement } from '../../plan/index.ts';
import { splitStatements } from '../../sql/index.ts';
import type { RunningStep } from '../run-statement.ts';

/** Parses a text from code and refuses statements like those of a file. Its errors have no location in the module. */
export function checkStatements(running: RunningStep, sql: string, parameters: boolean): readonly StepStatement[] {
  const { id, file, ownTables } = running.step;
  const { statements, problems } = applyPolicy(splitStatements(sql), {
    id,
    file,
    text: sql,
    noTransaction: false,
    parameters,
    ownTables,
  });
  const [problem] = problems;
  if (problem !== undefined) throw problem.with({ location: undefined, source: undefined });
  return statements;
}
