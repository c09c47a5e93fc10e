import type { BatchStatement, EngineFacts, Value } from '../bridge/index.ts';
import type { ChildColumn, Recorded, RecordedStatement } from './recorder.ts';
import { dunlinError, refOf } from '../errors/index.ts';
import { declaredBy, type DeclaredLosses } from '../execute/index.ts';
import type { RecordedDrop } from '../lock/index.ts';
import type { Step, StepStatement } from '../plan/index.ts';
import { comparableValue } from '../rebuild/index.ts';
import { isVirtual, ownedTables, type ForeignKey, type Reference } from '../schema/index.ts';
import { isUpsert, literal, nameKey, quote } from '../sql/index.ts';
import { raiseSql } from './raise.ts';
import { contentSql, digestSql, type RemoteState } from './state.ts';
import { TrackedTables, type TrackedTable } from './tracked-tables.ts';

/** The error names the changed columns among as many. Each is a figure, and engines limit the depth of an expression. */
const mostColumns = 20;

/** The table in which a batch counts. It exists within the batch only. */
const countTable = 'dunlin_batch';

/** What a guard means if it fails. */
export type BatchGuard =
  /** Somebody else has changed the database since it was read. */
  | { readonly kind: 'moved' }
  /** The schema is not what the rehearsal made. */
  | { readonly kind: 'unexpected' }
  | (OfUnit &
      (
        | { readonly kind: 'rows'; readonly table: string }
        | { readonly kind: 'values'; readonly table: string; readonly columns: readonly string[] }
        | { readonly kind: 'column'; readonly table: string; readonly column: string }
        | { readonly kind: 'nulled'; readonly table: string; readonly column: string }
        | { readonly kind: 'violations'; readonly references: readonly Reference[] }
        | { readonly kind: 'children'; readonly parent: string; readonly child: string }
        | { readonly kind: 'verify'; readonly step: Step; readonly index: number }
      ));

interface OfUnit {
  readonly steps: readonly Step[];
  readonly entry?: StepStatement | undefined;
}

/** One statement of the batch, and what it is for. */
export interface CompiledStatement extends BatchStatement {
  readonly guard?: number;
  /** The migration's statement that it is, or belongs to. */
  readonly step?: Step | undefined;
  readonly entry?: StepStatement | undefined;
  /** It writes Dunlin's own tables: if it fails, somebody else has written them. */
  readonly own?: boolean;
}

export interface Compiled {
  readonly runId: string;
  readonly statements: readonly CompiledStatement[];
  readonly guards: readonly BatchGuard[];
}

/** What a batch is compiled from. */
export interface CompileRequest {
  readonly runId: string;
  readonly driver: string;
  readonly engine: EngineFacts;
  readonly before: RemoteState;
  readonly log: readonly Recorded[];
  /** The digest of the replica's schema afterwards. */
  readonly digestAfter: string;
  /** Dunlin's own tables afterwards, by name, with their rows as values. */
  readonly own: readonly OwnRows[];
  /** Before the run. */
  readonly foreignKeys: readonly ForeignKey[];
  /** Afterwards, each pair of tables once. */
  readonly references: readonly Reference[];
}

/** The rows that the run has added to one of Dunlin's tables, and those that are gone. */
export interface OwnRows {
  readonly name: string;
  readonly columns: readonly string[];
  readonly added: readonly (readonly Value[])[];
  /** Their first two columns, as SQL literals. */
  readonly removed: readonly (readonly string[])[];
}

/** Makes one batch of what a run did to the replica, with guards that measure the real rows. */
export function compile(request: CompileRequest): Compiled {
  return new Compiler(request).compile();
}

class Compiler {
  readonly #request: CompileRequest;
  readonly #statements: CompiledStatement[] = [];
  readonly #guards: BatchGuard[] = [];
  /** The tables that exist at this point, and whether each is virtual. */
  #names: ReadonlyMap<string, boolean>;

