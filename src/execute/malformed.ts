import { isBusy, isSqlError, query, type Op, type SqlError } from '../bridge/index.ts';
import type { DunlinError } from '../errors/index.ts';
import type { Step, StepStatement } from '../plan/index.ts';
import { malformedError } from './statement-error.ts';

/**
 * The messages of SQLite's parser, which do not depend on the schema, so that no earlier migration can change them. Every
 * other error may be gone by the time the statement runs.
 */
const parserMessage = /^(?:near ".*": syntax error|unrecognized token: ".*|incomplete input)$/s;

/** Errors of statements that SQLite cannot parse, the first of each step: EXPLAIN compiles a statement and runs nothing. */
export function* findMalformed(steps: readonly Step[]): Op<readonly DunlinError[]> {
  const found: DunlinError[] = [];
  for (const step of steps) {
    for (const entry of step.statements) {
      const error = canBeExplained(entry) ? yield* parserError(entry.statement.sql) : undefined;
      if (error === undefined) continue;
      found.push(malformedError(error, step, entry));
      break;
    }
  }
  return found;
}

/** Some pragmas take effect when they are compiled (sqlite.org/pragma.html), and EXPLAIN cannot explain itself. */
function canBeExplained({ facts, skip }: StepStatement): boolean {
  return skip === undefined && facts.verb !== 'pragma' && facts.verb !== 'explain';
}

function* parserError(sql: string): Op<SqlError | undefined> {
  try {
    yield* query(`EXPLAIN ${sql}`);
    return undefined;
  } catch (error) {
    if (isSqlError(error) && parserMessage.test(error.message)) return error;
    if (!isSqlError(error) || isBusy(error)) throw error;
    return undefined;
  }
}
