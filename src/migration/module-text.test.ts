import { describe, expect, it } from 'vitest';
import { normalizeModule } from './module-text.ts';

const module = `import { slug } from './slug.ts';
export function up(db) {
  const rows = db.all('SELECT id FROM t'), half = rows.length / 2 / 3;
  if (/[/*]\\/\\/"/.test(rows[0].id)) return;
  db.exec(\`UPDATE t SET a = \${slug({ a: \`x\${1}\` })}\`);
}
`;

describe('normalizeModule', () => {
  it.each<[string, (text: string) => string]>([
    ['line endings', (text) => text.replaceAll('\n', '\r\n')],
    ['old line endings', (text) => text.replaceAll('\n', '\r')],
    ['a comment above', (text) => `// what it does\n${text}`],
    ['a comment within', (text) => text.replace('up(db)', 'up(/* the handle */ db)')],
    ['a comment of several lines', (text) => text.replace('{\n', '{\n  /**\n   * "a" \' `b`\n   */\n')],
    ['a comment behind a division', (text) => text.replace('/ 3;', '/ 3; // by three')],
    ['another indent', (text) => text.replaceAll('\n  ', '\n\t\t')],
    ['blanks around operators', (text) => text.replace('rows.length / 2 / 3', 'rows.length/2/3')],
    ['blanks within brackets', (text) => text.replace('{ slug }', '{slug}')],
    ['a line that is folded', (text) => text.replace('= db.all', '=\n    db.all')],
    ['an empty line', (text) => text.replace('\n  if', '\n\n\n  if')],
  ])('does not see %s', (_, edit) => {
    expect(edit(module)).not.toBe(module);
    expect(normalizeModule(edit(module))).toBe(normalizeModule(module));
  });

  it.each<[string, (text: string) => string]>([
    ['a name', (text) => text.replace('half', 'third')],
    ['a blank in a string', (text) => text.replace('id FROM', 'id  FROM')],
    ['a blank in a template', (text) => text.replace('SET a', 'SET  a')],
    ['a blank in a regular expression', (text) => text.replace('[/*]', '[/* ]')],
    ['a number', (text) => text.replace('/ 3', '/ 4')],
    ['what follows a regular expression', (text) => text.replace('.test(rows[0].id)', '.test(rows[1].id)')],
    ['an expression in a template', (text) => text.replace('x${1}', 'x${2}')],
    ['what looks like a comment in a string', (text) => text.replace('SELECT id', 'SELECT /* x */ id')],
    ['a sign that becomes two', (text) => text.replace('/ 2', '/ + +2')],
    ['two words made one', (text) => text.replace('const rows', 'constrows')],
  ])('sees %s', (_, edit) => {
    expect(edit(module)).not.toBe(module);
    expect(normalizeModule(edit(module))).not.toBe(normalizeModule(module));
  });

  it('distinguishes two signs from one', () => {
    expect(normalizeModule('x = ++y')).not.toBe(normalizeModule('x = + +y'));
    expect(normalizeModule('x = a / b / c')).toBe(normalizeModule('x = a/b/c'));
  });

  it.each(["const a = 'open\n;", 'const a = `open', 'const a = `${b', 'a = §', '/* open'])(
    'takes what it cannot take apart as it is written: %j',
    (text) => {
      expect(normalizeModule(`x;  y;\r\n${text}`)).toBe(`x;  y;\n${text}`);
    },
  );
});
