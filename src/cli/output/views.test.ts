import { describe, expect, it } from 'vitest';
import { dunlinError, DunlinError } from '../../errors/index.ts';
import type { Attempt } from '../../ledger/index.ts';
import type { HistoryEntry } from '../../operations/history.ts';
import type { Status, StatusEntry } from '../../operations/status.ts';
import type { Plan, PlanStep } from '../../plan/index.ts';
import { rollbackEffects } from '../confirm.ts';
import { colors } from './color.ts';
import { time } from './format.ts';
import { renderHistory } from '../commands/history.ts';
import { errorDocument, historyDocument, problem, statusDocument } from './json.ts';
import { planDocument, renderPlan } from './plan.ts';
import { renderRepairs } from '../commands/repair.ts';
import { renderFailure, renderStatus } from './status.ts';
import { renderTrial, trialDocument } from '../commands/try.ts';
import { renderAdoption, renderExport } from './adoption.ts';

const invocation = { launcher: 'dunlin', target: [] };
const style = { colors: colors(false), width: Number.POSITIVE_INFINITY, invocation };
const at = '2026-10-27T12:00:01.000Z';

function entry(version: number, more: Partial<StatusEntry> = {}): StatusEntry {
  return {
    version,
    name: `m${version}`,
    state: 'pending',
    label: undefined,
    file: undefined,
    applied: undefined,
    reversible: true,
    ...more,
  };
}

function applied(version: number, more: Partial<StatusEntry> = {}): StatusEntry {
  const row = {
    version,
    name: `m${version}`,
    appliedAt: at,
    checksum: 'sha256:1',
    executionTimeMs: 61,
    schemaVersion: null,
    textHash: null,
    downText: null,
    upText: null,
  };
  return entry(version, { state: 'applied', applied: row, ...more });
}

function status(entries: readonly StatusEntry[], more: Partial<Status> = {}): Status {
  return {
    version: 4,
    label: '1.1.0',
    entries,
    repeatables: [],
    pending: [],
    problems: [],
    drift: [],
    notes: [],
    tooOld: false,
    tooNew: false,
    lastFailure: undefined,
    ...more,
  };
}

