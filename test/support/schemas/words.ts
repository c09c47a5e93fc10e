import { quote } from '../../../src/sql/index.ts';
import type { Chance } from './chance.ts';

/** Names that SQLite takes without quotes, keywords with a fallback among them (sqlite.org/lang_keywords.html). */
const BARE = [
  'a',
  'id',
  'name',
  'Amount',
  'größe',
  '_x',
  'x$1',
  'key',
  'action',
  'abort',
  'after',
  'always',
  'asc',
  'cascade',
  'column',
  'conflict',
  'cross',
  'desc',
  'end',
  'fail',
  'full',
  'generated',
  'ignore',
  'initially',
  'left',
  'match',
  'natural',
  'no',
  'of',
  'replace',
  'restrict',
  'row',
  'rowid',
  'oid',
  'stored',
  'strict',
  'temp',
  'virtual',
  'without',
] as const;

/** Names that need quotes: reserved words, blanks, brackets, quotes, what looks like a comment. */
const QUOTED = [
  'table',
  'check',
  'primary',
  'constraint',
  'unique',
  'foreign',
  'references',
  'default',
  'select',
  'not null',
  'a b',
  ' led ',
  'a"b',
  "it's",
  'a`b',
  'x;y',
  'x,y',
  '(',
  'f(x)',
  '--',
  '/*',
  '1st',
  'Ä ö',
  'größer als',
  '🦆',
] as const;

/** `count` names for things in one scope: no two are the same to SQLite. */
export function names(chance: Chance, count: number): string[] {
  const found = new Map<string, string>();
  while (found.size < count) {
    const base = chance.pick(chance.is(0.65) ? BARE : QUOTED);
    const name = found.has(base.toLowerCase()) ? `${base}_${found.size}` : base;
    found.set(name.toLowerCase(), name);
  }
  return [...found.values()];
}

/** Whether SQLite takes it without quotes. */
export function canBeBare(name: string): boolean {
  return (BARE as readonly string[]).includes(name.replace(/_\d+$/, ''));
}

/** A name as it may be written: bare where that can be, else in one of the four quotings. */
export function spelled(chance: Chance, name: string, strings: boolean = true): string {
  if (canBeBare(name) && chance.is(0.7)) return name;
  const ways = [quote(name), quote(name), `\`${name.replaceAll('`', '``')}\``];
  if (!name.includes(']')) ways.push(`[${name}]`);
  if (strings) ways.push(`'${name.replaceAll("'", "''")}'`);
  return chance.pick(ways);
}

const GAPS = [
  '\n',
  '\t',
  '  ',
  '\r\n',
  ' \n  ',
  '/**/',
  ' /* a, ) note " */ ',
  ' -- kept; ( \'it"s\n',
  "/* ' */",
  ' -- , CHECK (\n\n',
];

/** Puts tokens together: mostly with blanks, and where `odd`, with white space and comments of every kind. */
export function joined(chance: Chance, tokens: readonly string[], odd: boolean = true): string {
  let text = '';
  let last = '';
  for (const token of tokens) {
    const tight = /^[(),]/.test(token) || last.endsWith('(');
    // SQLite needs no blank beside quotes and brackets.
    const close = (/[\])"'`]$/.test(last) && /^[A-Za-z]/.test(token)) || (/\w$/.test(last) && /^["[`]/.test(token));
    if (text !== '') {
      if (odd && chance.is(0.12)) text += chance.pick(GAPS);
      else if (!(tight || (odd && close && chance.is(0.2))) || (odd && chance.is(0.1))) text += ' ';
    }
    // Of the words without meaning to the grammar TRUE is the only one: readers show it as it is written.
    text += odd && /^(?!TRUE$)[A-Z]+$/.test(token) && chance.is(0.15) ? token.toLowerCase() : token;
    last = token;
  }
  return text;
}
