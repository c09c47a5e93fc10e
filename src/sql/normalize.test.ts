import { describe, expect, it } from 'vitest';
import { normalize } from './normalize.ts';
import { tokenize } from './tokenize.ts';

const normal = (text: string): string => normalize(tokenize(text));

describe('normalize', () => {
  const script = `CREATE TABLE t (a TEXT DEFAULT 'x;y', b);\nINSERT INTO t VALUES ('1', 2)`;

  it.each([
    ['white space', script.replaceAll(' ', '\t  ')],
    ['line endings', script.replaceAll('\n', '\r\n')],
    ['comments', `-- c\n${script.replace('(a', '/* d */ (a')} -- e`],
    ['white space taken out', script.replace('t (a', 't(a')],
    ['a `;` in the end', `${script};`],
    ['empty statements', `;${script.replace(';\n', ';;\n ; -- c\n;')};;`],
    ['a byte order mark', `\uFEFF${script}`],
    ['keywords in small letters', script.replace('CREATE TABLE', 'create table').replace('DEFAULT', 'default')],
    ['keywords in mixed letters', script.replace('INSERT INTO', 'Insert into').replace('VALUES', 'vaLues')],
  ])('does not see %s', (_, edited) => {
    expect(edited).not.toBe(script);
    expect(normal(edited)).toBe(normal(script));
  });

  it.each([
    ['a name', script.replace('b)', 'c)')],
    ['white space in a string', script.replace('x;y', 'x; y')],
    ['the case of a word', script.replace('TEXT', 'text')],
    ['the case of a name', script.replace('b)', 'B)')],
    ['the case of a keyword in quotes', script.replace('b)', '"select")').replace('select', 'SELECT')],
    ['the case of a string', script.replace("'x;y'", "'X;y'")],
    ['how a name is quoted', script.replace('b)', '"b")')],
    ['a number for a string', script.replace("'1'", '1')],
    ['a statement more', `${script}; SELECT 1`],
    ['a `;` less', script.replace(';\n', '\n')],
    ['two tokens made one', script.replace('a TEXT', 'aTEXT')],
    ['an operator cut in two', script.replace("('1', 2)", "('1' | | '2')")],
  ])('sees %s', (_, edited) => {
    expect(edited).not.toBe(script);
    expect(normal(edited)).not.toBe(normal(script));
  });

  it('keeps an operator and two apart', () => {
    expect(normal('SELECT 1 - -1')).not.toBe(normal('SELECT 1 --1\n'));
    expect(normal('SELECT a || b')).not.toBe(normal('SELECT a | | b'));
  });

  it("keeps a trigger's `;` and that of virtual table arguments", () => {
    expect(normal('CREATE TRIGGER a INSERT ON t BEGIN SELECT 1; END;')).toBe(
      'CREATE TRIGGER a INSERT ON t BEGIN SELECT 1 ; END',
    );
    expect(normal('CREATE VIRTUAL TABLE v USING m(a;;b);')).toBe('CREATE VIRTUAL TABLE v USING m ( a ; ; b )');
    expect(normal(') ; a')).toBe(') ; a');
    expect(normal('create virtual table v using fts5(key, content=t)')).toBe(
      'CREATE VIRTUAL TABLE v USING fts5 ( key , content = t )',
    );
    expect(normal('create virtual table v using m(Select); (select key)')).toBe(
      'CREATE VIRTUAL TABLE v USING m ( Select ) ; ( SELECT KEY )',
    );
    expect(normal('select (key); create virtual table v using m(Select); select (key)')).toBe(
      'SELECT ( KEY ) ; CREATE VIRTUAL TABLE v USING m ( Select ) ; SELECT ( KEY )',
    );
  });

  it('reads CRLF within quotes as LF, and nothing else there', () => {
    expect(normal("SELECT 'a\r\nb'")).toBe(normal("SELECT 'a\nb'"));
    expect(normal("SELECT 'a\rb'")).not.toBe(normal("SELECT 'a\nb'"));
    expect(normal("SELECT 'a\n\nb'")).not.toBe(normal("SELECT 'a\nb'"));
    expect(normal("SELECT 'a -- b\nc'")).not.toBe(normal("SELECT 'a \nc'"));
  });

  it('is empty for a text without statements', () => {
    expect(normal(' ; -- a\n;')).toBe('');
  });
});
