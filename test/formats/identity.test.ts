import { expect, it } from 'vitest';
import { Project } from './support.ts';

const table = (name: string): string => `CREATE TABLE ${name} (id);`;

it('a row keeps its migration when dotted versions come and go, also if the file was edited', async () => {
  const project = new Project({ 'V10__a.sql': table('a'), 'V20__b.sql': table('b') });
  await project.up();
  project.write({ 'V10.5__x.sql': table('x'), 'V20__b.sql': `${table('b')} SELECT 1;` });
  expect(await project.status()).toEqual(['1 V10__a applied', '2 V10.5__x out-of-order', '3 V20__b edited']);
  expect(await project.problems({ outOfOrder: 'allow' })).toEqual([expect.stringMatching(/^MIGRATION_EDITED /)]);
  await project.with((runner) => runner.repair([3]));
  expect(await project.up({ outOfOrder: 'allow' })).toEqual(['2 V10.5__x']);
  expect(project.rows()).toEqual([
    [2, 'V10.5__x'],
    [10, 'V10__a'],
    [20, 'V20__b'],
  ]);
  // Whole numbers again.
  project.write({ 'V10.5__x.sql': undefined, 'V20__b.sql': `${table('b')} SELECT 2;`, 'V2__c.sql': table('c') });
  expect(await project.status()).toEqual(['2 c out-of-order', '10 a applied', '20 b edited', '21 V10.5__x missing']);
});

it('what `repair` records under a position is found again', async () => {
  const project = new Project({ 'V1__a.sql': table('a'), 'V1.1__x.sql': table('x'), 'V5__c.sql': table('c') });
  await project.up();
  project.write({ 'V1.1__x.sql': undefined, 'V5__c.sql': `${table('c')} SELECT 1;` });
  const changes = await project.with((runner) => runner.repairs());
  expect(changes.map(({ kind, migration }) => `${kind} ${migration.version} ${migration.name}`)).toEqual([
    'accept 5 c',
    'forget 6 V1.1__x',
  ]);
  await project.with((runner) => runner.repair([5, 6]));
  expect(project.rows()).toEqual([
    [1, 'V1__a'],
    [3, 'V5__c'],
  ]);
  expect(await project.up()).toEqual([]);
  project.write({ 'V3__n.sql': table('n') });
  expect(await project.up({ outOfOrder: 'allow' })).toEqual(['3 n']);
  expect(await project.status()).toEqual(['1 a applied', '3 n applied', '5 c applied']);
});

it('a file that is called what follows a number does not take the row of that number', async () => {
  const marked = (name: string): string => `-- +migrate Up\n${table(name)}\n`;
  const project = new Project({ '1_init.sql': marked('a'), '2_b.sql': marked('b') }, { format: 'sql-migrate' });
  await project.up();
  project.write({ 'init.sql': marked('x') });
  expect(await project.status()).toEqual(['1 init out-of-order', '2 1_init applied', '3 2_b applied']);
});

it('two spellings of one number are two migrations', async () => {
  const text = '-- +migrate Up\nSELECT 1;\n';
  const project = new Project({ '01_a.sql': text }, { format: 'sql-migrate' });
  await project.up();
  project.write({ '1_a.sql': text });
  expect(await project.status()).toEqual(['1 01_a applied', '2 1_a pending']);
});

it('a number that was a position is not the version of another file', async () => {
  const project = new Project({
    'V1__a.sql': table('a'),
    'V1.1__seed.sql': table('x'),
    'V1.2__y.sql': table('y'),
    'V5__c.sql': table('c'),
  });
  await project.up();
  project.write({ 'V1.1__seed.sql': undefined, 'V1.2__y.sql': undefined, 'V3__n.sql': table('n') });
  const problems = await project.problems({ outOfOrder: 'allow' });
  expect(problems).toEqual([
    expect.stringMatching(/^MIGRATION_MISSING .*V1\.1__seed/),
    expect.stringMatching(/^MIGRATION_MISSING .*V1\.2__y/),
  ]);
  expect(await project.status()).toContain('3 n out-of-order');
  // The recorded text under another number is no longer taken for granted.
  project.write({ 'V2__more.sql': table('x') });
  expect(await project.problems({ outOfOrder: 'allow' })).toContainEqual(
    expect.stringMatching(/^MIGRATION_RENUMBERED .*V1\.1__seed/),
  );
});

