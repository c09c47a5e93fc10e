import { lossText } from '../../check/index.ts';
import type {
  Rehearsal,
  RehearsalMeasures,
  RehearsedColumn,
  RehearsedLoss,
  RehearsedTable,
} from '../../check/rehearsal/results.ts';
import { count, plural } from '../../errors/index.ts';
import type { Style } from './color.ts';
import { bytes, duration, migrationId, rebuiltLine, versionColumn } from './format.ts';
import { fields, problem, rebuiltDocument, ref, schemaChange, type Json } from './json.ts';
import { renderChanges } from './schema-changes.ts';
import { table, wrap } from './table.ts';

/** What a rehearsal says of rows, as every format shows it. */
export interface RowsReport {
  readonly titles: readonly string[];
  /** A row for each table that differs. */
  readonly rows: readonly (readonly string[])[];
  /** Losses first, then what else is another now. */
  readonly lines: readonly string[];
  /** Foreign keys, times and sizes. */
  readonly measures: readonly string[];
}

export function rowsReport({ tables, losses, unchanged, violations, measures }: Rehearsal): RowsReport {
  const lines = [
    ...losses.map((loss) => `lost: ${lossText(loss)}, ${reasonOf(loss)}`),
    ...tables.flatMap(linesOf),
    ...(unchanged > 0
      ? [`${plural(unchanged, tables.length === 0 ? 'table' : 'other table')}: every row and value as before`]
      : []),
  ];
  return {
    titles: ['rows of', 'before', 'after', 'lost', 'added', 'changed'],
    rows: tables.map(rowOf),
    lines,
    measures: [violationsLine(violations), ...measureLines(measures)],
  };
}

function reasonOf({ named }: RehearsedLoss): string {
  if (named === undefined) return 'nothing names it';
  return named.migration === undefined ? 'as declared' : `by \`${named.text}\` (${migrationId(named.migration)})`;
}

function rowOf({ table: name, now, movedTo, before, after, lost, added, changed }: RehearsedTable): readonly string[] {
  const renamed = now === undefined || now === name ? '' : ` → ${now}`;
  const there = movedTo.length > 0 ? 'moved' : 'gone';
  const figure = (n: number): string => (n === 0 ? '' : count(n));
  return [
    `${name}${renamed}`,
    before === undefined ? 'new' : count(before),
    after === undefined ? there : count(after),
    figure(lost),
    figure(added),
    figure(changed),
  ];
}

function linesOf({
  table: name,
  now,
  movedTo,
  moved,
  before,
  lost,
  added,
  changed,
  addedRows,
  columns,
  keyed,
}: RehearsedTable): readonly string[] {
  const lines: string[] = [];
  if (now === undefined && movedTo.length > 0) lines.push(`${name}: its rows are in ${movedTo.join(', ')}`);
  if (moved > 0) lines.push(`${name}: ${plural(moved, 'row')} moved to ${movedTo.join(', ')}`);
  if (before !== undefined && addedRows.length > 0)
    lines.push(`${name}: ${plural(added, 'row')} added (${shown(addedRows, added)})`);
  if (!keyed && lost + added + changed > 0) lines.push(`${name}: it has no key, so whole rows are compared`);
  return [...lines, ...columns.flatMap((column) => columnLine(name, column))];
}

function columnLine(
  name: string,
  { column, now, changed, emptied, movedTo, rows }: RehearsedColumn,
): readonly string[] {
  const what = `${name}.${column}`;
  const nulls = emptied === 0 ? '' : emptied === changed ? ' to NULL' : `, ${count(emptied)} of them to NULL`;
  const change = `${plural(changed, 'value')} changed${nulls}${rows.length === 0 ? '' : ` (${shown(rows, changed)})`}`;
  if (now === undefined) {
    if (movedTo.length === 0) return [];
    const computed = changed > 0 ? `, ${count(changed)} of them computed anew` : '';
    return [`${what}: its values are in ${movedTo.join(', ')}${computed}`];
  }
  const renamed = now.toLowerCase() === column.toLowerCase() ? '' : `is called ${now}`;
  return [`${what}: ${[renamed, changed > 0 ? change : ''].filter((part) => part !== '').join(', ')}`];
}

function shown(rows: readonly string[], all: number): string {
  return `${rows.join('; ')}${all > rows.length ? '; ...' : ''}`;
}

