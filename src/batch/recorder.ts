import type { DatabaseBridge, Row, Value } from '../bridge/index.ts';
import { dunlinError, refOf } from '../errors/index.ts';
import type { RunRecorder, RecordedDrop } from '../lock/index.ts';
import { locationOf, type Step, type StepStatement } from '../plan/index.ts';
import {
  classify,
  isKeyword,
  nameKey,
  sameName,
  splitStatements,
  type ParsedStatement,
  type SqlStatement,
} from '../sql/index.ts';
import type { ForeignKey } from '../schema/index.ts';
import type { RemoteState } from './state.ts';

/** A statement that the run sent to the replica and that changes something. */
export interface RecordedStatement {
  readonly kind: 'statement';
  readonly statement: SqlStatement;
  readonly facts: ParsedStatement;
  readonly params: readonly Value[];
  /** The migration's own statement, during which it was sent; undefined between migrations. */
  readonly step: Step | undefined;
  readonly entry: StepStatement | undefined;
  /** The unique indexes of the table, if the statement may replace rows. */
  readonly uniques: number;
  /** The tables whose rows an implied DELETE of a DROP TABLE would delete or change. */
  readonly children: readonly ChildColumn[];
}

/** A column that refers to a table, with an action. */
export interface ChildColumn {
  readonly table: string;
  readonly column: string;
}

export type Recorded =
  | RecordedStatement
  | { readonly kind: 'begin'; readonly steps: readonly Step[] }
  | { readonly kind: 'drop'; readonly drop: RecordedDrop }
  | { readonly kind: 'verify'; readonly step: Step };

/** What is asked of the replica beside the run. */
export interface Replica {
  isTracking(table: string): boolean;
  foreignKeysTo(parent: string): Promise<readonly ForeignKey[]>;
}

/** Records what a run does to the replica, as far as it is committed there. */
export class Recorder implements RunRecorder {
  readonly #state: RemoteState;
  readonly #driver: string;
  readonly #replica: Replica;
  #log: Recorded[] = [];
  /** Where the open transaction and savepoints began, outermost first. */
  readonly #marks: { readonly name: string | undefined; readonly length: number }[] = [];
  #steps: readonly Step[] = [];
  #step: Step | undefined;
  #entry: StepStatement | undefined;

  constructor(state: RemoteState, driver: string, replica: Replica) {
    this.#state = state;
    this.#driver = driver;
    this.#replica = replica;
  }

  get log(): readonly Recorded[] {
    return this.#log;
  }

  hasRows(table: string): boolean {
    const key = nameKey(table);
    const { objects, filled } = this.#state;
    if (objects.some(({ type, name }) => type === 'table' && nameKey(name) === key)) return filled.has(key);
    return this.#filled().has(key);
  }

  begins(steps: readonly Step[]): void {
    this.#steps = steps;
    this.#step = steps[0];
    this.#entry = undefined;
    this.#log.push({ kind: 'begin', steps });
  }

  runs(entry: StepStatement): void {
    const isOwn = (one: StepStatement): boolean =>
      one === entry || (one.number === entry.number && one.statement.offset === entry.statement.offset);
    this.#step = this.#steps.find(({ statements }) => statements.some(isOwn)) ?? this.#step;
    this.#entry = entry;
    const fact = refusedFact(entry);
    if (fact !== undefined) this.#refuse(this.#step!, fact[0], fact[1], entry);
  }

