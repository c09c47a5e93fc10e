import { count, dunlinError, plural, type DunlinError, type MigrationRef } from '../../errors/index.ts';

/** One thing that a migration would lose. */
export type Loss =
  | { readonly kind: 'rows'; readonly table: string; readonly before: number; readonly after: number }
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'column'; readonly table: string; readonly column: string }
  | { readonly kind: 'index' | 'trigger' | 'view'; readonly name: string; readonly table: string }
  | {
      readonly kind: 'sequence';
      readonly table: string;
      readonly before: number | bigint;
      readonly after: number | bigint | undefined;
    }
  | {
      readonly kind: 'violation';
      readonly child: string;
      readonly parent: string;
      readonly before: number;
      readonly after: number;
      /** There is no such table, and there was none before the run: most often a slip in its name. */
      readonly missing?: boolean;
    }
  | { readonly kind: 'mismatch'; readonly child: string; readonly reason: string }
  | { readonly kind: 'dangling'; readonly child: string; readonly parent: string }
  | { readonly kind: 'broken'; readonly type: string; readonly name: string; readonly reason: string };

/** Which code the error has when a migration loses several things: the worst first. */
const order = [
  'rows',
  'table',
  'column',
  'violation',
  'mismatch',
  'dangling',
  'sequence',
  'trigger',
  'index',
  'view',
  'broken',
] as const;

const codes = {
  rows: 'ROWS_LOST',
  table: 'TABLE_LOST',
  column: 'COLUMN_LOST',
  index: 'INDEX_LOST',
  trigger: 'TRIGGER_LOST',
  view: 'VIEW_LOST',
  sequence: 'SEQUENCE_LOST',
} as const;

/**
 * The error for all losses of a migration. What a declaration would allow stands in one error, whose code is the
 * worst one's; broken references and objects, which nothing allows, have errors of their own in `problems`.
 */
export function lossError(
  migration: MigrationRef & { readonly id: string; readonly code: boolean; readonly direction: 'up' | 'down' },
  losses: readonly Loss[],
  deletes: boolean,
): DunlinError {
  const { id, code, direction, version, name } = migration;
  const sorted = losses.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const lost = sorted.filter(isDeclarable);
  const references = sorted.filter(isReference);
  const broken = sorted.filter((loss) => loss.kind === 'broken').map(line);
  const problems: DunlinError[] = [];
  if (lost[0] !== undefined)
    problems.push(
      dunlinError(codes[lost[0].kind], {
        id,
        code,
        direction,
        lines: lost.map(line),
        names: declarations(lost),
      }),
    );
  if (references.length > 0)
    problems.push(
      dunlinError('FOREIGN_KEYS_VIOLATED', {
        id,
        code,
        direction,
        lines: references.map(line),
        deletes,
        missing: missing(references),
      }),
    );
  if (broken.length > 0) problems.push(dunlinError('OBJECT_BROKEN', { id, direction, lines: broken }));
  const all = problems.map((problem) => problem.with({ migration: { version, name } }));
  const [worst] = all;
  if (worst === undefined) throw new TypeError('lossError needs a loss');
  return all.length === 1 ? worst : worst.with({ problems: all });
}

type Reference = Extract<Loss, { kind: 'violation' | 'mismatch' | 'dangling' }>;

function isReference(loss: Loss): loss is Reference {
  return loss.kind === 'violation' || loss.kind === 'mismatch' || loss.kind === 'dangling';
}

/** The tables whose absence is all that is wrong; none if there is something else. */
function missing(references: readonly Reference[]): readonly string[] {
  const parents = references.map((loss) => (loss.kind === 'violation' && loss.missing === true ? loss.parent : ''));
  return parents.includes('') ? [] : [...new Set(parents)];
}

type Declarable = Extract<Loss, { kind: keyof typeof codes }>;

function isDeclarable(loss: Loss): loss is Declarable {
  return loss.kind in codes;
}

/** What a declaration has to name to allow the losses. A table's name covers all that is its own. */
function declarations(losses: readonly Declarable[]): readonly string[] {
  const whole = losses.filter((loss) => loss.kind === 'rows' || loss.kind === 'table' || loss.kind === 'sequence');
  const tables = new Set(whole.map((loss) => loss.table));
  const rest = losses.filter((loss) => !tables.has(loss.table));
  return [
    ...tables,
    ...rest.map((loss) =>
      loss.kind === 'column' ? `${loss.table}.${loss.column}` : 'name' in loss ? loss.name : loss.table,
    ),
  ];
}

/** One loss in words, with its numbers. */
export function line(loss: Loss): string {
  switch (loss.kind) {
    case 'rows':
      return `${loss.table}: ${plural(loss.before, 'row')} before, ${count(loss.after)} after`;
    case 'table':
      return `table ${loss.table} is gone`;
    case 'column':
      return `column ${loss.table}.${loss.column} is not carried over`;
    case 'index':
    case 'trigger':
    case 'view':
      return `${loss.kind} ${loss.name} is gone`;
    case 'sequence':
      return `the AUTOINCREMENT sequence of ${loss.table}: ${loss.before} before, ${loss.after ?? 'none'} after`;
    case 'violation':
      if (loss.missing === true)
        return `${plural(loss.after, 'row')} of ${loss.child} ${loss.after === 1 ? 'refers' : 'refer'} to the table ${loss.parent}, which does not exist`;
      return `${plural(loss.after, 'row')} of ${loss.child} ${loss.after === 1 ? 'refers to a row' : 'refer to rows'} of ${loss.parent} that ${loss.after === 1 ? 'does' : 'do'} not exist (${count(loss.before)} before)`;
    case 'mismatch':
      return `the foreign keys of ${loss.child} no longer work (${loss.reason})`;
    case 'dangling':
      return `${loss.child} now refers to ${loss.parent}, which does not exist`;
    case 'broken':
      return `${loss.type} ${loss.name} no longer compiles (${loss.reason})`;
  }
}