  constructor(request: CompileRequest) {
    this.#request = request;
    const tables = request.before.objects.filter(({ type }) => type === 'table');
    const tracking = new Set(request.before.tracking.filter(({ own }) => own).map(({ name }) => name));
    // The module of a virtual table writes its own tables as it likes.
    const shadows = ownedTables(request.before.objects);
    const followed = tables.filter(({ name }) => !tracking.has(name) && !shadows.has(nameKey(name)));
    this.#names = new Map(followed.map(({ name, sql }) => [name, isVirtual(sql)]));
  }

  compile(): Compiled {
    const { before, engine, log, digestAfter, own, runId } = this.#request;
    this.#raiseWithText(`${digestSql(engine.reserved)} IS NOT ?`, before.digest, { kind: 'moved' });
    for (const table of before.tracking)
      if (table.own) this.#raiseWithText(`${contentSql(table)} IS NOT ?`, table.content, { kind: 'moved' });
    if (engine.settings.includes('defer_foreign_keys')) this.#add('PRAGMA defer_foreign_keys = ON');
    const units = splitUnits(log);
    if (units.some(({ steps }) => steps.length > 0))
      this.#add(
        `CREATE TABLE ${countTable} (id TEXT PRIMARY KEY, n INTEGER NOT NULL, added INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0)`,
      );
    for (const unit of units) this.#compileUnit(unit);
    for (const rows of own) this.#writeOwn(rows);
    if (units.some(({ steps }) => steps.length > 0)) this.#add(`DROP TABLE ${countTable}`);
    this.#raiseWithText(`${digestSql(engine.reserved)} IS NOT ?`, digestAfter, { kind: 'unexpected' });
    return { runId, statements: this.#statements, guards: this.#guards };
  }

  #compileUnit({ steps, entries }: Unit): void {
    const unit = new UnitCompiler(this.#request, steps, entries, this.#names, {
      add: (statement) => this.#statements.push(statement),
      raise: (condition, guard, figures, place) => this.#raise(condition, guard, figures, place),
    });
    this.#names = unit.compile();
  }

  #add(sql: string, params: readonly string[] = [], more: Partial<CompiledStatement> = {}): void {
    this.#statements.push({ sql, params, ...more });
  }

  #raise(
    condition: string,
    guard: BatchGuard,
    figures: readonly string[],
    more: Partial<CompiledStatement> = {},
  ): void {
    const number = this.#guards.push(guard) - 1;
    this.#add(raiseSql(this.#request.runId, number, condition, figures), [], { guard: number, ...more });
  }

  #raiseWithText(condition: string, text: string, guard: BatchGuard): void {
    const number = this.#guards.push(guard) - 1;
    this.#add(raiseSql(this.#request.runId, number, condition), [text], { guard: number });
  }

  #writeOwn({ name, columns, added, removed }: OwnRows): void {
    for (const literals of removed) {
      const condition = literals.map((value, i) => `${quote(columns[i]!)} IS ${value}`).join(' AND ');
      this.#add(`DELETE FROM ${quote(name)} WHERE ${condition}`, [], { own: true });
    }
    for (const row of added) {
      const params: string[] = [];
      const values = row.map((value) => {
        if (typeof value !== 'string') return valueText(value);
        params.push(value);
        return '?';
      });
      const list = columns.map(quote).join(', ');
      this.#add(`INSERT INTO ${quote(name)} (${list}) VALUES (${values.join(', ')})`, params, { own: true });
    }
  }
}

/** The statements of a migration or a set, or what was run between migrations. */
interface Unit {
  readonly steps: readonly Step[];
  readonly entries: readonly Exclude<Recorded, { readonly kind: 'begin' }>[];
}

function splitUnits(log: readonly Recorded[]): readonly Unit[] {
  const units: { steps: readonly Step[]; entries: Exclude<Recorded, { kind: 'begin' }>[] }[] = [
    { steps: [], entries: [] },
  ];
  for (const one of log)
    if (one.kind === 'begin') units.push({ steps: one.steps, entries: [] });
    else units.at(-1)!.entries.push(one);
  return units;
}

/** What a unit writes to. */
interface Target {
  add(statement: CompiledStatement): void;
  raise(condition: string, guard: BatchGuard, figures: readonly string[], place?: Partial<CompiledStatement>): void;
}