describe('renderStatus', () => {
  it('says trouble where it is', () => {
    const entries = [
      applied(1),
      applied(2, { state: 'edited' }),
      applied(3, { state: 'missing' }),
      applied(4, { reversible: false }),
      entry(5),
      entry(6, { state: 'out-of-order' }),
      applied(7, { state: 'ahead', applied: { ...applied(7).applied!, executionTimeMs: null } }),
    ];
    const when = time(at);
    expect(renderStatus(status(entries, { tooNew: true }), 'app.db', style)).toEqual([
      'app.db   version 4 (1.1.0)   5 applied, 0 pending   newer than these migrations',
      '',
      '  version  name  applied               took',
      `  001      m1    ${when}  61 ms`,
      `  002      m2    ${when}  61 ms  edited after it was applied`,
      `  003      m3    ${when}  61 ms  its file is missing`,
      `  004      m4    ${when}  61 ms  cannot be rolled back`,
      '  005      m5    pending',
      '  006      m6    pending                     older than applied ones',
      `  007      m7    ${when}         unknown here: applied by a newer release`,
      '',
      '  `dunlin repair 2` shows the difference',
    ]);
  });

  it('says what belongs to no row below, and leaves out what a row says', () => {
    const problems = [
      new DunlinError('MIGRATION_EDITED', 'edited.', 'h', { migration: { version: 1, name: 'm1' } }),
      new DunlinError('LEDGER_FOREIGN', 'Another table.', 'Rename it.'),
    ];
    const lines = renderStatus(status([applied(1, { state: 'edited' })], { problems }), 'app.db', style);
    expect(lines.slice(-1)).toEqual(['  LEDGER_FOREIGN: Another table. Rename it.']);
    expect(lines.join('\n')).not.toContain('edited.');
  });

  it('does not say in every row that nothing can be rolled back', () => {
    expect(renderStatus(status([applied(1, { reversible: false })]), 'app.db', style).join('\n')).not.toContain(
      'cannot',
    );
  });

  it('puts remarks below the row on a narrow terminal', () => {
    const lines = renderStatus(status([applied(1), applied(2, { state: 'edited' })]), 'app.db', {
      ...style,
      width: 60,
    });
    expect(lines).toContain('           edited after it was applied');
  });

  it('folds its first and its last line on a narrow terminal', () => {
    const backup = { id: '20261121T091204123Z-before-0003', createdAt: at, bytes: 16_400 } as Status['backup'];
    const database = 'data/databases/of/an/application/customers.db';
    const narrow = renderStatus(status([applied(1)], { backup }), database, { ...style, width: 60 });
    expect(narrow.slice(0, 2)).toEqual([database, 'version 4 (1.1.0)   1 applied, 0 pending']);
    expect(narrow.at(-2)).toBe('  newest backup: 20261121T091204123Z-before-0003');
    expect(narrow.at(-1)).toMatch(/^ {4}[-\d]+ [:\d]+, 16\.4 kB$/);
    expect(narrow.every((line) => line.length <= 60)).toBe(true);
    expect(renderStatus(status([applied(1)], { backup }), 'app.db', style).at(-1)).toMatch(
      /before-0003, [-\d]+ [:\d]+, 16\.4 kB$/,
    );
  });

  it('has colours', () => {
    const lines = renderStatus(status([entry(1), applied(2, { state: 'missing' })]), 'app.db', {
      ...style,
      colors: colors(true),
    });
    expect(lines.join('\n')).toContain('\u001b[33mpending\u001b[39m');
    expect(lines.join('\n')).toContain('\u001b[31mits file is missing\u001b[39m');
  });

  it('is data', () => {
    expect(
      statusDocument(status([applied(1), entry(2, { reversible: undefined })], { label: undefined })),
    ).toMatchObject({
      label: null,
      migrations: [
        { appliedAt: at, executionTimeMs: 61, file: null, reversible: true },
        { appliedAt: null, checksum: null, reversible: null },
      ],
    });
  });

  it('advises one thing where another tool has changed the schema', () => {
    const drift = [{ text: 'table tags exists, no migration made it' }] as unknown as Status['drift'];
    const facts = { database: 'app.db', tool: 'Knex', ids: ['002'], halfDone: [], last: 2 };
    const problems = [dunlinError('ADOPT_BEHIND', facts)];
    const shown = (given: Partial<Status>): string =>
      renderStatus(status([applied(1)], { drift, ...given }), 'app.db', style).join(' ');
    expect(shown({ problems })).toContain('`dunlin adopt` records this as well');
    expect(shown({ problems })).not.toContain('repair --schema');
    expect(shown({})).toContain('repair --schema');
  });
});

function attempt(more: Partial<Attempt> = {}): Attempt {
  return {
    id: 1,
    runId: 'r',
    version: null,
    name: null,
    direction: 'up',
    status: 'ok',
    startedAt: at,
    finishedAt: '2026-10-27T12:00:01.061Z',
    statement: null,
    errorCode: null,
    error: null,
    backup: null,
    host: 'web-1',
    pid: 812,
    tool: 'dunlin up',
    ...more,
  };
}

describe('renderFailure', () => {
  const failure = { ...attempt(), status: 'failed', errorCode: 'LOCKED', error: 'It is in use.' } as const;
  const said = (more: Partial<Attempt>): string =>
    renderFailure({ lastFailure: { ...failure, ...more }, entries: [] }, 200, invocation)
      .join('\n')
      .replace(/^\n/, '');

  it('says what failed, when, and the way on', () => {
    const when = `failed on ${time(at)} with LOCKED: It is in use. Nothing has run since`;
    expect(said({ version: 7, name: 'tidy' })).toBe(
      `  007_tidy ${when}. Correct it, \`dunlin try 7\` runs it on a copy; then \`dunlin up\` continues.`,
    );
    expect(said({})).toBe(`  The last \`dunlin up\` ${when}; \`dunlin up\` tries again.`);
    expect(said({ direction: 'down', version: 7, name: 'tidy' })).toBe(
      `  007_tidy ${when}; \`dunlin history\` lists every attempt.`,
    );
  });
});

