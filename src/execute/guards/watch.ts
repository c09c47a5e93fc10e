import type { Op } from '../../bridge/index.ts';
import { dunlinError, type MigrationRef } from '../../errors/index.ts';
import { cascadeClosure, readChildren, readInventory, type Inventory } from '../../schema/index.ts';
import { nameKey, type ObjectName, type SqlStatement, type StatementFacts } from '../../sql/index.ts';
import { ColumnWatch } from './column-watch.ts';
import { Copies } from './copies.ts';
import type { Declared } from './declared.ts';
import type { Guard, GuardedTable } from './guard.ts';
import { refuseHiding } from './hidden.ts';
import { lossError, type Loss } from './losses.ts';
import { TableNames, type Fate } from './names.ts';
import { ObjectWatch } from './object-watch.ts';
import { ReferenceWatch } from './reference-watch.ts';
import { RowWatch } from './row-watch.ts';
import { readSequences, sequenceLosses, type Sequences } from './sequences.ts';

/** What a watch is told about its migration. */
export interface Watched extends MigrationRef {
  readonly id: string;
  readonly direction: 'up' | 'down';
  readonly foreignKeys: boolean;
  /** Whether it is written in code: then a declaration looks different. */
  readonly code: boolean;
}

type Facts<Verb extends StatementFacts['verb']> = Extract<StatementFacts, { verb: Verb }>;
type Change = Facts<'insert' | 'update' | 'delete'>;

/**
 * Guards one migration: sees every top-level statement before and after it runs, takes the figures that it will need
 * before a statement can change them, and compares at the end. A migration of only CREATE, ADD, RENAME, INSERT and
 * UPDATE counts nothing; docs/guards.md has the rules.
 */
export class Watch {
  readonly #guard: Guard;
  readonly #migration: Watched;
  readonly #declared: Declared;
  readonly #leaveOut: (table: string) => boolean;
  readonly #names: TableNames;
  readonly #rows: RowWatch;
  readonly #copies: Copies;
  readonly #objects: ObjectWatch;
  readonly #references: ReferenceWatch;
  readonly #columns: ColumnWatch;
  /** What the statement that runs now says about other tables, once it has succeeded. */
  #cascaded: ReadonlySet<string> | undefined;
  /** Something was dropped, renamed or rebuilt: what there is now has to be read. */
  #structural = false;
  #deletes = false;
  #sequences: Sequences | undefined;
  #now: Inventory | undefined;

  constructor(guard: Guard, migration: Watched, declared: Declared, leaveOut: (table: string) => boolean) {
    this.#guard = guard;
    this.#migration = migration;
    this.#declared = declared;
    this.#leaveOut = leaveOut;
    this.#names = new TableNames(guard, (table) => this.#copies.succeeded(table));
    this.#rows = new RowWatch(guard, this.#names);
    this.#copies = new Copies(this.#names, guard.views);
    this.#columns = new ColumnWatch(this.#names, this.#copies, declared);
    this.#objects = new ObjectWatch(guard);
    this.#references = new ReferenceWatch(guard, this.#names);
  }