/** Compiles one migration, or one set: its statements, what counts them, and the checks at its end. */
class UnitCompiler {
  readonly #request: CompileRequest;
  readonly #steps: readonly Step[];
  readonly #entries: Unit['entries'];
  readonly #target: Target;
  readonly #declared: DeclaredLosses;
  readonly #tables: TrackedTables;
  /** The tables as they are after the migration. */
  readonly #final: TrackedTables;
  /** Copies that are to be compared right after this entry, before later statements change what they copied. */
  readonly #compareAfter = new Map<number, RecordedDrop[]>();
  readonly #compared = new Set<RecordedDrop>();
  /** The table of each drop, which may have had other names before. */
  readonly #droppedIds = new Map<RecordedDrop, string | undefined>();

  constructor(
    request: CompileRequest,
    steps: readonly Step[],
    entries: Unit['entries'],
    names: ReadonlyMap<string, boolean>,
    target: Target,
  ) {
    this.#request = request;
    this.#steps = steps;
    this.#entries = entries;
    this.#target = target;
    this.#declared = declaredBy(steps);
    this.#tables = new TrackedTables(names);
    this.#final = new TrackedTables(names);
    for (const one of entries)
      if (one.kind === 'statement') this.#final.follow(one);
      else if (one.kind === 'drop') this.#droppedIds.set(one.drop, this.#final.get(one.drop.table)?.id);
  }

  /** Returns the names of the tables afterwards. */
  compile(): ReadonlyMap<string, boolean> {
    if (this.#steps.length === 0) for (const one of this.#entries) this.#sendAsIs(one);
    else this.#compileGuarded();
    return this.#tables.names;
  }

  #sendAsIs(one: Unit['entries'][number]): void {
    if (one.kind !== 'statement') return;
    this.#send(one);
    this.#tables.follow(one);
  }

  #compileGuarded(): void {
    const statements = this.#entries.filter((one) => one.kind === 'statement');
    const isMeasured = statements.some(({ facts }) => mayHurt(facts));
    if (isMeasured) this.#countBefore(statements);
    this.#placeComparisons();
    for (const [i, one] of this.#entries.entries()) {
      if (one.kind === 'verify') this.#verify(one.step);
      else if (one.kind === 'drop') this.#beforeDrop(one.drop, i);
      else this.#statement(one, isMeasured);
      for (const drop of this.#compareAfter.get(i) ?? []) this.#compare(drop);
    }
    if (isMeasured) this.#check(statements);
  }

  // --- what is counted