describe('the other tool’s table', () => {
  const mirrored = (mirror: Status['mirror']): string =>
    renderStatus(status([applied(1)], { mirror }), 'app.db', style)
      .join('\n')
      .replaceAll(/\n +/g, ' ');

  it('is named by a status, with what it lacks', () => {
    const knex = { tool: 'Knex', table: 'knex_migrations', behind: 0 };
    expect(mirrored(knex)).toContain('kept in step: the table "knex_migrations" of Knex');
    expect(mirrored({ ...knex, behind: 2 })).toContain(
      'which lacks 2 changes: the next run writes them first, or `dunlin export --to knex_migrations`',
    );
    expect(mirrored({ tool: 'user_version', table: undefined, behind: 1 })).toContain(
      'kept in step: user_version, which lacks 1 change: the next run writes them first, or `dunlin export --to user_version`',
    );
    expect(mirrored(undefined)).not.toContain('kept in step');
    expect(statusDocument(status([], { mirror: { tool: undefined, table: 'x', behind: 1 } }))).toMatchObject({
      mirror: { tool: null, table: 'x', behind: 1 },
    });
    expect(statusDocument(status([]))).toMatchObject({ mirror: null });
  });

  it('has records of which a range has no others between', () => {
    const migration = (version: number) => ({ version, name: `m${version}` });
    const adopted = (version: number) =>
      ({ ...migration(version), recorded: undefined, appliedAt: undefined, checksum: 'unchecked' }) as const;
    const here = (found: readonly number[], pending: readonly number[], already: readonly number[] = []): string =>
      renderAdoption('app.db', {
        tool: 'Knex',
        table: 'knex_migrations',
        applied: found.length,
        migrations: found.map(adopted),
        differences: [],
        onlyInNew: [],
        repeatables: [],
        already: already.map(migration),
        pending: pending.map(migration),
      })[1]!.trim();
    expect(here([1], [])).toBe('here       001_m1');
    expect(here([1, 3, 7], [9])).toBe('here       001_m1 to 007_m7');
    expect(here([1, 2, 4, 5, 7], [3], [6])).toBe('here       001_m1 to 002_m2, 004_m4 to 005_m5, 007_m7');
    expect(here([1, 3, 5, 7, 8, 10], [2, 4, 6, 9])).toBe('here       001_m1, 003_m3, 005_m5, 3 more');
  });

  it('is written by an export', () => {
    const one = { version: 3, name: 'tags', recorded: '003_tags.js' };
    expect(renderExport({ tool: 'Knex', table: 'k', added: [one], removed: [one], updated: [one] })).toEqual([
      '  003_tags  recorded as 003_tags.js',
      '  003_tags  no longer recorded as 003_tags.js',
      '  003_tags  recorded as 003_tags.js with the present checksum',
    ]);
  });
});

describe('renderHistory', () => {
  const when = time(at);
  const history = (run: Partial<HistoryEntry>, ...migrations: Partial<Attempt>[]): HistoryEntry => ({
    ...attempt(),
    ...run,
    migrations: migrations.map((one, i) => attempt({ version: i + 1, name: `m${i + 1}`, ...one })),
  });

  it('shows what each run did and how it ended', () => {
    const lines = renderHistory(
      [
        history({ status: 'running', finishedAt: null, tool: null, host: null }),
        history({ status: 'failed', errorCode: 'LOCKED' }),
        history({ status: 'failed', errorCode: 'X' }, {}, {}, {}, { status: 'failed', errorCode: 'STATEMENT_FAILED' }),
        history({ status: 'interrupted' }, {}, { status: 'interrupted' }),
      ],
      'app.db',
      style,
    );
    expect(lines).toEqual(
      [
        '  started              run  ended         took  migrations                                       by',
        `  ${when}  up   running`,
        `  ${when}  up   failed       61 ms  LOCKED                                           dunlin up on web-1`,
        `  ${when}  up   failed       61 ms  001_m1 to 003_m3 (3), 004_m4 failed STATEMENT_FAILED  dunlin up on web-1`,
        `  ${when}  up   interrupted  61 ms  001_m1, 002_m2 interrupted                       dunlin up on web-1`,
      ].map(
        (line) =>
          expect.stringMatching(new RegExp(`^${line.replace(/[()]/g, '\\$&').replace(/ {2,}/g, ' +')}$`)) as string,
      ),
    );
  });

  it('shows no time for what was only recorded', () => {
    const recorded = (['adopt', 'baseline'] as const).map((direction) => history({ direction }, { direction }));
    expect(renderHistory(recorded, 'app.db', style).join('\n')).not.toContain('ms');
  });

  it('colours what did not end well', () => {
    const lines = renderHistory([history({ status: 'failed' })], 'app.db', { ...style, colors: colors(true) });
    expect(lines[1]).toContain('\u001b[31mfailed\u001b[39m');
  });

  it('is data', () => {
    const failed = history({ finishedAt: null, errorCode: 'X', error: 'm', startedAt: '2026-10-27 12:00:01' }, {});
    expect(historyDocument([failed])).toMatchObject({
      runs: [
        {
          startedAt: at,
          finishedAt: null,
          error: { code: 'X', message: 'm' },
          migrations: [{ version: 1, error: null }],
        },
      ],
    });
  });
});

