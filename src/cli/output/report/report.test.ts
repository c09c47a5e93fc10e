import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PendingChanges } from '../../../check/index.ts';
import { buildReport, renderReport, type ReportFormat } from './index.ts';
import type { StepDocument } from '../plan.ts';
import type { CheckDocument } from './model.ts';

/** The reports of one document; `found` are the fields that differ from those of a sound database. */
function reportOf(format: ReportFormat, found: Partial<CheckDocument> = {}, allowPending = true): string {
  const document: CheckDocument = { database: 'app.db', ok: true, version: 1, migrations: [], pending: [], ...found };
  const results = [{ document, migrations: 'migrations' }];
  const options = { cwd: '/work/app', root: '/work/app', command: 'check' as const, allowPending, replay: true };
  return renderReport(format, buildReport(results, options));
}

function step(version: number, facts: Partial<StepDocument> = {}): StepDocument {
  const nothing = { creates: [], alters: [], drops: [], rebuilds: [], writes: [] };
  const plain = {
    kind: 'sql',
    group: 1,
    transaction: true,
    foreignKeys: false,
    destructive: [],
    together: [],
  } as const;
  const rest = { verifications: [], touches: nothing, rebuilds: [], reversible: true, warnings: [], statements: [] };
  return { version, name: 'x', file: `migrations/${version}_x.sql`, description: null, ...plain, ...rest, ...facts };
}

const texts: readonly ReportFormat[] = ['github', 'markdown', 'html'];
const pages: readonly ReportFormat[] = ['markdown', 'html'];
const all: readonly ReportFormat[] = [...texts, 'sarif'];

