import { describe, expect, it } from 'vitest';
import { stackPosition } from './stack-position.ts';

const text = `export default {\n  up(db) {\n    db.exec('SELECT 1');\n  },\n};\n`;
const at = (stack: string, file = 'migrations/002_b.mjs'): unknown => {
  const { location, source } = stackPosition({ stack }, { file, text });
  expect(source).toBe(location === undefined ? undefined : text);
  if (location !== undefined)
    expect(text.slice(location.offset).split('\n')[0]).toBe(
      text.split('\n')[location.line - 1]!.slice(location.column - 1),
    );
  return location === undefined ? undefined : `${location.file}:${location.line}:${location.column}`;
};

describe('stackPlace', () => {
  it.each([
    ['a file URL', 'Error: x\n    at act (file:///lib/run.js:1:2)\n    at up (file:///m/002_b.mjs?revision=0f:3:8)'],
    ['a path', 'Error: x\n    at up (/m/002_b.mjs:3:8)\n    at up (/m/002_b.mjs:2:3)'],
    ['a path of Windows', String.raw`Error: x${'\n'}    at async Object.up (C:\m\002_b.mjs:3:8)`],
    ['a function without a name', 'Error: x\n    at file:///m/002_b.mjs:3:8'],
  ])('finds %s', (_name, stack) => expect(at(stack)).toBe('migrations/002_b.mjs:3:8'));

  it('knows a name with letters that a URL writes otherwise', () => {
    expect(at('Error: x\n    at up (file:///m/002_%C3%A4.mjs:3:8)', 'm/002_ä.mjs')).toBe('m/002_ä.mjs:3:8');
  });

  it('finds where a file cannot be parsed, at the line alone where the column is unknown or cannot be right', () => {
    expect(at('file:///m/002_b.mjs:3\n  db.exec(\n\nSyntaxError: x')).toBe('migrations/002_b.mjs:3:5');
    expect(at('ParseError: x\n /m/002_b.ts:3:20\n    at parse (/lib/jiti.js:1:2)', 'm/002_b.ts')).toBe(
      'm/002_b.ts:3:5',
    );
    expect(at('Error: x\n    at up (/m/002_b.mjs:3:999)')).toBe('migrations/002_b.mjs:3:5');
  });

  it.each([
    ['another file', 'Error: x\n    at up (/m/1002_b.mjs:3:8)\n    at up (/m/002_bXmjs:3:8)'],
    ['a message that looks like a place', 'Error: 002_b.mjs:3:8'],
    ['a line that the file does not have', 'Error: x\n    at up (/m/002_b.mjs:99:8)'],
    ['nothing', ''],
  ])('finds nothing in %s', (_name, stack) => expect(at(stack)).toBeUndefined());

  it('accepts any thrown value', () => {
    for (const thrown of [undefined, null, 'text', 7, { stack: 7 }, {}])
      expect(stackPosition(thrown, { file: '002_b.mjs', text })).toEqual({});
    expect(stackPosition(new Error('x'), { file: '', text })).toEqual({});
  });
});