function step(more: Partial<PlanStep> = {}): PlanStep {
  return {
    version: 5,
    name: 'orders_index',
    label: undefined,
    direction: 'up',
    file: 'migrations/005_orders_index.sql',
    kind: 'sql',
    description: undefined,
    group: 1,
    transaction: true,
    foreignKeys: false,
    destructive: [],
    together: [],
    statements: [],
    verifications: [],
    touches: { creates: [], alters: [], drops: [], rebuilds: [], writes: [] },
    rebuilds: [],
    reversible: true,
    warnings: [],
    ...more,
  };
}

function plan(steps: readonly PlanStep[], more: Partial<Plan> = {}): Plan {
  return {
    direction: 'up',
    from: 4,
    to: 5,
    fromLabel: undefined,
    toLabel: '1.2.0',
    steps,
    problems: [],
    notes: [],
    guards: 'values',
    ...more,
  };
}

const statement = (sql: string, summary: string, reason?: string): PlanStep['statements'][number] => ({
  sql,
  summary,
  action: reason === undefined ? 'run' : 'skip',
  reason,
  location: { file: 'f', line: 3, column: 1, offset: 9 },
});

describe('renderPlan', () => {
  const planStyle = { ...style, database: 'app.db', bytes: 12_400_000, verbose: false, width: 88 };

  it('says what a migration happens together with', () => {
    const lines = renderPlan(plan([step({ together: [4, 5, 6] })]), planStyle);
    expect(lines).toContain('      happens together with 004, 006, or not at all: checked after the last');
    expect(renderPlan(plan([step()]), planStyle).join('\n')).not.toContain('together');
  });

  it('shows every statement with what it does', () => {
    const lines = renderPlan(
      plan([
        step({
          label: '1.2.0',
          description: 'For the monthly report',
          statements: [
            statement('CREATE INDEX i\n  ON orders(user_id)', 'reads orders once'),
            statement('PRAGMA foreign_keys = OFF', '', 'the run does it anyway'),
            statement('SELECT 1', 'SELECT…'),
          ],
          verifications: ['every order has a user'],
          transaction: false,
          foreignKeys: true,
          destructive: ['notes', 'users.email'],
          warnings: ['the DOWN part is empty'],
        }),
      ]),
      planStyle,
    );
    expect(lines).toEqual([
      '1 pending on app.db (12.4 MB). Nothing is changed by this command.',
      '',
      '  005 orders_index (1.2.0)                               migrations/005_orders_index.sql',
      '      For the monthly report',
      '      CREATE INDEX i ON orders(user_id)',
      '        reads orders once',
      '      PRAGMA foreign_keys = OFF',
      '        skipped: the run does it anyway',
      '      SELECT 1',
      '      verified by: every order has a user',
      '      runs outside a transaction',
      '      runs with foreign keys enforced',
      '      may lose notes, users.email: declared destructive',
      '      can be rolled back',
      '      warning: the DOWN part is empty',
    ]);
  });

  it('names the table of another tool that the run writes as well', () => {
    const knex = { tool: 'Knex', table: 'knex_migrations', behind: 0 };
    expect(renderPlan(plan([step()], { mirror: knex }), planStyle)).toContain(
      '  would record it in the table "knex_migrations" of Knex as well',
    );
    const behind = renderPlan(plan([step()], { mirror: { ...knex, tool: undefined, behind: 1 } }), planStyle);
    expect(behind).toContain(
      '  would record it in the table "knex_migrations" as well, after 1 change of earlier runs',
    );
  });

  it('counts the rest of many statements; --verbose shows them, as they are written', () => {
    const many = Array.from({ length: 15 }, (_, i) => statement(`CREATE TABLE t${i} (\n  a\n)`, `creates table t${i}`));
    const short = renderPlan(plan([step({ statements: many })]), planStyle);
    expect(short).toContain('      and 3 more statements (--verbose shows them)');
    expect(short).not.toContain('        creates table t14');
    const full = renderPlan(plan([step({ statements: many })]), {
      ...planStyle,
      verbose: true,
      width: Number.POSITIVE_INFINITY,
    });
    expect(full).toContain('      CREATE TABLE t14 (');
    expect(full).toContain('        creates table t14');
  });

  it('code, the way down, a narrow terminal, an empty plan', () => {
    const code = renderPlan(plan([step({ kind: 'code', destructive: true })]), {
      ...planStyle,
      width: 40,
      bytes: undefined,
    });
    expect(code).toEqual([
      '1 pending on app.db (new). Nothing is',
      'changed by this command.',
      '',
      '  005 orders_index',
      '      migrations/005_orders_index.sql',
      '      code: its statements are known',
      '      when it runs',
      '      may lose anything: declared',
      '      destructive',
    ]);
    const down = plan([step({ direction: 'down', reversible: false })], { direction: 'down' });
    expect(renderPlan(down, planStyle)[0]).toContain('1 to roll back on app.db');
    expect(renderPlan(plan([]), { ...planStyle, bytes: 0 })[0]).toContain('nothing pending on app.db (new)');
    expect(renderPlan(plan([], { problems: [new DunlinError('USAGE', 'm', 'h')] }), planStyle)).toEqual([]);
    const skipped = [{ ...statement('BEGIN', ''), action: 'skip' as const }];
    expect(renderPlan(plan([step({ statements: skipped, reversible: false })]), planStyle)).toEqual(
      expect.arrayContaining(['        skipped: the run does it anyway', '      cannot be rolled back']),
    );
  });

  it('is data', () => {
    const document = planDocument(
      plan([step({ label: '1', description: 'd', statements: [statement('A', 's', 'r')] })]),
      5,
    );
    expect(document).toMatchObject({
      bytes: 5,
      fromLabel: null,
      toLabel: '1.2.0',
      steps: [
        {
          label: '1',
          description: 'd',
          statements: [{ sql: 'A', line: 3, column: 1, action: 'skip', reason: 'r', summary: 's' }],
        },
      ],
    });
    expect(planDocument(plan([], { fromLabel: '1', toLabel: undefined }), undefined)).toMatchObject({
      fromLabel: '1',
      toLabel: null,
      bytes: null,
    });
  });
});

