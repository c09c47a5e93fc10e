import type { Chance } from './chance.ts';

/** Something that stands for a column in an expression: its spelling, or the column of a model. */
export type Operand<C> = readonly (string | C)[];

/** Values that hold what a reader of texts may stumble over: brackets, commas, quotes, comments. */
const STRINGS = [
  `'x'`,
  `''`,
  `'('`,
  `'),'`,
  `'it''s'`,
  `'a "b" [c]'`,
  `'-- no comment'`,
  `'/* nor this */'`,
  `'größe'`,
  `'🦆'`,
] as const;
export const LITERALS: readonly string[] = [
  ...STRINGS,
  ...STRINGS,
  '0',
  '42',
  '1.5e3',
  '.5',
  '0x1F',
  "x'00ff'",
  'NULL',
  'TRUE',
];

/** An expression with a yes or a no, over the given columns, as tokens: what CHECK and WHERE of an index allow. */
export function condition<C>(chance: Chance, columns: readonly C[], depth: number = 2): Operand<C> {
  const column = (): C => chance.pick(columns);
  const literal = (): string => chance.pick(LITERALS);
  const forms: (() => Operand<C>)[] = [
    () => [...value(chance, columns, depth - 1), chance.pick(['<>', '!=', '>', '>=', 'IS NOT']), literal()],
    () => [column(), 'IN', '(', literal(), ',', literal(), ',', literal(), ')'],
    () => [column(), 'NOT IN', '(', chance.pick(STRINGS), ')'],
    () => [column(), 'BETWEEN', '-', '1e9', 'AND', '9e9'],
    () => [column(), 'IS', 'NULL', 'OR', 'length', '(', column(), ')', '>=', '0'],
    () => [column(), 'NOTNULL'],
    () => [column(), 'NOT', 'LIKE', `'%(%,'`, 'ESCAPE', `'/'`],
    () => ['typeof', '(', column(), ')', 'IN', '(', `'text'`, ',', `'null'`, ',', `'integer'`, ',', `'blob'`, ')'],
    () => ['NOT', '(', ...condition(chance, columns, depth - 1), ')'],
    () => ['(', ...condition(chance, columns, depth - 1), ')', 'OR', ...condition(chance, columns, 0)],
    () => ['(', '(', '(', ...condition(chance, columns, 0), ')', ')', ')'],
    () => ['CASE', 'WHEN', column(), 'IS', literal(), 'THEN', '1', 'ELSE', column(), 'IS NOT', literal(), 'END'],
    () => ['(', column(), ',', column(), ')', 'IS NOT', '(', literal(), ',', literal(), ')'],
  ];
  const allowed = depth > 0 ? forms : forms.slice(0, 7);
  return chance.pick(allowed)();
}

/** An expression with a value: what GENERATED and indexes allow. */
export function value<C>(chance: Chance, columns: readonly C[], depth: number = 2): Operand<C> {
  const column = (): C => chance.pick(columns);
  const forms: (() => Operand<C>)[] = [
    () => [column()],
    () => ['length', '(', column(), ')'],
    () => [column(), '+', '1'],
    () => ['coalesce', '(', column(), ',', chance.pick(LITERALS), ')'],
    () => [column(), '||', chance.pick(STRINGS)],
    () => ['CAST', '(', column(), 'AS', chance.pick(['TEXT', 'INTEGER', 'VARCHAR (3, 4)']), ')'],
    () => ['lower', '(', ...value(chance, columns, depth - 1), ')'],
    () => ['(', ...value(chance, columns, depth - 1), ')', 'COLLATE', 'nocase'],
    () => ['iif', '(', ...condition(chance, columns, 0), ',', column(), ',', chance.pick(STRINGS), ')'],
    () => ['hex', '(', 'substr', '(', column(), ',', '1', ',', '2', ')', ')', '||', column()],
  ];
  return chance.pick(depth > 0 ? forms : forms.slice(0, 5))();
}