  /** The tables whose rows a statement may remove: if triggers or actions exist, any. */
  #atRisk(statements: readonly RecordedStatement[]): readonly TrackedTable[] {
    const { foreignKeys } = this.#request.before;
    const texts = this.#texts;
    const hasTriggers = texts.some((text) => /\bTRIGGER\b/i.test(text));
    const hasActions = foreignKeys && texts.some((text) => /\bON\s+(?:DELETE|UPDATE)\b/i.test(text));
    if (hasTriggers || hasActions) return this.#tables.before;
    const named = new Set(statements.map(keyOf));
    return this.#tables.before.filter(({ name }) => named.has(nameKey(name)));
  }

  #countBefore(statements: readonly RecordedStatement[]): void {
    this.#add(`DELETE FROM ${countTable}`);
    const values = this.#atRisk(statements).map(({ id, name }) => `('${id}', (SELECT count(*) FROM ${quote(name)}))`);
    for (const { table, column } of this.#nulledColumns(statements))
      values.push(`(${literal(`set ${table}.${column}`)}, (SELECT count(${quote(column)}) FROM ${quote(table)}))`);
    for (let i = 0; i < values.length; i += 50)
      this.#add(`INSERT INTO ${countTable} (id, n) VALUES ${values.slice(i, i + 50).join(', ')}`);
    if (this.#hasReferences)
      this.#add(
        `INSERT INTO ${countTable} (id, n) SELECT 'fk ' || "table" || ' ' || parent, count(*) FROM pragma_foreign_key_check GROUP BY 1`,
      );
    if (this.#request.before.sequences !== undefined)
      this.#add(`INSERT INTO ${countTable} (id, n) SELECT 'seq ' || name, max(seq) FROM sqlite_sequence GROUP BY name`);
    // That a table was empty decided what the rehearsal allowed.
    const empty = this.#tables.before.filter(
      ({ name }) => this.#wasEmpty(name) && statements.some((one) => drops(one, name)),
    );
    for (const { name } of empty) this.#target.raise(`EXISTS (SELECT 1 FROM ${quote(name)})`, { kind: 'moved' }, []);
    this.#counted = new Set(this.#atRisk(statements).map(({ id }) => id));
  }

  #counted: Set<string> = new Set();

  /** Whether the table was there and empty when the database was read. */
  #wasEmpty(name: string): boolean {
    const { objects, filled } = this.#request.before;
    const key = nameKey(name);
    return objects.some((one) => one.type === 'table' && nameKey(one.name) === key) && !filled.has(key);
  }

  get #hasReferences(): boolean {
    return this.#texts.some((text) => /\bREFERENCES\b/i.test(text));
  }

  /** The schema before the run, and every statement of it. */
  get #texts(): readonly string[] {
    const { before, log } = this.#request;
    return [
      ...before.objects.map(({ sql }) => sql),
      ...log.map((one) => (one.kind === 'statement' ? one.statement.sql : '')),
    ];
  }

  /** Columns that SET NULL and SET DEFAULT may empty, of tables that no statement writes itself. */
  #nulledColumns(statements: readonly RecordedStatement[]): readonly ChildColumn[] {
    if (!this.#request.before.foreignKeys) return [];
    const written = new Set(statements.filter(({ facts }) => facts.verb !== 'create').map(keyOf));
    const exists = (table: string): boolean => this.#tables.before.some(({ name }) => nameKey(name) === nameKey(table));
    const nullable = this.#request.foreignKeys
      .filter(({ onDelete, onUpdate }) => [onDelete, onUpdate].some((action) => action.startsWith('SET ')))
      .filter(({ child }) => !written.has(nameKey(child)) && exists(child))
      .flatMap(({ child, columns }) => columns.map((column) => ({ table: child, column })));
    // A column may be in several keys.
    return [...new Map(nullable.map((one) => [`${one.table}\0${one.column}`, one])).values()];
  }

  // --- statements

  #statement(one: RecordedStatement, isMeasured: boolean): void {
    const { facts, params } = one;
    const isSequence = keyOf(one) === 'sqlite_sequence' && params.length > 0;
    if (isSequence) return this.#restoreSequence(one);
    this.#refuseChildren(one);
    this.#send(one);
    this.#tables.follow(one);
    if (!isMeasured) return;
    const count = (sql: string, table: TrackedTable | undefined): void => {
      if (table !== undefined) this.#add(`UPDATE ${countTable} SET ${sql} WHERE id = '${table.id}'`);
    };
    switch (facts.verb) {
      case 'create': {
        if (facts.object !== 'table') break;
        const table = this.#tables.get(facts.name.name);
        if (table?.isNew !== true || this.#counted.has(table.id)) break;
        this.#counted.add(table.id);
        const rows = facts.asSelect ? `(SELECT count(*) FROM ${quote(table.name)})` : '0';
        this.#add(`INSERT INTO ${countTable} (id, n, added) VALUES ('${table.id}', 0, ${rows})`);
        break;
      }
      case 'insert': {
        const table = this.#tables.get(facts.name.name);
        // DO UPDATE counts the rows that it updates as well, and a command of a full-text table is an INSERT too.
        if (isUpsert(one.statement) || table?.virtual === true) break;
        const replaced = one.uniques === 0 ? '' : `, gone = gone + changes() * ${one.uniques}`;
        count(`added = added + changes()${replaced}`, table);
        break;
      }
      case 'update':
        if (one.uniques > 0) count(`gone = gone + changes() * ${one.uniques}`, this.#tables.get(facts.name.name));
        break;
      case 'delete':
        count(`gone = gone + changes()`, this.#tables.get(facts.name.name));
        break;
      default:
        break;
    }
  }

  #send({ statement, params, step, entry }: RecordedStatement): void {
    let next = 0;
    // Only Dunlin itself gives parameters.
    const sql = params.length === 0 ? statement.sql : statement.sql.replaceAll('?', () => valueText(params[next++]!));
    this.#target.add({ sql, params: [], step, entry });
  }

  /** The rehearsal set a sequence back to what it was when the database was read. Here it is what it is now. */
  #restoreSequence({ params, step, entry }: RecordedStatement): void {
    const name = literal(String(params.find((value) => typeof value === 'string')));
    const saved = `(SELECT n FROM ${countTable} WHERE id = 'seq ' || ${name})`;
    const more = { params: [], step, entry };
    this.#target.add({ sql: `UPDATE sqlite_sequence SET seq = max(seq, ${saved}) WHERE name = ${name}`, ...more });
    this.#target.add({
      sql: `INSERT INTO sqlite_sequence (name, seq) SELECT ${name}, ${saved} WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ${name})`,
      ...more,
    });
  }

  /** DROP TABLE deletes all rows first, which fires the actions of its children. */
  #refuseChildren({ facts, children, step, entry }: RecordedStatement): void {
    if (!this.#request.before.foreignKeys || facts.verb !== 'drop' || facts.object !== 'table') return;
    for (const { table, column } of children)
      this.#target.raise(
        `EXISTS (SELECT 1 FROM ${quote(table)} WHERE ${quote(column)} IS NOT NULL)`,
        { kind: 'children', steps: this.#steps, entry, parent: facts.name.name, child: table },
        [],
        { step, entry },
      );
  }

  // --- comparisons

  /** Compares a copy right after its last statement, unless what was copied is written before it is dropped. */
  #placeComparisons(): void {
    for (const [i, one] of this.#entries.entries()) {
      if (one.kind !== 'drop') continue;
      const copied = one.drop.copies.flatMap(({ entries }) => entries);
      const last = this.#entries.findLastIndex(
        (other, j) => j < i && other.kind === 'statement' && other.entry !== undefined && copied.includes(other.entry),
      );
      if (last < 0) continue;
      const names = new Set([one.drop.table, ...one.drop.copies.map(({ target }) => target)].map(nameKey));
      const own = nameKey(one.drop.table);
      const isWritten = this.#entries.slice(last + 1, i).some((between) => {
        if (between.kind !== 'statement') return false;
        const key = keyOf(between);
        if (between.facts.verb === 'alter') return key !== undefined && names.has(key);
        return between.facts.verb !== 'create' && key === own;
      });
      if (isWritten) continue;
      this.#compareAfter.set(last, [...(this.#compareAfter.get(last) ?? []), one.drop]);
      this.#compared.add(one.drop);
    }
  }

  #beforeDrop(drop: RecordedDrop, index: number): void {
    const next = this.#entries.slice(index + 1).find((one) => one.kind === 'statement');
    const entry = next?.kind === 'statement' ? next.entry : undefined;
    this.#countLeft(drop.table, entry);
    if (drop.copies.length === 0) {
      if (drop.isPicked && !this.#wasEmpty(drop.table)) this.#refusePicked(drop, next?.step);
      if (this.#lacksRows(drop, index)) this.#countCopied(drop, entry);
      return;
    }
    if (this.#lacksRows(drop, index)) this.#countCopied({ ...drop, copies: [] }, entry);
    this.#compareRows(drop, entry, !this.#compared.has(drop));
    const table = this.#tables.get(drop.table);
    const successor = this.#final.get(this.#firstName(drop.table));
    if (table?.isNew !== true && (successor === undefined || successor.id === table?.id)) return;
    for (const column of drop.notCopied) {
      const name = this.#firstName(drop.table);
      if (this.#declared.includesColumn(name, column)) continue;
      const values = `SELECT count(${quote(column)}) FROM ${quote(drop.table)}`;
      const guard = { kind: 'column', steps: this.#steps, entry, table: name, column } as const;
      this.#target.raise(`(${values}) > 0`, guard, [values], { entry });
    }
  }

  /** Before a table is rebuilt: it has lost no more rows than the statements said. */
  #countLeft(name: string, entry: StepStatement | undefined): void {
    const table = this.#tables.get(name);
    if (table === undefined || !this.#counted.has(table.id) || this.#final.get(table.first) === undefined) return;
    const expected = `SELECT n + added - gone FROM ${countTable} WHERE id = '${table.id}'`;
    const rows = `SELECT count(*) FROM ${quote(name)}`;
    const guard = { kind: 'rows', steps: this.#steps, entry, table: table.first } as const;
    this.#target.raise(`(${rows}) < (${expected})`, guard, [expected, rows], { entry });
  }

  /**
   * Whether another table takes the name and gets none of the rows, neither at once nor by another table. If nothing read
   * the rows, DROP and CREATE of one name replace a table on purpose.
   */
  #lacksRows({ table, copies }: RecordedDrop, index: number): boolean {
    const tracked = this.#tables.get(table);
    const successor = this.#final.get(this.#firstName(table));
    if (tracked === undefined || successor === undefined || successor.id === tracked.id) return false;
    if (copies.length === 0) return nameKey(tracked.first) !== nameKey(tracked.name);
    if (copies.some(({ target }) => this.#takesName(target, table))) return false;
    const places = new Set(copies.map(({ target }) => this.#tables.get(target)?.id));
    const copiesOn = (drop: RecordedDrop): boolean => drop.copies.length > 0 && places.has(this.#droppedIds.get(drop));
    return !this.#entries.slice(index + 1).some((one) => one.kind === 'drop' && copiesOn(one.drop));
  }

  #compare(drop: RecordedDrop): void {
    this.#compareRows(drop, drop.copies.flatMap(({ entries }) => entries).at(-1), true);
  }

  #compareRows(drop: RecordedDrop, entry: StepStatement | undefined, values: boolean): void {
    // The table with the name must have the rows, whatever others have.
    const copies = drop.copies.filter(({ target, isMain }) => isMain || this.#takesName(target, drop.table));
    this.#countCopied({ ...drop, copies }, entry);
    if (values) this.#compareValues({ ...drop, copies });
  }

  /** As many rows must have been copied as there are. */
  #countCopied({ table, copies }: RecordedDrop, entry: StepStatement | undefined): void {
    const targets = new Map(copies.map((copy) => [nameKey(copy.target), copy]));
    const arrived = [...targets.values()].map(({ target, entries }) => {
      const tracked = this.#tables.get(target);
      const rows = `(SELECT count(*) FROM ${quote(target)})`;
      if (tracked === undefined || entries.length === 0) return rows;
      const added = `(SELECT added FROM ${countTable} WHERE id = '${tracked.id}')`;
      // What a trigger or a view brought is not in the count of a statement.
      return tracked.isNew ? `max(${added}, ${rows})` : added;
    });
    const before = `(SELECT count(*) FROM ${quote(table)})`;
    const after = arrived.join(' + ') || '0';
    const guard = { kind: 'rows', steps: this.#steps, entry, table: this.#firstName(table) } as const;
    const count = `SELECT count(*) FROM ${quote(table)}`;
    this.#target.raise(`${before} > ${after}`, guard, [count, `SELECT ${after}`], { entry });
    const own = [...targets.values()].findIndex(({ target }) => this.#takesName(target, table));
    if (own < 0 || arrived.length === 1) return;
    // If tables have rows in common, the others are copies, which do not make up for what it lacks.
    this.#target.raise(
      `${after} > ${before} AND ${before} > ${arrived[own]!}`,
      guard,
      [count, `SELECT ${arrived[own]!}`],
      { entry },
    );
  }

  /** Whether a table will have the name of another one. */
  #takesName(target: string, table: string): boolean {
    const id = this.#tables.get(target)?.id;
    return id !== undefined && this.#final.get(this.#firstName(table))?.id === id;
  }

  /** Every row must be there with its values, as often as it was. */
  #compareValues({ table, copies }: RecordedDrop): void {
    const groups = new Map<
      string,
      { readonly columns: readonly string[]; readonly paths: RecordedDrop['copies'][number][] }
    >();
    for (const copy of copies) {
      const columns = copy.pairs.map(({ column }) => column).toSorted();
      const key = JSON.stringify(columns);
      const group = groups.get(key) ?? { columns, paths: [] };
      group.paths.push(copy);
      groups.set(key, group);
    }
    for (const { columns, paths } of groups.values()) {
      if (columns.length === 0) continue;
      this.#compareGroup(table, columns, paths, '');
      const own = paths.find(({ target }) => this.#takesName(target, table));
      if (own === undefined || paths.length === 1) continue;
      const copied = paths.map(({ target }) => `(SELECT count(*) FROM ${quote(target)})`).join(' + ');
      this.#compareGroup(table, columns, [own], `${copied} > (SELECT count(*) FROM ${quote(table)}) AND `);
    }
  }

  #compareGroup(table: string, columns: readonly string[], paths: RecordedDrop['copies'], condition: string): void {
    const arm = (sign: string, from: string, own: readonly string[]): string =>
      `SELECT ${sign} AS s, ${own.map((column, i) => `${comparableValue(quote(column))} AS c${i}`).join(', ')} FROM ${quote(from)}`;
    const missingIn = (compared: readonly string[]): string => {
      const copies = paths.map((path) => {
        const own = compared.map((column) => comparedTo(path, column));
        return arm('-1', path.target, own);
      });
      const list = compared.map((_, i) => `c${i}`).join(', ');
      const arms = [arm('1', table, compared), ...copies].join(' UNION ALL ');
      return `SELECT coalesce(sum(d), 0) FROM (SELECT sum(s) AS d FROM (${arms}) GROUP BY ${list} HAVING sum(s) > 0)`;
    };
    const missing = missingIn(columns);
    const missingOf = (column: string): string => missingIn([column]);
    const entry = paths.flatMap(({ entries }) => entries).at(-1);
    this.#target.raise(
      `${condition}(${missing}) > 0`,
      { kind: 'values', steps: this.#steps, entry, table: this.#firstName(table), columns },
      [missing, `SELECT count(*) FROM ${quote(table)}`, ...columns.slice(0, mostColumns).map(missingOf)],
      { entry },
    );
  }

  #firstName(table: string): string {
    return this.#tables.get(table)?.first ?? table;
  }

  #refusePicked({ table }: RecordedDrop, step: Step = this.#steps[0]!): never {
    const { driver } = this.#request;
    const fact = `drops ${table} after an UPDATE took values of it into rows of another table, which is not measured there`;
    const way = `Keep ${table}, and drop it in a later migration; or write \`-- dunlin: destructive ${table}\` if nothing is missing.`;
    throw dunlinError('ENGINE_REFUSED', { id: step.id, driver, fact, way }, { migration: refOf(step) });
  }

  // --- at the end

  #check(statements: readonly RecordedStatement[]): void {
    const steps = this.#steps;
    for (const { id, name, first } of this.#tables.all) {
      if (!this.#counted.has(id) || this.#declared.includesTable(first)) continue;
      const expected = `(SELECT n + added - gone FROM ${countTable} WHERE id = '${id}')`;
      const entry = statements.find((one) => keyOf(one) === nameKey(first))?.entry;
      this.#target.raise(
        `(SELECT count(*) FROM ${quote(name)}) < ${expected}`,
        { kind: 'rows', steps, entry, table: first },
        [`SELECT n + added - gone FROM ${countTable} WHERE id = '${id}'`, `SELECT count(*) FROM ${quote(name)}`],
        { entry },
      );
    }
    for (const { table, column } of this.#nulledColumns(statements)) {
      if (this.#tables.get(table) === undefined || this.#declared.includesColumn(table, column)) continue;
      const saved = `SELECT n FROM ${countTable} WHERE id = ${literal(`set ${table}.${column}`)}`;
      const now = `SELECT count(${quote(column)}) FROM ${quote(table)}`;
      this.#target.raise(`(${now}) < (${saved})`, { kind: 'nulled', steps, table, column }, [saved, now]);
    }
    const { references } = this.#request;
    if (!this.#hasReferences || references.length === 0) return;
    const saved = `coalesce((SELECT n FROM ${countTable} WHERE id = k), 0)`;
    const now = `SELECT 'fk ' || "table" || ' ' || parent AS k, count(*) AS c FROM pragma_foreign_key_check GROUP BY 1`;
    const more = `FROM (${now}) WHERE c > ${saved} ORDER BY k LIMIT 1`;
    const number = references.map(({ child, parent }, i) => `WHEN ${literal(`fk ${child} ${parent}`)} THEN ${i}`);
    this.#target.raise(
      `EXISTS (SELECT 1 ${more})`,
      { kind: 'violations', steps, references: [...references, { child: 'a table', parent: 'another' }] },
      [
        `SELECT CASE k ${number.join(' ')} ELSE ${references.length} END ${more}`,
        `SELECT ${saved} ${more}`,
        `SELECT c ${more}`,
      ],
    );
  }

  #verify(step: Step): void {
    for (const [index, { statement }] of step.verify.entries()) {
      const query = `FROM (SELECT (${statement.sql}) AS v)`;
      this.#target.raise(
        `(SELECT coalesce(v = 0 OR v = '', 1) ${query})`,
        { kind: 'verify', steps: this.#steps, step, index },
        [`SELECT CASE WHEN v IS NULL THEN 1 WHEN v = '' THEN 2 ELSE 0 END ${query}`],
        { step },
      );
    }
  }

  #add(sql: string): void {
    this.#target.add({ sql, params: [] });
  }
}

/** Whether a statement can remove rows or change values. */
function mayHurt(facts: RecordedStatement['facts']): boolean {
  if (facts.verb === 'create') return facts.object === 'table' && facts.asSelect;
  if (facts.verb === 'alter') return facts.change.kind !== 'add-column' || facts.change.references.length > 0;
  return ['insert', 'update', 'delete'].includes(facts.verb) || (facts.verb === 'drop' && facts.object !== 'view');
}

/** The object that a statement names, by its key. */
function keyOf({ facts }: RecordedStatement): string | undefined {
  return 'name' in facts && facts.verb !== 'pragma' ? nameKey(facts.name.name) : undefined;
}

function drops({ facts }: RecordedStatement, table: string): boolean {
  return facts.verb === 'drop' && facts.object === 'table' && nameKey(facts.name.name) === nameKey(table);
}

/**
 * The column of a copy that must have the values. If its own name was given to another column, or to none, the names were
 * mixed up: then the column of its own name.
 */
function comparedTo({ pairs, plain }: RecordedDrop['copies'][number], column: string): string {
  const to = pairs.filter((pair) => pair.column === column).map((pair) => pair.to);
  return to.includes(column) || plain.includes(column) ? column : to[0]!;
}

/** The limit that a batch exceeds, with both figures. */
export function exceededLimit(
  { statements }: Compiled,
  { limits }: EngineFacts,
): { readonly what: string; readonly size: number; readonly limit: number } | undefined {
  const { statementBytes = Infinity, statements: most = Infinity, parameters = Infinity } = limits;
  if (statements.length > most) return { what: 'statements in one batch', size: statements.length, limit: most };
  for (const { sql, params } of statements) {
    const size = bytesOf(sql);
    if (size > statementBytes) return { what: 'bytes in one statement', size, limit: statementBytes };
    if (params.length > parameters)
      return { what: 'parameters of one statement', size: params.length, limit: parameters };
  }
  return undefined;
}

/** The length of a text in UTF-8. */
function bytesOf(text: string): number {
  const count = (characters: RegExp): number => text.split(characters).length - 1;
  // A character above U+FFFF is two units and four bytes.
  return text.length + count(/[\u0080-\u07ff\ud800-\udfff]/) + 2 * count(/[\u0800-\ud7ff\ue000-\uffff]/);
}

/**
 * A value as an SQL literal. Engines that count in doubles get whole numbers as text of the statement. Dunlin's tables have
 * no blobs.
 */
export function valueText(value: Value): string {
  return typeof value === 'string' ? literal(value) : String(value ?? 'NULL');
}