it('a file that is renamed under its number is the same one, whatever the key of its row', async () => {
  const project = new Project({ 'V1__a.sql': table('a'), 'V1.1__x.sql': table('x'), 'V5__c.sql': table('c') });
  await project.up();
  project.write({ 'V1.1__x.sql': undefined, 'V5__c.sql': undefined, 'V5__d.sql': table('c') });
  const { notes, problems } = await project.with((runner) => runner.plan());
  expect(notes).toContainEqual(expect.stringContaining('V5__d.sql was called c when it was applied'));
  expect(problems.map(({ code }) => code)).toEqual(['MIGRATION_MISSING']);
  await project.with((runner) => runner.repair([5, 6]));
  expect(project.rows()).toEqual([
    [1, 'V1__a'],
    [3, 'V5__d'],
  ]);
  project.write({ 'V5__d.sql': undefined, 'V5__e.sql': table('e') });
  expect(await project.problems()).toEqual([expect.stringMatching(/^VERSION_CONFLICT .* 5 d /)]);
});

it('rolls back one in the middle, which comes back under a key of its own', async () => {
  const project = new Project({
    'V1__a.sql': table('a'),
    'V1.1__x.sql': table('x'),
    'V2__b.sql': table('b'),
    'U2__b.sql': 'DROP TABLE b;',
    'V3__c.sql': table('c'),
    'U3__c.sql': 'DROP TABLE c;',
  });
  await project.up();
  await project.down(2);
  project.write({ 'V1.5__m.sql': table('m') });
  expect(await project.up()).toEqual(['3 V1.5__m', '4 V2__b', '5 V3__c']);
  expect(project.rows().map((row) => (row as readonly unknown[])[1])).toEqual([
    'V1__a',
    'V1.1__x',
    'V1.5__m',
    'V2__b',
    'V3__c',
  ]);
});

it('a renumbered file keeps its name, and tells files with one text apart', async () => {
  const project = new Project({ 'V1__a.sql': table('a'), 'V2__b.sql': 'SELECT 1;', 'V3__c.sql': 'SELECT 1;' });
  await project.up();
  project.write({ 'V2__b.sql': undefined, 'V3__c.sql': undefined, 'V4__c.sql': 'SELECT 1;', 'V5__b.sql': 'SELECT 1;' });
  const changes = await project.with((runner) => runner.repairs());
  expect(changes).toMatchObject([
    { kind: 'renumber', migration: { version: 2, name: 'b' }, to: { version: 5, name: 'b' } },
    { kind: 'renumber', migration: { version: 3, name: 'c' }, to: { version: 4, name: 'c' } },
  ]);
  await project.with((runner) => runner.repair([2, 3]));
  expect(await project.up()).toEqual([]);
  expect(project.rows()).toEqual([
    [1, 'V1__a'],
    [2, 'V5__b'],
    [3, 'V4__c'],
  ]);
});

it('the `filename` layout finds a renamed file by its number', async () => {
  const text = '-- +migrate Up\nSELECT 1;\n';
  const project = new Project({ '1_a.sql': text, '2_b.sql': text }, { format: 'sql-migrate', layout: 'filename' });
  await project.up();
  project.write({ '2_b.sql': undefined, '2_c.sql': text });
  const { notes, problems } = await project.with((runner) => runner.plan());
  expect([problems, notes]).toEqual([[], [expect.stringContaining('2_c.sql was called b when it was applied')]]);
});
