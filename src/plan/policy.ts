import { dunlinError, type DunlinError } from '../errors/index.ts';
import { classify, firstIllegal, nameKey, sameName, type SqlStatement, type ParsedStatement } from '../sql/index.ts';
import { planBatch, type Batch } from './batch.ts';
import { head, statementSource } from './source-location.ts';
import { pragmaPolicy } from './pragmas.ts';
import { TransactionNesting } from './transaction-nesting.ts';

/** A statement of a migration, with what the run does about it. */
export interface StepStatement {
  readonly statement: SqlStatement;
  readonly facts: ParsedStatement;
  /** Its number within the section, from 1. */
  readonly number: number;
  /** Why it is passed over; undefined: it runs. */
  readonly skip: string | undefined;
  /** Runs so many rows at a time. */
  readonly batch: Batch | undefined;
}

/** Which migration the statements belong to, for messages. */
export interface PolicyContext {
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly noTransaction: boolean;
  /** Code gives values for parameters; a file cannot. Default false. */
  readonly parameters?: boolean;
  /** Dunlin's own tables, which a migration must leave alone. */
  readonly ownTables?: readonly string[];
  /** Statements that are to run in batches: rows at a time, by the statement's offset. */
  readonly batches?: ReadonlyMap<number, number>;
}

type Verdict = { readonly skip?: string; readonly problem?: DunlinError };

const subsumed = 'the run has a transaction of its own';
const anotherDatabase = 'reaches another database';
const ownMigrations = 'Give each database its own migrations.';

/**
 * Decides for each statement whether it runs, is passed over or is refused: people put statements into migration
 * files that would break, or do nothing in, the transaction that wraps them.
 */
export function applyPolicy(
  statements: readonly SqlStatement[],
  context: PolicyContext,
): { statements: StepStatement[]; problems: DunlinError[] } {
  const problems: DunlinError[] = [];
  const opened = new TransactionNesting();
  const judged = statements.map((statement, index): StepStatement => {
    const facts = classify(statement);
    const verdict = judge(statement, facts, context, opened, index + 1);
    const batch = planBatch(statement, facts, context, index + 1);
    const problem = verdict.problem ?? batch?.problem;
    if (problem !== undefined) problems.push(problem);
    return { statement, facts, number: index + 1, skip: verdict.skip, batch: batch?.batch };
  });
  for (const left of opened.left()) {
    problems.push(
      refuse('TRANSACTION_CONTROL', left.statement, context, left.number, 'is never ended in this migration'),
    );
  }
  return { statements: judged, problems };
}

function judge(
  statement: SqlStatement,
  facts: ParsedStatement,
  context: PolicyContext,
  opened: TransactionNesting,
  number: number,
): Verdict {
  const control = (fact: string): Verdict => ({
    problem: refuse('TRANSACTION_CONTROL', statement, context, number, fact),
  });
  const refused = (fact: string, way: string): Verdict => ({
    problem: refuse('STATEMENT_REFUSED', statement, context, number, fact, way),
  });
  const illegal = firstIllegal(statement);
  if (illegal !== undefined) {
    const fact = `${JSON.stringify(illegal.text.slice(0, 20))} is not closed, or not SQL`;
    return {
      problem: dunlinError('SQL_ILLEGAL', { id: context.id, fact }, statementSource(statement, context, number)),
    };
  }
  const parameter =
    context.parameters === true ? undefined : statement.tokens.find((token) => token.kind === 'variable');
  if (parameter !== undefined) {
    // SQLite would take NULL for it, without a word (sqlite.org/lang_expr.html, section 3).
    const facts = { id: context.id, parameter: parameter.text, statement: head(statement) };
    return { problem: dunlinError('PARAMETER_WITHOUT_VALUE', facts, statementSource(statement, context, number)) };
  }
  const own = ownTable(facts, context.ownTables ?? []);
  if (own !== undefined) {
    const fact = `changes "${own}", in which Dunlin records what is applied`;
    return refused(fact, 'Leave that table to Dunlin; `dunlin repair` and `dunlin baseline <version>` correct it.');
  }
  if (isElsewhere(facts)) return refused(anotherDatabase, ownMigrations);
  switch (facts.verb) {
    case 'begin':
      return opened.begin(statement, number) ? { skip: subsumed } : control('stands inside another BEGIN');
    case 'savepoint':
      opened.savepoint(facts.savepoint ?? '', statement, number);
      return { skip: subsumed };
    case 'commit':
      return opened.commit()
        ? { skip: subsumed }
        : control('has no BEGIN in this migration: it would end the transaction of the run');
    case 'release':
      return opened.release(facts.savepoint ?? '') ? { skip: subsumed } : control('has no SAVEPOINT in this migration');
    case 'rollback':
      return control('would undo the migration, or leave its transaction');
    case 'attach':
    case 'detach':
      return refused(anotherDatabase, ownMigrations);
    case 'vacuum':
      if (facts.into)
        return refused(
          'writes another file, which a second run would find there',
          'Make copies outside of migrations.',
        );
      return context.noTransaction ? {} : { problem: refuse('NEEDS_NO_TRANSACTION', statement, context, number) };
    case 'pragma':
      return judgePragma(facts, statement, context, number);
    case 'reindex':
    case 'analyze':
    case 'select':
      return {};
    default:
      return context.noTransaction ? { problem: refuse('NOT_WITHOUT_TRANSACTION', statement, context, number) } : {};
  }
}

/** Whether it writes a database that the application has attached to its connection: no guard and no backup is of that. */
function isElsewhere(facts: ParsedStatement): boolean {
  const schema = 'name' in facts && typeof facts.name === 'object' ? facts.name.schema : undefined;
  return schema !== undefined && !['main', 'temp'].includes(nameKey(schema));
}

/** The table of Dunlin's own that a statement writes, alters, drops, or puts a trigger or an index on. */
function ownTable(facts: ParsedStatement, ownTables: readonly string[]): string | undefined {
  const named =
    facts.verb === 'create' && (facts.object === 'trigger' || facts.object === 'index')
      ? facts.table
      : 'name' in facts && typeof facts.name === 'object'
        ? facts.name.name
        : undefined;
  return named === undefined ? undefined : ownTables.find((table) => sameName(table, named));
}

function judgePragma(
  facts: Extract<ParsedStatement, { verb: 'pragma' }>,
  statement: SqlStatement,
  context: PolicyContext,
  number: number,
): Verdict {
  const policy = pragmaPolicy(facts.name, facts.value);
  switch (policy.kind) {
    case 'skip':
      return { skip: policy.reason };
    case 'refuse':
      return { problem: refuse('STATEMENT_REFUSED', statement, context, number, policy.fact, policy.way) };
    case 'outside':
      return context.noTransaction ? {} : { problem: refuse('NEEDS_NO_TRANSACTION', statement, context, number) };
    default:
      return {};
  }
}

type Refusal = 'STATEMENT_REFUSED' | 'TRANSACTION_CONTROL' | 'NEEDS_NO_TRANSACTION' | 'NOT_WITHOUT_TRANSACTION';

function refuse(
  code: Refusal,
  statement: SqlStatement,
  context: PolicyContext,
  number: number,
  fact = '',
  way = '',
): DunlinError {
  const facts = { id: context.id, statement: head(statement), fact, way };
  return dunlinError(code, facts, statementSource(statement, context, number));
}