describe('rollbackEffects', () => {
  it('says what rolling back takes away', () => {
    const touches = { creates: [], alters: ['b'], drops: ['users', 'notes'], rebuilds: ['a'], writes: ['c'] };
    const one = rollbackEffects(plan([step({ direction: 'down', touches })]), 'app.db');
    expect(one).toEqual({
      what: '005_orders_index on app.db',
      losses: ['  005_orders_index: drops users, notes with what they hold; rebuilds a; alters b; changes rows of c'],
    });
    const two = rollbackEffects(
      plan([step({ direction: 'down', kind: 'code' }), step({ direction: 'down' }), step()]),
      'app.db',
    );
    expect(two).toEqual({
      what: '2 migrations on app.db',
      losses: ['  005_orders_index: runs its down()', '  005_orders_index: drops nothing'],
    });
  });
});

describe('renderRepairs', () => {
  const migration = { version: 3, name: 'tidy' };
  const file = 'migrations/003_tidy.sql';

  it('shows differences line by line, far ones apart', () => {
    const text = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n');
    const present = text.replace('line 0', 'first').replace('line 19', 'last');
    const lines = renderRepairs([{ kind: 'accept', migration, file, recorded: `${text}\r\n`, present }], colors(false));
    expect(lines.slice(0, 4)).toEqual([
      '003_tidy  edited after it was applied  migrations/003_tidy.sql',
      '',
      '  -line 0',
      '  +first',
    ]);
    expect(lines).toContain('  ...');
    expect(lines.slice(-4)).toEqual([
      '  - as applied   + as it is now',
      '',
      '  Accepting records the present text and runs none of it:',
      '  what the database lacks needs a new migration.',
    ]);
  });

  it('tells missing and renamed files, and texts that were not recorded', () => {
    expect(
      renderRepairs(
        [
          { kind: 'forget', migration },
          { kind: 'rename', migration, to: 'tidy_up' },
          { kind: 'accept', migration, file, recorded: undefined, present: 'x' },
        ],
        colors(false),
      ),
    ).toEqual([
      '003_tidy  its file is missing; accepting forgets that it was applied',
      '',
      '003_tidy  its file is now called tidy_up',
      '',
      '003_tidy  edited after it was applied  migrations/003_tidy.sql',
      '',
      '  the text that was applied is not recorded, so the difference cannot be shown',
    ]);
  });
});

