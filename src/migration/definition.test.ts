import { describe, expect, expectTypeOf, it } from 'vitest';
import { isDunlinError } from '../errors/index.ts';
import { checkDefinition, defineMigration } from './definition.ts';
import { problemsOf } from './problems.ts';
import type { AsyncMigrationDatabase, MigrationDatabase, MigrationDefinition } from './types.ts';

const origin = { file: 'm/002_add_roles.ts', id: '002_add_roles', migration: { version: 2, name: 'add_roles' } };
const up = (): void => undefined;

function errorOf(exported: unknown): string {
  try {
    checkDefinition(exported, origin);
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return problemsOf(error)
      .map(({ code, message, hint }) => `${code}\n  ${message}\n  ${hint}`)
      .join('\n');
  }
  return 'accepted';
}

describe('checkDefinition', () => {
  it('accepts the named exports of a module', () => {
    const module = { version: 2, up, down: 'DROP TABLE t', helper: 1 };
    expect(checkDefinition(module, origin)).toBe(module);
  });

  it('takes a default export, also from CommonJS', () => {
    const definition = defineMigration({ up, destructive: ['a'], foreignKeys: true });
    expect(checkDefinition({ default: definition }, origin)).toBe(definition);
    expect(checkDefinition({ default: { __esModule: true, default: definition } }, origin)).toBe(definition);
    expect(checkDefinition({ default: { up }, up }, origin)).toMatchObject({ up });
  });

  it('takes CommonJS exports, which are both default and named', () => {
    const exports = { up };
    expect(checkDefinition({ default: exports, ...exports }, origin)).toMatchObject({ up });
  });

  it('accepts a name with and without the version', () => {
    expect(errorOf({ up, name: 'add_roles' })).toBe('accepted');
    expect(errorOf({ up, name: '002_add_roles' })).toBe('accepted');
  });

  it('leaves version and name alone when it does not know the file', () => {
    expect(checkDefinition({ up, version: 9 }, { file: 'x.ts' })).toMatchObject({ version: 9 });
  });

  it('accepts what is undefined', () => {
    expect(errorOf({ default: { up, down: undefined, author: undefined } })).toBe('accepted');
  });

  it.each([[undefined], [null], [1], [{}], [{ default: up }]])('needs an up: %j', (exported) => {
    expect(errorOf(exported)).toContain('UP_MISSING');
  });

  it('reports what is missing or duplicated', () => {
    expect(errorOf({})).toMatchInlineSnapshot(`
      "UP_MISSING
        m/002_add_roles.ts exports no \`up\`; it exports nothing.
        Nothing was changed. Write \`export function up(db) { ... }\`, or \`export default defineMigration({ up(db) { ... } })\`."
    `);
    expect(errorOf({ apply: up, rollback: up })).toMatchInlineSnapshot(`
      "UP_MISSING
        m/002_add_roles.ts exports no \`up\` (it exports apply, rollback).
        Nothing was changed. Rename \`apply\` to \`up\`."
    `);
    expect(errorOf({ up, default: { up: (): void => undefined } })).toMatchInlineSnapshot(`
      "UP_TWICE
        m/002_add_roles.ts exports \`up\` twice: by name, and in its default export.
        Nothing was changed. Keep one of them."
    `);
  });

  it('reports a version and a name that differ from the file’s', () => {
    expect(errorOf({ up, version: 3, name: 'add_rules' })).toMatchInlineSnapshot(`
      "DEFINITION_DISAGREES
        m/002_add_roles.ts says that its version is 3, but its file name says 2.
        Nothing was changed. Correct one of them, or leave \`version\` out: the file name is enough.
      DEFINITION_DISAGREES
        m/002_add_roles.ts says that its name is add_rules, but its file name says add_roles.
        Nothing was changed. Correct one of them, or leave \`name\` out: the file name is enough."
    `);
  });

  it('reports a wrong type', () => {
    expect(
      errorOf({
        version: '2',
        name: up,
        description: null,
        destructive: [1],
        foreignKeys: 'on',
        up: {},
        down: [],
        verify: 'SELECT 1',
      }),
    ).toMatchInlineSnapshot(`
      "DEFINITION_TYPE
        m/002_add_roles.ts: \`version\` has to be a whole number, but is the string "2".
        Nothing was changed. Correct it; with \`defineMigration\` the compiler and the editor check the types.
      DEFINITION_TYPE
        m/002_add_roles.ts: \`name\` has to be a string, but is a function.
        Nothing was changed. Correct it; with \`defineMigration\` the compiler and the editor check the types.
      DEFINITION_TYPE
        m/002_add_roles.ts: \`description\` has to be a string, but is null.
        Nothing was changed. Correct it; with \`defineMigration\` the compiler and the editor check the types.
      DEFINITION_TYPE
        m/002_add_roles.ts: \`destructive\` has to be true or an array of names, but is an array.
        Nothing was changed. Correct it; with \`defineMigration\` the compiler and the editor check the types.
      DEFINITION_TYPE
        m/002_add_roles.ts: \`foreignKeys\` has to be true or false, but is the string "on".
        Nothing was changed. Correct it; with \`defineMigration\` the compiler and the editor check the types.
      DEFINITION_TYPE
        m/002_add_roles.ts: \`up\` has to be a function or a string of SQL, but is an object.
        Nothing was changed. Correct it; with \`defineMigration\` the compiler and the editor check the types.
      DEFINITION_TYPE
        m/002_add_roles.ts: \`down\` has to be a function or a string of SQL, but is an array.
        Nothing was changed. Correct it; with \`defineMigration\` the compiler and the editor check the types.
      DEFINITION_TYPE
        m/002_add_roles.ts: \`verify\` has to be a function, but is the string "SELECT 1".
        Nothing was changed. Correct it; with \`defineMigration\` the compiler and the editor check the types."
    `);
  });

  it('reports an unknown key', () => {
    expect(errorOf({ default: { up, verfy: up, noTransaction: true } })).toMatchInlineSnapshot(`
      "DEFINITION_KEY_UNKNOWN
        m/002_add_roles.ts: a migration has no \`verfy\`.
        Nothing was changed. Did you mean \`verify\`?
      DEFINITION_KEY_UNKNOWN
        m/002_add_roles.ts: a migration has no \`noTransaction\`.
        Nothing was changed. It may have version, name, description, author, date, schemaVersion, destructive, foreignKeys, together, up, down, verify."
    `);
  });

  it('reports a typing error in a module, but accepts helpers', () => {
    expect(errorOf({ up, dwon: up })).toContain('Did you mean `down`?');
    expect(errorOf({ up, names: 1, helper: 2 })).toBe('accepted');
  });
});

