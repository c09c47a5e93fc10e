import { Chance } from './chance.ts';
import { condition, LITERALS, value } from './expressions.ts';
import { joined, names, spelled } from './words.ts';

/** What the statements of one start may hold. */
interface Scope {
  readonly chance: Chance;
  readonly columns: readonly string[];
  readonly strict: boolean;
}

/**
 * A CREATE TABLE with any of the clauses that SQLite knows (sqlite.org/lang_createtable.html), in odd order, spelling
 * and white space. SQLite accepts it; other tables need not exist.
 */
export function createTableText(start: number, odd: boolean = true): string {
  const chance = new Chance(start);
  const columns = names(chance, chance.int(1, 7));
  const strict = chance.is(0.2);
  const withoutRowid = chance.is(0.2);
  const scope: Scope = { chance, columns, strict };
  // The key: on a column, on the table, or none.
  const key = chance.is(0.5) || withoutRowid ? chance.int(0, columns.length - 1) : -1;
  const keyOnTable = key >= 0 && chance.is(0.4);
  const plain = chance.int(0, columns.length - 1); // one column at least is not generated
  const parts = columns.map((name, i) => {
    const tokens = [spelled(chance, name)];
    if (i === key && !keyOnTable) return [...tokens, ...keyColumn(scope, withoutRowid)];
    const may = i !== plain && i !== key && columns.length > 1;
    return [...tokens, ...(may && chance.is(0.2) ? generatedColumn(scope, plain) : plainColumn(scope))];
  });
  const constraints = tableConstraints(scope, keyOnTable ? key : -1);
  const [first, ...rest] = constraints;
  const tokens = [
    ...parts.flatMap((part, i) => (i === 0 ? part : [',', ...part])),
    ...(first === undefined ? [] : [',', ...first]),
    ...rest.flatMap((one) => [...(chance.is(0.7) ? [','] : []), ...one]),
  ];
  const options = chance.shuffled([...(strict ? [['STRICT']] : []), ...(withoutRowid ? [['WITHOUT', 'ROWID']] : [])]);
  const temporary = chance.is(0.05);
  return joined(
    chance,
    [
      'CREATE',
      ...(temporary ? [chance.pick(['TEMP', 'TEMPORARY'])] : []),
      'TABLE',
      ...chance.maybe(0.2, () => ['IF', 'NOT', 'EXISTS']),
      ...(chance.is(0.2) ? [temporary ? 'temp' : chance.pick(['main', '"main"', '[MAIN]']), '.'] : []),
      spelled(chance, names(chance, 1)[0]!),
      '(',
      ...tokens,
      ')',
      ...options.flatMap((option, i) => (i === 0 ? option : [',', ...option])),
    ],
    odd,
  );
}

const TYPES = [
  ['INTEGER'],
  ['TEXT'],
  ['BLOB'],
  ['REAL'],
  ['INT'],
  ['NUMERIC'],
  ['VARCHAR', '(', '255', ')'],
  ['DECIMAL', '(', '10', ',', '2', ')'],
  ['NUMBER', '(', '+', '10', ',', '-', '2', ')'],
  ['UNSIGNED', 'BIG', 'INT'],
  ['DOUBLE', 'PRECISION'],
  ['LONG', 'VARCHAR', 'CHARACTER', '(', '70', ')'],
  ['"my type"'],
  ["'text'"],
  ['[a,b)]', 'x'],
  ['GEOMETRY'],
  ['key'],
  ['action', 'no'],
  ['replace'],
  ['generated'],
] as const;

function type({ chance, strict }: Scope): readonly string[] {
  if (strict) return [chance.pick(['INT', 'INTEGER', 'REAL', 'TEXT', 'BLOB', 'ANY'])];
  return chance.maybe(0.8, () => chance.pick(TYPES));
}

function named({ chance }: Scope, tokens: readonly string[]): readonly string[] {
  const names_ = (): readonly string[] => ['CONSTRAINT', spelled(chance, names(chance, 1)[0]!)];
  // Of several names the last one counts.
  return [...chance.maybe(0.25, names_), ...chance.maybe(0.03, names_), ...tokens];
}

function onConflict({ chance }: Scope): readonly string[] {
  return chance.maybe(0.2, () => ['ON', 'CONFLICT', chance.pick(['ROLLBACK', 'ABORT', 'FAIL', 'IGNORE', 'REPLACE'])]);
}

function plainColumn(scope: Scope): readonly string[] {
  const { chance } = scope;
  const kinds = chance.some(
    [
      () => ['NOT', 'NULL', ...onConflict(scope)],
      () => ['NULL', ...onConflict(scope)],
      () => ['UNIQUE', ...onConflict(scope)],
      () => check(scope, false),
      () => check(scope, false),
      () => ['DEFAULT', ...defaultValue(scope)],
      () => ['COLLATE', chance.pick(['nocase', 'BINARY', '"rtrim"', "'NOCASE'"])],
      () => [...references(scope, 1), ...chance.maybe(0.3, () => deferrable(scope))],
      () => references(scope, 1),
      () => deferrable(scope),
    ],
    chance.is(0.7) ? 3 : 10,
  );
  return [
    ...type(scope),
    // A name before DEFERRABLE belongs to nobody, or to what follows: readers may differ.
    ...kinds
      .map((kind) => kind())
      .flatMap((one) => (one.includes('REFERENCES') || !one.includes('DEFERRABLE') ? named(scope, one) : one)),
  ];
}