function violationsLine(violations: number | undefined): string {
  if (violations === undefined) return 'foreign keys: not checked';
  if (violations === 0) return 'foreign keys: every row refers to one that exists';
  return `foreign keys: ${plural(violations, 'row')} ${violations === 1 ? 'refers' : 'refer'} to rows that do not exist, as before`;
}

function measureLines({
  copyMs,
  runMs,
  compareMs,
  totalMs,
  lockMs,
  bytes: size,
  peakBytes,
  journalBytes,
}: RehearsalMeasures): readonly string[] {
  return [
    `took ${duration(totalMs)}: the copy ${duration(copyMs)}, the migrations ${duration(runMs)}, the comparison ${duration(compareMs)}`,
    `other writers would wait ${duration(lockMs)}, and for a backup about ${duration(copyMs)} longer`,
    `disk: ${bytes(size)} before, ${bytes(peakBytes)} at most, ${bytes(journalBytes)} of it journal`,
  ];
}

export function renderRehearsal(rehearsal: Rehearsal, database: string, style: Style): string[] {
  const { colors, width } = style;
  const { applied, schema, measures } = rehearsal;
  const steps = applied.flatMap((one) => [
    { one, row: [versionColumn(one), one.name, plural(one.statements, 'statement'), duration(one.executionTimeMs)] },
  ]);
  const rendered = table(
    [{ title: '' }, { title: '', shrink: true }, { title: '' }, { title: '', align: 'right' }],
    steps.map(({ row }) => row),
    { width },
  );
  const report = rowsReport(rehearsal);
  const columns = report.titles.map((title, i) =>
    i === 0 ? { title, shrink: true } : { title, align: 'right' as const },
  );
  const changes = schema.objects.filter(({ sameEffect }) => !sameEffect);
  const section = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines]);
  return [
    ...wrap(`${plural(applied.length, 'migration')} ran on a copy of ${database} (${bytes(measures.bytes)})`, width),
    ...section(
      rendered.flatMap((line, i) => [
        line,
        ...steps[i]!.one.rebuilt.flatMap((one) =>
          wrap(rebuiltLine(one), width - 9).map((part, n) => `       ${n === 0 ? '' : '  '}${colors.dim(part)}`),
        ),
      ]),
    ),
    ...section(renderChanges(changes, style)),
    ...section(report.rows.length === 0 ? [] : table(columns, report.rows, { width, title: colors.dim })),
    ...section(
      report.lines.flatMap((line) =>
        wrap(line.replaceAll('`', ''), width - 2).map((part, i) => `  ${i === 0 ? '' : '  '}${part}`),
      ),
    ),
    ...section(report.measures.flatMap((line) => wrap(line, width))),
  ];
}

/** What a rehearsal adds to the document: docs/reference/json.md. */
export function rehearsalDocument(rehearsal: Rehearsal): Json {
  return {
    ...fields(rehearsal, 'from', 'to', 'fromLabel', 'toLabel'),
    applied: rehearsal.applied.map((one) => ({
      ...fields(one, 'version', 'name', 'statements', 'executionTimeMs'),
      rebuilt: one.rebuilt.map(rebuiltDocument),
    })),
    problems: rehearsal.problems.map(problem),
    losses: rehearsal.losses.map((loss) => ({
      ...fields(loss, 'kind', 'table', 'column', 'count', 'rows', 'declaration'),
      named:
        loss.named === undefined
          ? null
          : {
              migration: loss.named.migration === undefined ? null : ref(loss.named.migration),
              text: loss.named.text,
            },
    })),
    tables: rehearsal.tables.map((one) => ({
      ...fields(
        one,
        'table',
        'now',
        'movedTo',
        'before',
        'after',
        'lost',
        'added',
        'changed',
        'moved',
        'lostRows',
        'addedRows',
        'keyed',
      ),
      columns: one.columns.map((column) =>
        fields(column, 'column', 'now', 'changed', 'emptied', 'lost', 'movedTo', 'rows', 'emptiedRows'),
      ),
    })),
    ...fields(rehearsal, 'unchanged', 'violations'),
    changes: rehearsal.schema.objects.map(schemaChange),
    notes: rehearsal.notes,
    aborted: rehearsal.aborted,
    measures: rehearsal.measures,
  };
}
