import { describe, expect, it } from 'vitest';
import { line, lossError, type Loss } from './losses.ts';

const migration = {
  id: '007_tidy',
  version: 7,
  name: 'tidy',
  code: false,
  direction: 'up',
  file: '007_tidy.sql',
  text: '',
} as const;

describe('line', () => {
  it.each<[Loss, string]>([
    [{ kind: 'rows', table: 'notes', before: 31_884, after: 0 }, 'notes: 31,884 rows before, 0 after'],
    [{ kind: 'rows', table: 'notes', before: 1, after: 0 }, 'notes: 1 row before, 0 after'],
    [{ kind: 'table', table: 't' }, 'table t is gone'],
    [{ kind: 'column', table: 't', column: 'c' }, 'column t.c is not carried over'],
    [{ kind: 'index', name: 'i', table: 't' }, 'index i of t is gone'],
    [
      { kind: 'sequence', table: 't', before: 5, after: undefined },
      'the AUTOINCREMENT sequence of t: 5 before, none after',
    ],
    [
      { kind: 'sequence', table: 't', before: 2n ** 60n, after: 3 },
      'the AUTOINCREMENT sequence of t: 1152921504606846976 before, 3 after',
    ],
    [
      { kind: 'violation', child: 'c', parent: 'p', before: 0, after: 1 },
      '1 row of c refers to a row of p that does not exist (0 before)',
    ],
    [
      { kind: 'violation', child: 'c', parent: 'p', before: 1, after: 2001 },
      '2,001 rows of c refer to rows of p that do not exist (1 before)',
    ],
    [{ kind: 'mismatch', child: 'c', reason: 'why' }, 'the foreign keys of c no longer work (why)'],
    [{ kind: 'dangling', child: 'c', parent: 'p' }, 'c now refers to p, which does not exist'],
    [{ kind: 'broken', type: 'view', name: 'v', reason: 'why' }, 'view v no longer compiles (why)'],
  ])('%#', (loss, text) => {
    expect(line(loss)).toBe(text);
  });
});

describe('lossError', () => {
  it.each<[Loss, string]>([
    [
      {
        kind: 'rows',
        table: 't',
        before: 2,
        after: 1,
        key: ['k'],
        examples: [{ key: ["'a\nb\0'"], before: undefined, after: undefined }],
      },
      "t: 2 rows before, 1 after (without k 'a\\u000ab\\u0000')",
    ],
    [{ kind: 'index', name: 'one\ntwo', table: 't' }, 'index one\\u000atwo of t is gone'],
  ])('shows what would break its line: %#', (loss, text) => {
    expect(lossError([migration], [loss], false).message).toContain(text);
  });

  it('suggests one name for all that belongs to a table', () => {
    const losses: Loss[] = [
      { kind: 'index', name: 'i', table: 't' },
      { kind: 'rows', table: 't', before: 2, after: 1 },
      { kind: 'column', table: 't', column: 'c' },
      { kind: 'column', table: 'u', column: 'c' },
      { kind: 'trigger', name: 'r', table: 'u' },
    ];
    const error = lossError([migration], losses, false);
    expect(error.code).toBe('ROWS_LOST');
    expect(error.problems).toEqual([]);
    expect(error.hint).toMatch(/-- dunlin: destructive t, u\.c, r$/);
    expect(error.migration).toEqual({ version: 7, name: 'tidy' });
  });

  it('of a down migration says that its rollback was undone', () => {
    const losses: Loss[] = [
      { kind: 'table', table: 't' },
      { kind: 'dangling', child: 'c', parent: 'p' },
      { kind: 'broken', type: 'view', name: 'v', reason: 'why' },
    ];
    const { problems } = lossError([{ ...migration, direction: 'down' }], losses, false);
    expect(problems.map(({ message }) => message)).toEqual([
      'Rolling back 007_tidy would lose data that it does not declare: table t is gone.',
      'Rolling back 007_tidy leaves broken references: c now refers to p, which does not exist.',
      'Rolling back 007_tidy breaks what worked before: view v no longer compiles (why).',
    ]);
    for (const { hint } of problems) expect(hint).toMatch(/^The rollback of 007_tidy was undone[.:] /);
  });

  it('spells names as the directive and as code accept them', () => {
    const losses: Loss[] = [
      { kind: 'table', table: 'my "notes"' },
      { kind: 'table', table: `it's` },
    ];
    expect(lossError([migration], losses, false).hint).toMatch(/destructive "my ""notes""", "it's"$/);
    expect(lossError([{ ...migration, code: true }], losses, false).hint).toMatch(
      /destructive: \['my "notes"', 'it\\'s'\],$/,
    );
  });

  it('quotes the parts of a column one by one', () => {
    const losses: Loss[] = [{ kind: 'column', table: 'my notes', column: 'the text' }];
    expect(lossError([migration], losses, false).hint).toMatch(/destructive "my notes"\."the text"$/);
  });

  it.each([
    [false, false, 'Correct the rows in the same migration.'],
    [true, false, 'write `-- dunlin: foreign-keys on` at the top of the file.'],
    [true, true, 'give the migration `foreignKeys: true`.'],
  ])('of violations (deletes: %s, code: %s) says what to do', (deletes, code, hint) => {
    const error = lossError([{ ...migration, code }], [{ kind: 'dangling', child: 'c', parent: 'p' }], deletes);
    expect(error.code).toBe('FOREIGN_KEYS_VIOLATED');
    expect(error.hint).toContain(hint);
  });

  it('needs a loss', () => {
    expect(() => lossError([migration], [], false)).toThrow('needs a loss');
  });
});