function keyColumn(scope: Scope, withoutRowid: boolean): readonly string[] {
  const { chance } = scope;
  const auto = !withoutRowid && chance.is(0.4);
  const key = [
    'PRIMARY',
    'KEY',
    ...(auto ? chance.maybe(0.2, () => ['ASC']) : chance.maybe(0.4, () => [chance.pick(['ASC', 'DESC'])])),
    ...onConflict(scope),
    ...(auto ? ['AUTOINCREMENT'] : []),
  ];
  const others = chance.some([
    () => ['NOT', 'NULL'],
    () => check(scope, false),
    () => ['DEFAULT', ...defaultValue(scope)],
  ]);
  const around = [() => key, ...others];
  return [...(auto ? ['INTEGER'] : type(scope)), ...chance.shuffled(around).flatMap((kind) => named(scope, kind()))];
}

function generatedColumn(scope: Scope, plain: number): readonly string[] {
  const { chance, columns } = scope;
  const expression = value(chance, [spelled(chance, columns[plain]!, false)]);
  const generated = [
    ...(chance.is(0.6) ? ['GENERATED', 'ALWAYS'] : []),
    'AS',
    '(',
    ...expression,
    ')',
    ...chance.maybe(0.6, () => [chance.pick(['STORED', 'VIRTUAL'])]),
  ];
  const others = chance.some([() => ['NOT', 'NULL'], () => ['UNIQUE'], () => check(scope, false)], 2);
  return [...type(scope), ...chance.shuffled([() => generated, ...others]).flatMap((kind) => named(scope, kind()))];
}

function check(scope: Scope, onTable: boolean): readonly string[] {
  const { chance, columns } = scope;
  const spellings = columns.map((name) => spelled(chance, name, false));
  return ['CHECK', '(', ...condition(chance, spellings), ')', ...(onTable ? onConflict(scope) : [])];
}

function defaultValue({ chance }: Scope): readonly string[] {
  return chance.pick<() => readonly string[]>([
    () => [chance.pick(LITERALS)],
    () => [chance.pick(['+', '-']), chance.pick(['5', '0.25', '1e-3', '9223372036854775808'])],
    () => [chance.pick(['CURRENT_TIME', 'CURRENT_DATE', 'CURRENT_TIMESTAMP', 'NULL', 'TRUE', 'FALSE'])],
    () => [chance.pick(['word', '"quoted word"', '[in brackets]', 'replace'])],
    () => ['(', chance.pick(LITERALS), ')'],
    () => ['(', 'abs', '(', '-', '1', ')', '+', '(', '2', '*', '3', ')', ')'],
    () => ['(', `'a,' || ')'`, '||', 'hex', '(', "x'2c'", ')', ')'],
    () => ['(', 'strftime', '(', `'%Y-%m-%d (%H,%M)'`, ',', `'now'`, ')', ')'],
  ])();
}

function references({ chance, columns }: Scope, count: number): readonly string[] {
  const parents = names(chance, count);
  const action = (): readonly string[] =>
    chance.pick([['SET', 'NULL'], ['SET', 'DEFAULT'], ['CASCADE'], ['RESTRICT'], ['NO', 'ACTION']]);
  return [
    'REFERENCES',
    spelled(chance, chance.pick([...columns, ...names(chance, 1)])),
    ...chance.maybe(0.7, () => [
      '(',
      ...parents.flatMap((name, i) => [...(i === 0 ? [] : [',']), spelled(chance, name)]),
      ')',
    ]),
    ...chance
      .some(
        [
          () => ['ON', 'DELETE', ...action()],
          () => ['ON', 'UPDATE', ...action()],
          () => ['ON', 'INSERT', ...action()],
          () => ['MATCH', chance.pick(['SIMPLE', 'FULL', 'partial'])],
        ],
        3,
      )
      .flatMap((one) => one()),
  ];
}

function deferrable({ chance }: Scope): readonly string[] {
  return [
    ...chance.maybe(0.3, () => ['NOT']),
    'DEFERRABLE',
    ...chance.maybe(0.6, () => ['INITIALLY', chance.pick(['DEFERRED', 'IMMEDIATE'])]),
  ];
}

function tableConstraints(scope: Scope, key: number): (readonly string[])[] {
  const { chance, columns } = scope;
  const found: (readonly string[])[] = [];
  if (key >= 0) found.push(named(scope, ['PRIMARY', 'KEY', ...sorted(scope, [columns[key]!]), ...onConflict(scope)]));
  const others = [
    () => ['UNIQUE', ...sorted(scope, someColumns(scope)), ...onConflict(scope)],
    () => check(scope, true),
    () => check(scope, true),
    () => {
      const own = someColumns(scope);
      return [
        'FOREIGN',
        'KEY',
        '(',
        ...own.flatMap((name, i) => [...(i === 0 ? [] : [',']), spelled(chance, name)]),
        ')',
        ...references(scope, own.length),
        ...chance.maybe(0.3, () => deferrable(scope)),
      ];
    },
  ];
  for (const make of chance.some(others, chance.is(0.5) ? 1 : 4)) found.push(named(scope, make()));
  if (found.length > 0 && chance.is(0.03)) found.push(['CONSTRAINT', 'nowhere']);
  return chance.shuffled(found);
}

function someColumns({ chance, columns }: Scope): readonly string[] {
  return chance.shuffled(columns).slice(0, chance.int(1, Math.min(3, columns.length)));
}

/** (a, b COLLATE nocase DESC) */
function sorted({ chance }: Scope, of: readonly string[]): readonly string[] {
  return [
    '(',
    ...of.flatMap((name, i) => [
      ...(i === 0 ? [] : [',']),
      spelled(chance, name),
      ...chance.maybe(0.2, () => ['COLLATE', chance.pick(['nocase', '"RTRIM"'])]),
      ...chance.maybe(0.2, () => [chance.pick(['ASC', 'DESC'])]),
    ]),
    ')',
  ];
}