describe('the formats of a report', () => {
  it.each(texts)('say that nothing was found: %s', (format) => {
    expect(reportOf(format)).toContain('0 migrations');
    expect(reportOf(format)).toContain('all in order');
  });

  it.each(texts)('say that a check did not come to its end: %s', (format) => {
    expect(reportOf(format, { ok: false })).toContain('not finished');
  });

  it.each(texts)('have the migrations that are pending and may not be: %s', (format) => {
    const pending = [1, 2, 3, 4, 5, 6, 7].map((version) => ({ version, name: 'x' }));
    const text = reportOf(format, { ok: false, pending }, false).replaceAll('\\', '');
    expect(text).toContain('7 migrations pending: 001_x, 002_x, 003_x, 004_x, 005_x and 2 more');
    // Without a plan nothing is known of them.
    if (format !== 'github') expect(text).toContain('a problem prevents the plan');
  });

  it.each(all)('have a failure that is not of Dunlin: %s', (format) => {
    const error = { code: 'UNEXPECTED', message: 'Out of {memory} [see](this)', hint: null };
    const text = reportOf(format, { ok: false, error, version: undefined, migrations: undefined, pending: undefined });
    expect(text).toContain('UNEXPECTED');
    if (format === 'sarif') {
      const [run] = JSON.parse(text).runs;
      expect(run.tool.driver.rules[0].help.text).toContain('A fault');
      expect(run.results[0].message.text).toBe('Out of {memory} \\[see](this)');
    }
  });

  it('take apart an error that stands for several', () => {
    const one = { code: 'MARKER_UNKNOWN', message: 'The one.', hint: 'Correct it.' };
    const error = { code: 'SEVERAL_PROBLEMS', message: 'Two.', hint: '', problems: [one, one] };
    const [run] = JSON.parse(reportOf('sarif', { ok: false, error })).runs;
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['MARKER_UNKNOWN']);
    const [first, second] = run.results.map((result: { partialFingerprints: object }) => result.partialFingerprints);
    expect(second['dunlinFinding/v1']).toBe(`${first['dunlinFinding/v1']}:1`);
  });

  it.each(all)('have the place of a file that is gone, and of one whose line is not known: %s', (format) => {
    const migrations = [{ version: 2, name: 'x', file: 'migrations/002_x.sql' }];
    const fact = { code: 'MIGRATION_MISSING', message: 'Gone.', hint: 'Bring it back:\n    git checkout `it`' };
    const gone = { ...fact, location: { file: 'migrations/001_x.sql', line: 7, column: 0 } };
    const known = { ...fact, migration: { version: 2, name: 'x' } };
    const unknown = { ...fact, migration: { version: 3, name: 'x' }, location: null };
    const text = reportOf(format, { ok: false, migrations, problems: [gone, known, unknown] });
    expect(text).toContain('migrations/001_x.sql');
    expect(text).toContain('migrations/002_x.sql');
    if (format === 'github') expect(text).toContain('file=migrations/001_x.sql,line=7,title=');
    if (format === 'html') expect(text).toContain('<code>git checkout `it`</code>');
    if (format === 'markdown') expect(text).toContain('Bring it back:<br>`` git checkout `it` ``');
  });

  it.each(texts)('have warnings: %s', (format) => {
    const warning = { code: 'FAILS_ON_ROWS', message: 'Perhaps.', hint: '' };
    const rounds = { tried: 2, reversed: 1, problems: [], warnings: [warning, warning], notes: ['A note.'] };
    const text = reportOf(format, { rounds, data: { ...rounds, warnings: [] } });
    expect(text).toContain('2 warnings');
    if (format !== 'github') expect(text).toContain('2 findings');
    if (format !== 'github') expect(text).toContain('A note.');
  });

  it('say where a replay was not possible, or made another schema', () => {
    const of = (code: string): string =>
      reportOf('html', { ok: false, problems: [{ code, message: 'It.', hint: null }] });
    expect(of('REPLAY_DIFFERS')).toContain('make another schema.');
    expect(of('REPLAY_FAILED')).not.toContain('run in an empty database');
  });

  it.each(pages)('have each repeatable migration with its own statements: %s', (format) => {
    const made = (name: string): Partial<StepDocument> => ({
      name,
      file: `migrations/R__${name}.sql`,
      reversible: false,
      touches: { creates: [name], alters: [], drops: [name, `${name}_old`], rebuilds: [], writes: [] },
      statements: [{ sql: `CREATE VIEW ${name}`, line: 1, action: 'run', reason: null, summary: '' }],
    });
    const pending = [
      { version: 2, name: 'x' },
      { version: 0, name: 'a' },
      { version: 0, name: 'b' },
    ];
    const problems = [{ code: 'REPEATABLE_DIFFERS', message: '', hint: null, migration: pending[2]! }];
    const repeatables = ['a', 'b'].map((name) => ({ name, file: `migrations/R__${name}.sql` }));
    const steps = [step(2), step(0, made('a')), step(0, made('b'))];
    const text = reportOf(format, { ok: false, pending, steps, problems, repeatables })
      .replaceAll(/<\/?code>/g, '`')
      .replaceAll('\\', '');
    for (const words of [
      'CREATE VIEW a;',
      'CREATE VIEW b;',
      'is committed with R__a, R__b, or by itself',
      'is committed with 002, R__a, or by itself',
      'runs again with each change, and is not rolled back',
      ' in `migrations/R__b.sql`',
    ])
      expect(text).toContain(words);
    expect(text).not.toContain('cannot be rolled back');
    expect(text).not.toMatch(/`b`, `b_old`/);
    expect(text).toMatch(/drops(?:\*\*|<\/[^>]+>)* ?`b_old`/);
  });

  it.each(pages)('say everything of a migration that a reviewer looks for: %s', (format) => {
    const versions = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const steps = versions.map((version) => step(version));
    const columns = Array.from({ length: 25 }, (_, i) => `c${i}`);
    steps[0] = step(1, {
      description: 'Why it is.',
      foreignKeys: true,
      verifications: ['no orphans'],
      warnings: ['Slow.'],
      rebuilds: [
        {
          table: 't',
          check: 'compared',
          kept: ['COLLATE NOCASE of c1'],
          compared: columns,
          proven: ['p'],
          transformed: [{ column: 'other.n', from: ['o'] }],
          leftOut: ['gone'],
        },
      ],
      statements: [{ sql: `SELECT '${'x'.repeat(3000)}'`, line: 1, action: 'skip', reason: null, summary: '' }],
    });
    const pending = versions.map((version) => ({ version, name: 'x' }));
    const text = reportOf(format, { pending, steps }).replaceAll(/<\/?code>/g, '`');
    for (const words of [
      'is committed with 002, 003, 004, 005, 006, 007 and 2 more, or by itself',
      'runs with foreign keys enforced',
      'verified by',
      'warning: Slow.',
      'the rebuild leaves out',
      '`t.gone`',
      'its statements leave out, and the run keeps `COLLATE NOCASE of c1`',
      '`other.n`',
      'skipped: the run does it anyway',
      'Why it is.',
    ])
      expect(text).toContain(words);
    if (format === 'markdown') {
      expect(text).toContain('`t.c19` and 6 more');
      expect(text).toContain('…');
    }
  });

  it('cut long lines of an excerpt, and have none of a line that is not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-report-'));
    const file = join(folder, '001_x.sql');
    writeFileSync(file, `SELECT 1;\n-- ${'long '.repeat(60)}\n`);
    const textAt = (line: number): string => {
      const location = { file, line, column: 1 };
      return reportOf('html', { ok: false, problems: [{ code: 'X', message: '', hint: null, location }] });
    };
    expect(textAt(1)).toMatch(/<pre>&gt; 1 \| SELECT 1;\n {2}2 \| -- long [^\n]*…<\/pre>/);
    expect(textAt(99)).not.toContain('<pre>');
    rmSync(folder, { recursive: true });
  });

  it.each(pages)('draw nothing where only a view changes: %s', (format) => {
    const nothing = { tables: [], views: [], triggers: [] };
    const view = {
      type: 'view',
      name: 'v',
      table: 'v',
      sameEffect: false,
      before: undefined,
      after: 'CREATE VIEW v AS SELECT 1',
      parts: [],
    };
    const changes = { objects: [{ kind: 'added', ...view } as const], before: nothing, after: nothing };
    const document = { database: 'app.db', ok: true, pending: [{ version: 1, name: 'x' }], steps: [step(1)] };
    const options = {
      cwd: '/work/app',
      root: '/work/app',
      command: 'check' as const,
      allowPending: true,
      replay: false,
    };
    const report = buildReport([{ document, changes: changes as PendingChanges, migrations: 'migrations' }], options);
    expect(renderReport(format, report)).toContain('+ view v');
    expect(renderReport(format, report)).not.toMatch(/mermaid|<svg/);
  });

  it('have room for very many databases in a comment', () => {
    const problems = [{ code: 'SCHEMA_DRIFT', message: 'It differs.', hint: null }];
    const document = { database: 'app.db', ok: false, problems, pending: [{ version: 1, name: 'x' }] };
    const results = Array.from({ length: 900 }, () => ({ document, migrations: 'migrations' }));
    const options = {
      cwd: '/work/app',
      root: '/work/app',
      command: 'check' as const,
      allowPending: false,
      replay: false,
    };
    const text = renderReport('markdown', buildReport(results, options));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/\n[\d,]+ more sections left out: a comment has no room\./);
    expect(text).toContain('*1 more problem left out: a comment has no room.*');
  });

  it('fold long lines of a difference', () => {
    const nothing = { tables: [], views: [], triggers: [] };
    const part = {
      kind: 'added',
      part: 'column',
      name: 'c',
      after: `c TEXT DEFAULT '${'long '.repeat(40)}'`,
      properties: [],
    };
    const table = { kind: 'changed', type: 'table', name: 't', table: 't', before: 'x', after: 'y', parts: [part] };
    const changes = { objects: [table], before: nothing, after: nothing } as unknown as PendingChanges;
    const document = { database: 'app.db', ok: true, pending: [{ version: 1, name: 'x' }], steps: [step(1)] };
    const options = {
      cwd: '/work/app',
      root: '/work/app',
      command: 'check' as const,
      allowPending: true,
      replay: false,
    };
    const text = renderReport('html', buildReport([{ document, changes, migrations: 'migrations' }], options));
    expect(text).toMatch(/<span class="r-plus">\+ {3}column c TEXT[^<]*<\/span><span> +long/);
  });
});