  /** Takes what must be known before this statement runs. */
  *before(facts: StatementFacts, statement: SqlStatement): Op<void> {
    this.#cascaded = undefined;
    switch (facts.verb) {
      case 'create':
        if ((facts.object === 'table' || facts.object === 'view') && !facts.temporary)
          refuseHiding(this.#guard, facts.name.name);
        break;
      case 'insert':
      case 'update':
      case 'delete':
        yield* this.#beforeChange(facts, statement);
        break;
      case 'drop':
        yield* this.#beforeDrop(facts);
        break;
      case 'alter':
        yield* this.#beforeAlter(facts);
        break;
      default:
        break;
    }
  }

  /** Before a rebuild by Dunlin's own hand: what an earlier one carried is judged by the names of then. */
  *beginRebuild(name: string): Op<void> {
    const table = this.#names.find({ schema: 'main', name });
    if (table === undefined) return;
    yield* this.#columns.settle(table);
    yield* this.#columns.take(table, name);
  }

  /** Follows what the statement did. Call it only when the statement succeeded: code may go on after a failure. */
  after(facts: StatementFacts, statement: SqlStatement): void {
    if (this.#guard.active) this.#copies.note(facts, statement);
    switch (facts.verb) {
      case 'create':
        this.#afterCreate(facts, statement);
        break;
      case 'insert':
      case 'update':
      case 'delete':
        if (removes(facts)) this.#rows.say(facts.name, facts.verb === 'delete');
        if (this.#cascaded !== undefined) this.#rows.sayAll(this.#cascaded);
        this.#deletes ||= facts.verb === 'delete';
        break;
      case 'drop':
        this.#afterDrop(facts);
        break;
      case 'alter':
        if (this.#names.isMain(facts.name)) this.#afterAlter(facts);
        else if (facts.change.kind === 'rename-table' && isTemporary(facts.name))
          this.#moveHidden(facts.name, facts.change.to);
        break;
      default:
        break;
    }
  }

  /** Compares, and throws when something undeclared is lost. Returns notes on what was put right. */
  *finish(): Op<readonly string[]> {
    const losses: Loss[] = [];
    const notes: string[] = [];
    const now = this.#structural && this.#guard.active ? yield* readInventory(this.#leaveOut) : undefined;
    const fateOf = (table: GuardedTable): Fate => this.#names.fateOf(table, now);
    if (now !== undefined)
      losses.push(...this.#objects.losses(now, fateOf, this.#declared), ...(yield* this.#columns.losses(fateOf)));
    if (this.#sequences !== undefined)
      losses.push(...(yield* sequenceLosses(this.#sequences, this.#guard, fateOf, this.#declared, notes)));
    losses.push(...(yield* this.#objects.broken(now)));
    losses.push(...(yield* this.#rows.losses(fateOf, this.#declared)));
    losses.push(...(yield* this.#references.violations()));
    if (losses.length > 0) throw lossError(this.#migration, losses, this.#deletes);
    this.#now = now;
    return notes;
  }

  /** The state after this migration is what the next one is held against. Call it when nothing can fail any more. */
  accept(): void {
    const now = this.#now;
    if (now === undefined) return;
    const { tables, objects, counts } = this.#guard;
    const fates = [...tables.values()].map((table) => ({ table, fate: this.#names.fateOf(table, now) }));
    tables.clear();
    for (const { table, fate } of fates) {
      const { kind, name } = fate;
      // What plainly took its place did not exist before the run.
      if (kind === 'lives' || kind === 'rebuilt') {
        table.name = name;
        if (kind === 'rebuilt') table.taken = undefined;
        tables.set(nameKey(name), table);
      } else counts.delete(table);
    }
    for (const key of objects.keys()) {
      const object = now.others.get(key);
      if (object === undefined) objects.delete(key);
      else objects.set(key, object);
    }
  }

  *#beforeChange(facts: Change, statement: SqlStatement): Op<void> {
    const { name, verb } = facts;
    const key = nameKey(name.name);
    if (key === 'sqlite_sequence') yield* this.#takeSequences();
    // An INSERT too may replace a row, by its table's own clause or by a trigger, and take its children along.
    if (this.#migration.foreignKeys) {
      if (verb === 'delete') this.#cascaded = yield* cascadeClosure(name.name);
      yield* this.#rows.allWritten();
    }
    yield* this.#rows.written(name, removes(facts), facts.conflict === 'replace');
    if (!this.#names.isMain(name)) return;
    yield* this.#references.written(key, verb !== 'insert' || removes(facts));
    if (verb === 'insert') yield* this.#references.copied(key, statement);
  }

  *#beforeDrop(facts: Facts<'drop'>): Op<void> {
    const { object, name } = facts;
    if (!this.#names.isMain(name) && (object === 'table' || object === 'view')) return;
    this.#structural = true;
    yield* this.#objects.changes();
    if (object !== 'table') return;
    if (this.#migration.foreignKeys) {
      const children = yield* readChildren(name.name);
      const { id, code, direction } = this.#migration;
      if (children.length > 0)
        throw dunlinError('FOREIGN_KEYS_DROP', { id, code, direction, table: name.name, children });
    }
    const table = this.#names.find(name);
    if (table !== undefined) {
      yield* this.#takeSequences();
      yield* this.#columns.settle(table);
      yield* this.#columns.take(table, name.name);
      yield* this.#rows.dropped(table, name.name);
    }
    yield* this.#references.written(nameKey(name.name), true);
  }

  *#beforeAlter(facts: Facts<'alter'>): Op<void> {
    const { name, change } = facts;
    if (!this.#names.isMain(name)) return;
    if (change.kind === 'add-column') {
      yield* this.#objects.widens(name.name);
      return;
    }
    this.#structural = true;
    yield* this.#objects.changes();
    const table = this.#names.find(name);
    if (change.kind === 'rename-table') {
      yield* this.#takeSequences();
      yield* this.#references.written(nameKey(name.name), true);
    } else if (table !== undefined) yield* this.#columns.take(table, name.name);
  }

  #afterCreate(facts: Facts<'create'>, statement: SqlStatement): void {
    if (facts.object === 'trigger') this.#guard.reach.add(facts.table, statement, facts.deletes);
    else if (facts.object === 'view') {
      this.#guard.views.add(facts.name.name, statement);
      if (facts.temporary) this.#names.hide(facts.name.name);
    } else if (facts.object === 'table') {
      if (facts.temporary) return this.#names.hide(facts.name.name);
      if (facts.ifNotExists && this.#names.at(nameKey(facts.name.name)) !== undefined) return;
      if (facts.replacesOnConflict) this.#guard.replaces = true;
      this.#references.created(facts.name.name, facts.references);
      this.#names.create(facts.name.name);
    }
  }

  #afterDrop({ object, name }: Facts<'drop'>): void {
    if (!this.#names.isMain(name)) {
      if (isTemporary(name)) this.#names.reveal(name.name);
      return;
    }
    this.#objects.dropped(object, name.name);
    if (object !== 'table') return;
    this.#references.dropped(name.name);
    this.#rows.forget(name.name);
    this.#copies.drop(name.name);
    const table = this.#names.find(name);
    this.#names.drop(name.name, table !== undefined && this.#copies.hasRead(table));
  }

  #afterAlter({ name, change }: Facts<'alter'>): void {
    const table = this.#names.find(name);
    if (table !== undefined) this.#columns.altered(table, change);
    if (change.kind === 'add-column') this.#references.created(name.name, change.references);
    if (change.kind !== 'rename-table') return;
    this.#references.renamed(name.name, change.to);
    this.#guard.reach.rename(name.name, change.to);
    this.#rows.renamed(name.name, change.to);
    this.#copies.rename(name.name, change.to);
    this.#names.rename(name.name, change.to);
  }

  #moveHidden(from: ObjectName, to: string): void {
    this.#names.reveal(from.name);
    this.#names.hide(to);
  }

  *#takeSequences(): Op<void> {
    if (this.#sequences !== undefined || !this.#guard.active || !this.#guard.inventory.hasSequences) return;
    this.#structural = true;
    this.#sequences = yield* readSequences();
  }
}

/** Whether a statement plainly says that rows of its table go. */
function removes(facts: Change): boolean {
  return facts.verb === 'delete' || facts.conflict === 'replace';
}

/** Of a name that is not the database's own: whether it is a temporary object's, not one of an attached database. */
function isTemporary({ schema }: ObjectName): boolean {
  return schema === undefined || nameKey(schema) === 'temp';
}