describe('SQL in a definition', () => {
  it.each([
    '-- Down',
    '-- +goose Down',
    '--- Down ---',
    '-- === DOWN MIGRATION ===',
    '-- === VERIFY ===',
    '---- create above / drop below ----',
  ])('may not be divided by %s', (marker) => {
    const sql = `CREATE TABLE t (x);\n${marker}\nDROP TABLE t;`;
    expect(errorOf({ up: sql })).toContain(`MARKER_FOREIGN\n  the \`up\` of m/002_add_roles.ts: \`${marker}\``);
    expect(errorOf({ up: 'SELECT 1', down: sql })).toContain('the `down` of m/002_add_roles.ts');
  });

  it('may have comments, and text that only SQLite can parse', () => {
    for (const sql of ['-- adds t\nSELECT 1', "SELECT '-- Down'", "-- x\nSELECT 'open", 'SELECT 1 /* down */;'])
      expect(errorOf({ up: sql })).toBe('accepted');
  });
});

describe('defineMigration', () => {
  it('returns the definition and types the database', () => {
    const sync = defineMigration({
      up(db) {
        expectTypeOf(db).toEqualTypeOf<MigrationDatabase>();
      },
      verify: (db) => db.get('SELECT 1') !== undefined,
    });
    const async = defineMigration<AsyncMigrationDatabase>({
      async up(db) {
        expectTypeOf(db).toEqualTypeOf<AsyncMigrationDatabase>();
        await db.exec('SELECT 1');
      },
    });
    expectTypeOf(sync).toEqualTypeOf<MigrationDefinition>();
    expect([typeof sync.up, typeof async.up]).toEqual(['function', 'function']);
  });
});
