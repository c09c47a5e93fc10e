import { dunlinError, type DunlinError } from '../errors/index.ts';
import {
  classify,
  firstIllegal,
  freeTokens,
  hasOddToken,
  nameKey,
  sameName,
  type ObjectName,
  type ParsedStatement,
  type SqlStatement,
} from '../sql/index.ts';
import { planBatch, type Batch } from './batch.ts';
import { head, statementSource } from './source-location.ts';
import { pragmaPolicy } from './pragmas.ts';

/** A statement of a migration, with what the run does about it. */
export interface StepStatement {
  readonly statement: SqlStatement;
  readonly facts: ParsedStatement;
  /** Its number within the section, from 1. */
  readonly number: number;
  /** Why it is skipped; undefined if it runs. */
  readonly skip: string | undefined;
  readonly batch: Batch | undefined;
}

export interface PolicyContext {
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly noTransaction: boolean;
  /** Code gives values for parameters; a file cannot. Default false. */
  readonly parameters?: boolean;
  /** A file of another tool, which is not to be edited. Default false. */
  readonly foreign?: boolean;
  /** Dunlin's own tables, which a migration must not change. */
  readonly ownTables?: readonly string[];
  /** The rows per batch, by the offset of the statement. */
  readonly batches?: ReadonlyMap<number, number>;
}

type Decision = { readonly skip?: string; readonly problem?: DunlinError };

const withoutBegin = 'has no BEGIN in this migration: it would end the transaction of the run';
const subsumed = 'the run has a transaction of its own';

/**
 * Decides for each statement whether it runs, is skipped or is refused. Migration files contain statements that would end
 * the transaction of the run, or do nothing in it.
 */
export function applyPolicy(
  statements: readonly SqlStatement[],
  context: PolicyContext,
): { statements: StepStatement[]; problems: DunlinError[] } {
  const problems: DunlinError[] = [];
  const opened = new TransactionNesting();
  const checked = statements.map((statement, index): StepStatement => {
    const facts = classify(statement);
    const decision = decide(statement, facts, context, opened, index + 1);
    const batch = planBatch(statement, facts, context, index + 1);
    const problem = decision.problem ?? batch?.problem;
    if (problem !== undefined) problems.push(problem);
    freeTokens(statement);
    return { statement, facts, number: index + 1, skip: decision.skip, batch: batch?.batch };
  });
  for (const { statement, number, fact } of opened.unbalanced())
    problems.push(refuse('TRANSACTION_CONTROL', statement, context, number, fact));
  return { statements: checked, problems: problems.toSorted((a, b) => a.location!.offset - b.location!.offset) };
}

function decide(
  statement: SqlStatement,
  facts: ParsedStatement,
  context: PolicyContext,
  opened: TransactionNesting,
  number: number,
): Decision {
  const odd = hasOddToken(statement) ? decideOdd(statement, context, number) : undefined;
  if (odd !== undefined) return odd;
  const named = namedBy(facts);
  const own = named === undefined ? undefined : ownTable(facts, named, context.ownTables ?? []);
  if (own !== undefined) {
    const fact = `changes "${own}", in which Dunlin records what is applied`;
    const way = 'Leave that table to Dunlin; `dunlin repair` and `dunlin baseline <version>` correct it.';
    return { problem: refuse('STATEMENT_REFUSED', statement, context, number, fact, way) };
  }
  if (named?.schema !== undefined && isElsewhere(named.schema)) {
    // `DROP INDEX IF EXISTS t.x`, which other databases take for an index of the table t.
    if (context.foreign === true && facts.verb === 'drop' && facts.ifExists)
      return { skip: 'there is no such database, so SQLite would do nothing' };
    return elsewhere(statement, context, number);
  }
  switch (facts.verb) {
    case 'begin':
      return opened.begin(statement, number)
        ? { skip: subsumed }
        : control(statement, context, number, 'is inside another BEGIN');
    case 'savepoint':
      opened.savepoint(facts.savepoint ?? '', statement, number);
      return { skip: subsumed };
    case 'commit':
      return opened.commit(statement, number) ? { skip: subsumed } : control(statement, context, number, withoutBegin);
    case 'release':
      return opened.release(facts.savepoint ?? '')
        ? { skip: subsumed }
        : control(statement, context, number, 'has no SAVEPOINT in this migration');
    case 'rollback':
      return control(statement, context, number, 'would undo the migration, or leave its transaction');
    case 'attach':
    case 'detach':
      return elsewhere(statement, context, number);
    case 'vacuum':
      if (facts.into) {
        const fact = 'writes another file, which a second run would find there';
        const way = 'Make copies outside of migrations.';
        return { problem: refuse('STATEMENT_REFUSED', statement, context, number, fact, way) };
      }
      if (context.noTransaction) return {};
      // It changes nothing that a later migration could need.
      if (context.foreign === true) return { skip: 'it only compacts the file: run it by hand where that is wanted' };
      return { problem: refuse('NEEDS_NO_TRANSACTION', statement, context, number) };
    case 'pragma':
      return decidePragma(facts, statement, context, number);
    case 'reindex':
    case 'analyze':
    case 'select':
      return {};
    default:
      return context.noTransaction ? { problem: refuse('NOT_WITHOUT_TRANSACTION', statement, context, number) } : {};
  }
}

