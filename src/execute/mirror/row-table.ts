import { query, script, type Op } from '../../bridge/index.ts';
import { refOf } from '../../errors/index.ts';
import {
  keyOf,
  readNewestRow,
  type AppliedMigration,
  type ColumnUsage,
  type ForeignRecords,
  type LastMoves,
  type MatchedRecord,
  type RecordMatch,
  type RowValues,
  type ToolRecord,
} from '../../ledger/index.ts';
import type { Migration } from '../../migration/index.ts';
import { inMain, quote } from '../../sql/index.ts';
import {
  refused,
  type AppliedHere,
  type ForeignChanges,
  type ForeignTable,
  type ListedChanges,
  type PlannedMove,
  type Purpose,
} from './foreign-table.ts';

/** Another tool's records beside Dunlin's. */
export interface OpenedRecords {
  /** The tool, or what describes its table. */
  readonly name: string;
  readonly records: ForeignRecords;
  readonly match: RecordMatch;
  readonly how: LastMoves;
  /** What is applied, by version. */
  readonly applied: ReadonlyMap<number, AppliedMigration>;
}

interface OpenedRows extends OpenedRecords {
  readonly table: string;
  readonly record: ToolRecord;
  /** The newest row. */
  readonly last: RowValues | undefined;
  readonly usage: ColumnUsage;
}

/** A table with a row for each migration. */
export class RowTable implements ForeignTable {
  readonly behind: ForeignChanges;
  readonly #purpose: Purpose;
  readonly #opened: OpenedRows;
  readonly #checksumsFit: boolean;
  /** The rows of the table by migration, as of the last read; without those that were deleted since. */
  readonly #rows: Map<Migration, MatchedRecord>;
  /** The newest row as of the last read, and how many were written since. */
  #last: RowValues | undefined;
  #written = 0;