  /** The tables that statements of this run have filled. */
  #filled(): ReadonlySet<string> {
    const filled = new Set<string>();
    for (const one of this.#log) {
      if (one.kind !== 'statement') continue;
      const { facts } = one;
      if (facts.verb === 'insert' || (facts.verb === 'create' && facts.object === 'table' && facts.asSelect))
        filled.add(nameKey(facts.name.name));
      else if (facts.verb === 'alter' && facts.change.kind === 'rename-table' && filled.has(nameKey(facts.name.name)))
        filled.add(nameKey(facts.change.to));
    }
    return filled;
  }

  drops(drop: RecordedDrop): void {
    this.#log.push({ kind: 'drop', drop });
  }

  verifies(step: Step): void {
    if (step.verify.length > 0) this.#log.push({ kind: 'verify', step });
  }

  /** The replica, as the run gets it. It is asynchronous, so that the run sends its statements one by one. */
  wrap(local: DatabaseBridge): DatabaseBridge {
    const query = async (sql: string, params: readonly Value[]): Promise<readonly Row[]> => {
      const seen = await this.#lookAt(local, sql, params);
      const rows = await local.query(sql, params);
      this.#record(seen);
      return rows;
    };
    const script = async (sql: string): Promise<void> => {
      for (const { sql: one } of splitStatements(sql)) await query(one, []);
    };
    return Object.assign(Object.create(local) as DatabaseBridge, { sync: false, query, script });
  }

  async #lookAt(local: DatabaseBridge, sql: string, params: readonly Value[]): Promise<readonly RecordedStatement[]> {
    if (/^\s*(?:select|pragma|explain|values)\b/i.test(sql)) return [];
    const seen: RecordedStatement[] = [];
    for (const statement of splitStatements(sql)) {
      const facts = classify(statement);
      const isReplacing = 'conflict' in facts && facts.conflict === 'replace';
      const uniques = isReplacing ? await countUnique(local, facts.name.name) : 0;
      const isTableDrop = facts.verb === 'drop' && facts.object === 'table';
      const children = isTableDrop ? await this.#childrenOf(facts.name.name) : [];
      const [step, entry] = [this.#step, this.#entry];
      seen.push({ kind: 'statement', statement, facts, params, step, entry, uniques, children });
    }
    return seen;
  }

  /** The columns of other tables that refer to this one with an action. */
  async #childrenOf(parent: string): Promise<readonly ChildColumn[]> {
    const keys = await this.#replica.foreignKeysTo(parent);
    return keys
      .filter(({ child, onDelete }) => !sameName(child, parent) && !/^(?:NO ACTION|RESTRICT)$/.test(onDelete))
      .flatMap(({ child, columns }) => columns.map((column) => ({ table: child, column })));
  }

  #record(seen: readonly RecordedStatement[]): void {
    for (const one of seen) {
      const { facts } = one;
      switch (facts.verb) {
        case 'begin':
        case 'savepoint':
          this.#marks.push({ name: facts.savepoint, length: this.#log.length });
          break;
        case 'commit':
          this.#marks.length = 0;
          break;
        case 'release':
          this.#marks.length = this.#indexOf(facts.savepoint);
          this.#step = undefined;
          this.#entry = undefined;
          break;
        case 'rollback': {
          const index = facts.savepoint === undefined ? 0 : this.#indexOf(facts.savepoint);
          this.#log.length = this.#marks[index]?.length ?? this.#log.length;
          this.#marks.length = facts.savepoint === undefined ? 0 : index + 1;
          break;
        }
        case 'select':
          break;
        case 'insert':
        case 'update':
        case 'delete':
          // Their rows are compared afterwards.
          if (!this.#replica.isTracking(facts.name.name)) this.#log.push(one);
          break;
        default:
          this.#log.push(one);
      }
    }
  }

  #indexOf(savepoint: string | undefined): number {
    const key = nameKey(savepoint!);
    return Math.max(
      0,
      this.#marks.findLastIndex(({ name }) => name !== undefined && nameKey(name) === key),
    );
  }

  #refuse(step: Step, fact: string, way: string, entry: StepStatement): never {
    const location = locationOf(entry.statement, step.file, entry.number);
    const facts = { id: step.id, driver: this.#driver, fact, way };
    throw dunlinError('ENGINE_REFUSED', facts, { migration: refOf(step), location, source: step.text });
  }
}

/** Of a `no-transaction` migration. */
export const withoutTransaction = {
  fact: 'is to run outside a transaction (`no-transaction`)',
  way: 'Leave it out of the folder, and do what it does with the tools of the engine.',
};

/** What cannot be one statement among others of one transaction, and what to do instead. */
function refusedFact({ facts, batch, statement: { tokens } }: StepStatement): readonly [string, string] | undefined {
  if (batch !== undefined)
    return [
      'runs a statement in batches of rows',
      'Leave out the line `-- dunlin: batch`; the statement then runs once.',
    ];
  if (tokens.some((token) => isKeyword(token, 'rollback')))
    return [
      'has ROLLBACK, which ends the transaction of the batch',
      'Write ABORT instead: a failure undoes the whole batch anyway.',
    ];
  if (facts.verb === 'create' && facts.object !== 'index' && facts.temporary)
    return ['creates a temporary object', 'Use an ordinary table, and drop it at the end of the migration.'];
  if (facts.verb === 'pragma' && facts.value !== undefined)
    return [`sets the PRAGMA ${facts.name}`, 'Leave it out, or change the schema in another way.'];
  return undefined;
}

async function countUnique(local: DatabaseBridge, table: string): Promise<number> {
  const rows = await local.query(`SELECT count(*) AS n FROM pragma_index_list(?) WHERE "unique"`, [table]);
  // Plus the rowid.
  return Number(rows[0]!['n']) + 1;
}