/** Whether a statement with a variable or an illegal token can run. */
function decideOdd(statement: SqlStatement, context: PolicyContext, number: number): Decision | undefined {
  const illegal = firstIllegal(statement);
  if (illegal !== undefined) {
    const fact = `${JSON.stringify(illegal.text.slice(0, 20))} is not closed, or not SQL`;
    return {
      problem: dunlinError('SQL_ILLEGAL', { id: context.id, fact }, statementSource(statement, context, number)),
    };
  }
  const parameter =
    context.parameters === true ? undefined : statement.tokens.find((token) => token.kind === 'variable');
  if (parameter === undefined) return undefined;
  // SQLite would silently use NULL (sqlite.org/lang_expr.html, section 3).
  const facts = { id: context.id, parameter: parameter.text, statement: head(statement) };
  return { problem: dunlinError('PARAMETER_WITHOUT_VALUE', facts, statementSource(statement, context, number)) };
}

function control(statement: SqlStatement, context: PolicyContext, number: number, fact: string): Decision {
  return { problem: refuse('TRANSACTION_CONTROL', statement, context, number, fact) };
}

function elsewhere(statement: SqlStatement, context: PolicyContext, number: number): Decision {
  const way = 'Give each database its own migrations.';
  return { problem: refuse('STATEMENT_REFUSED', statement, context, number, 'reaches another database', way) };
}

/** A statement that controls the transaction, and its number. */
interface Control {
  readonly statement: SqlStatement;
  readonly number: number;
}

/**
 * The open BEGINs and SAVEPOINTs of a migration: only balanced ones are skipped. A COMMIT may come first and BEGIN later,
 * as in files whose tool has begun a transaction that they leave for a moment.
 */
class TransactionNesting {
  readonly #open: (Control & { readonly name: string | undefined })[] = [];
  #left: Control | undefined;

  begin(statement: SqlStatement, number: number): boolean {
    if (this.#left !== undefined) {
      this.#left = undefined;
      return true;
    }
    if (this.#open.length > 0) return false;
    this.#open.push({ name: undefined, statement, number });
    return true;
  }

  savepoint(name: string, statement: SqlStatement, number: number): void {
    this.#open.push({ name: name.toLowerCase(), statement, number });
  }

  /** COMMIT ends everything that is open; without a BEGIN it leaves the transaction, until the next BEGIN. */
  commit(statement: SqlStatement, number: number): boolean {
    const [first] = this.#open;
    if (first?.name !== undefined || this.#left !== undefined) return false;
    if (first === undefined) this.#left = { statement, number };
    this.#open.length = 0;
    return true;
  }

  release(name: string): boolean {
    const at = this.#open.findLastIndex((entry) => entry.name === name.toLowerCase());
    if (at < 0) return false;
    this.#open.length = at;
    return true;
  }

  unbalanced(): readonly (Control & { readonly fact: string })[] {
    const left = this.#left === undefined ? [] : [{ ...this.#left, fact: withoutBegin }];
    return [...left, ...this.#open.map((open) => ({ ...open, fact: 'is never ended in this migration' }))];
  }
}

/** The object that a statement names first. */
function namedBy(facts: ParsedStatement): ObjectName | undefined {
  switch (facts.verb) {
    case 'create':
    case 'drop':
    case 'alter':
    case 'insert':
    case 'update':
    case 'delete':
      return facts.name;
    default:
      return undefined;
  }
}

/** Whether a schema is that of an attached database, which no guard and no backup covers. */
function isElsewhere(schema: string): boolean {
  return !['main', 'temp'].includes(nameKey(schema));
}

/** The table of Dunlin that a statement writes, alters, drops, or puts a trigger or index on. */
function ownTable(facts: ParsedStatement, { name }: ObjectName, ownTables: readonly string[]): string | undefined {
  const isPart = facts.verb === 'create' && (facts.object === 'trigger' || facts.object === 'index');
  const table = isPart ? facts.table : name;
  return ownTables.find((own) => sameName(own, table));
}

function decidePragma(
  facts: Extract<ParsedStatement, { verb: 'pragma' }>,
  statement: SqlStatement,
  context: PolicyContext,
  number: number,
): Decision {
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