  constructor(purpose: Purpose, opened: OpenedRows) {
    this.#purpose = purpose;
    this.#opened = opened;
    this.#last = opened.last;
    const { match, how, applied } = opened;
    this.#rows = new Map(match.matched.map((one) => [one.migration, one]));
    this.#checksumsFit = match.matched.some(({ checksum }) => checksum === 'right');
    const isApplied = ({ version }: Migration): boolean => applied.has(version);
    this.behind = {
      added: this.#appliedSince(),
      removed: [...this.#rows.keys()].filter((migration) => !isApplied(migration) && how.of(migration) === 'down'),
      updated: match.matched.flatMap(({ migration, checksum }) =>
        checksum === 'edited' && isApplied(migration) && how.isRepaired(migration) ? [migration] : [],
      ),
    };
  }

  get tool(): string | undefined {
    return this.#opened.records.tool;
  }

  get table(): string {
    return this.#opened.table;
  }

  has(migration: Migration): boolean {
    return this.#rows.has(migration);
  }

  list({ added, removed, updated }: ForeignChanges): ListedChanges {
    const { identity } = this.#opened.record;
    const rows = this.#rowsOf(added);
    const present = (migration: Migration) => ({
      ...refOf(migration),
      recorded: this.#rows.get(migration)!.row.identity,
    });
    return {
      added: added.map(({ migration }, index) => ({
        ...refOf(migration),
        recorded: String(rows[index]![columnOf(identity)]),
      })),
      removed: removed.map(present),
      updated: updated.map(present),
    };
  }

  refuse(moves: readonly PlannedMove[]): void {
    const { name, how, match, applied } = this.#opened;
    const { registry } = this.#purpose.context;
    for (const { version, name: title, direction } of moves) {
      const migration = registry.get(version);
      if (direction === 'up' && migration !== undefined) {
        const there = this.#rows.get(migration);
        if (there !== undefined && !applied.has(version) && how.of(migration) !== 'down')
          throw refused(
            this.#purpose,
            name,
            [`it records ${there.row.identity} as applied, and ${migration.id} is pending here`],
            'Record that first: `dunlin adopt`.',
          );
        this.#rowsOf([{ migration, appliedAt: '', executionTimeMs: 0 }]);
        continue;
      }
      const hasFile =
        migration !== undefined && (this.#rows.has(migration) || migration.name === applied.get(version)?.name);
      const lost = hasFile
        ? undefined
        : match.missing.find(({ identity }) => isRecordedAs({ version, name: title }, identity));
      if (lost !== undefined)
        throw refused(
          this.#purpose,
          name,
          [`it records ${lost.identity}, and there is no file by which ${version} ${title} is known to be that one`],
          'Bring the file back.',
        );
    }
  }

  *write({ added, removed, updated }: ForeignChanges): Op<void> {
    const { table, record, records } = this.#opened;
    const where = records.hasRowid ? 'rowid = ?' : `CAST(${record.identity} AS TEXT) IS ?`;
    const placeOf = (migration: Migration): number | string => {
      const { row } = this.#rows.get(migration)!;
      return records.hasRowid ? row.rowid : row.identity;
    };
    if (records.made !== undefined) yield* script(records.made);
    for (const migration of removed) {
      if (!this.#rows.has(migration)) continue;
      yield* query(`DELETE FROM ${inMain(table)} AS t WHERE ${where}`, [placeOf(migration)]);
      this.#rows.delete(migration);
    }
    if (removed.length > 0) {
      this.#last = yield* readNewestRow(records);
      this.#written = 0;
    }
    const rows = this.#rowsOf(added);
    for (const row of rows) yield* insertRow(table, row);
    this.#written += rows.length;
    for (const migration of updated) {
      const column = columnOf(record.checksum!);
      const [row] = this.#rowsOf([{ migration, appliedAt: '', executionTimeMs: 0 }]);
      yield* query(`UPDATE ${inMain(table)} AS t SET ${quote(column)} = ? WHERE ${where}`, [
        row![column]!,
        placeOf(migration),
      ]);
    }
  }

  /** What Dunlin has applied and the tool does not record. What it has only recorded, the tool has under other names. */
  #appliedSince(): readonly AppliedHere[] {
    const { match, how, applied } = this.#opened;
    const { registry } = this.#purpose.context;
    const found = [...applied.values()].flatMap((row) => {
      const migration = registry.get(row.version);
      if (migration !== undefined && this.#rows.has(migration)) return [];
      const move = migration === undefined ? how.ofRow(row) : how.of(migration);
      if (move === 'adopt' || move === 'baseline') return [];
      const { version, name, appliedAt, executionTimeMs } = row;
      if (migration === undefined && match.missing.some(({ identity }) => isRecordOf(row, identity))) return [];
      if (migration === undefined)
        throw refused(
          this.#purpose,
          'another tool',
          [`there is no file for ${version} ${name}`],
          'Bring the file back.',
        );
      const names = how.formerNames(migration);
      const old = match.missing.find(({ identity }) => names.some((former) => identity.includes(former)));
      if (old !== undefined)
        throw refused(
          this.#purpose,
          this.#opened.name,
          [`it records ${old.identity}, and that file is ${migration.file} now`],
          'Give the row there the new name, or the file its old one.',
        );
      return [{ migration, appliedAt, executionTimeMs: executionTimeMs ?? 0 }];
    });
    return found.toSorted((a, b) => a.migration.version - b.migration.version);
  }

  #rowsOf(added: readonly AppliedHere[]): readonly RowValues[] {
    const { record, name, usage } = this.#opened;
    const { sha256, registry } = this.#purpose.context;
    return added.map((one, index) => {
      const row = record.row({
        ...one,
        index: this.#written + index,
        last: this.#last,
        all: registry.migrations,
        usage,
        sha256,
        checksumsFit: this.#checksumsFit,
      });
      if (typeof row !== 'string') return row;
      const line = `the row of ${one.migration.id} is not known: ${row}`;
      throw refused(this.#purpose, name, [line], 'Let that tool record it.');
    });
  }
}

/** Whether a tool's record may mean a migration without its file: by its number, or by its name. */
export function isRecordedAs({ version, name }: { version: number; name: string }, identity: string): boolean {
  return Number.parseInt(identity, 10) === version || identity.includes(name);
}

/** Whether a tool's record is that of a migration without its file: its number, its number and name, or its whole identity. */
function isRecordOf({ version, name }: AppliedMigration, identity: string): boolean {
  const key = keyOf(identity);
  const [, number, title] = /^0*(\d+)(?:_(.*))?$/.exec(key) ?? [];
  return key === name || (Number(number) === version && (title ?? name) === name);
}

/** The column that an expression of a `ToolRecord` reads. */
export function columnOf(expression: string): string {
  const [, quoted, plain] = /t\.(?:"([^"]+)"|(\w+))/.exec(expression)!;
  return quoted ?? plain!;
}

export function* insertRow(table: string, row: RowValues): Op<void> {
  const columns = Object.keys(row);
  yield* query(
    `INSERT INTO ${inMain(table)} (${columns.map(quote).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    Object.values(row),
  );
}