describe('renderTrial', () => {
  const up = { version: 7, name: 'tidy', direction: 'up' as const, executionTimeMs: 4, statements: 2, rebuilt: [] };

  it('shows both ways and the rows that changed', () => {
    const rows = [
      { table: 'users', before: 48_210, after: 48_209 },
      { table: 'old', before: 3, after: undefined },
      { table: 'new', before: undefined, after: 1 },
    ];
    const rebuilt = [
      { table: 'users', rows: 48_209, check: 'counted' as const, columns: [], transformed: [], kept: [] },
    ];
    const result = {
      migration: up,
      up: { ...up, rebuilt },
      down: { ...up, direction: 'down' as const, statements: 0 },
      rows,
      notes: [],
    };
    expect(trialDocument(result)).toMatchObject({ up: { rebuilt }, down: { rebuilt: [] } });
    expect(renderTrial(result, 'app.db', style)).toEqual([
      '007_tidy on a copy of app.db',
      '',
      '  up    2 statements   4 ms',
      '        rebuilds users (48,209 rows counted, values not compared)',
      '  down  no statements  4 ms',
      '',
      '  rows of  before   after',
      '  users    48,210  48,209',
      '  old           3    gone',
      '  new         new       1',
      '',
      'It works, and rolling it back works.',
    ]);
  });

  it('without a way down', () => {
    const result = {
      migration: up,
      up,
      down: undefined,
      rows: [{ table: 't', before: undefined, after: undefined }],
      notes: [],
    };
    expect(renderTrial(result, 'app.db', style).at(-1)).toBe('It works.');
    expect(trialDocument(result)).toMatchObject({ down: null, rows: [{ table: 't', before: null, after: null }] });
  });
});

describe('errors as data', () => {
  it('carry all problems and how far it got', () => {
    const ref = { version: 1, name: 'a' };
    const inner = new DunlinError('MARKER_TWICE', 'first', 'h', {
      migration: ref,
      location: { file: 'f', line: 1, column: 2, offset: 0 },
    });
    const error = new DunlinError('SEVERAL_PROBLEMS', 'm', 'h', {
      problems: [inner],
      applied: [ref],
      failed: ref,
      pending: [ref],
    });
    expect(errorDocument(error)).toEqual({
      error: {
        code: 'SEVERAL_PROBLEMS',
        message: 'm',
        hint: 'h',
        migration: null,
        location: null,
        problems: [
          {
            code: 'MARKER_TWICE',
            message: 'first',
            hint: 'h',
            migration: ref,
            location: { file: 'f', line: 1, column: 2, statement: null },
          },
        ],
      },
      failed: { ...ref, code: 'SEVERAL_PROBLEMS', location: null },
      applied: [ref],
      pending: [ref],
      backup: null,
    });
    expect(problem('text')).toEqual({ code: 'UNEXPECTED', message: 'text', hint: null });
  });
});
