import { expect, it } from 'vitest';
import { driverError, recordBridge } from '../testing/index.ts';
import { memory, perform } from '../../test/support/memory.ts';
import {
  cascadeClosure,
  readViolations,
  findInvalidReferences,
  readChildren,
  readParents,
  referencesOf,
} from './foreign-keys.ts';
import { readInventory } from './inventory.ts';

const family = `PRAGMA foreign_keys = OFF;
  CREATE TABLE P (id INTEGER PRIMARY KEY);
  CREATE TABLE c (p_id REFERENCES p (id) ON DELETE CASCADE, q_id REFERENCES Nowhere);
  CREATE TABLE g (c_id REFERENCES C (rowid) ON DELETE CASCADE, g_id REFERENCES g, p_id INTEGER, FOREIGN KEY (p_id) REFERENCES "P" ON DELETE SET NULL);
  CREATE TABLE plain (note TEXT DEFAULT 'references p');
  INSERT INTO c VALUES (1, NULL), (2, NULL), (NULL, 3);`;

it('reads who refers to whom from the texts', () => {
  const references = referencesOf(
    perform(
      readInventory(() => false),
      memory(family),
    ),
  );
  expect([...references].map(([child, parents]) => [child, [...parents]])).toEqual([
    ['c', ['p', 'nowhere']],
    ['g', ['c', 'g', 'p']],
  ]);
});

it('counts violations by parent', () => {
  const bridge = memory(family);
  expect(perform(readViolations('C'), bridge)).toEqual({
    byParent: new Map([
      ['nowhere', new Map([['3', 1]])],
      [
        'p',
        new Map([
          ['1', 1],
          ['2', 1],
        ]),
      ],
    ]),
    unknown: undefined,
  });
  expect(perform(readViolations('plain'), bridge)).toEqual({ byParent: new Map(), unknown: undefined });
});

it('says where SQLite cannot tell', () => {
  const bridge = memory(
    'CREATE TABLE p (a); CREATE TABLE c (a REFERENCES p (a)); PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (1);',
  );
  expect(perform(readViolations('c'), bridge)).toEqual({
    byParent: new Map(),
    unknown: 'foreign key mismatch - "c" referencing "p"',
  });
});

it('lets a failing disk be one', () => {
  const bridge = recordBridge(memory(family));
  bridge.failWhen('foreign_key_check', driverError('SQLITE_IOERR', 'disk I/O error'));
  expect(() => perform(readViolations('c'), bridge)).toThrow('disk I/O error');
});

it('closes over ON DELETE CASCADE', () => {
  const bridge = memory(family);
  expect([...perform(cascadeClosure('p'), bridge)]).toEqual(['p', 'c', 'g']);
  expect([...perform(cascadeClosure('G'), bridge)]).toEqual(['g']);
});

it('reads parents and children as they are now', () => {
  const bridge = memory(family);
  expect([...perform(readParents('G'), bridge)].toSorted()).toEqual(['c', 'g', 'p']);
  expect(perform(readChildren('p'), bridge)).toEqual(['c', 'g']);
  expect(perform(readChildren('G'), bridge)).toEqual([]);
  expect(perform(readChildren('nowhere'), bridge)).toEqual([]);
});

it('finds the foreign keys that name no table', () => {
  const bridge = memory(
    `${family} CREATE VIEW v AS SELECT 1 AS id; CREATE TABLE "o o" (a REFERENCES v, b REFERENCES Nowhere, c REFERENCES nowhere, d REFERENCES p);
     CREATE VIRTUAL TABLE search USING fts5 (reference, "references");`,
  );
  expect(perform(findInvalidReferences(), bridge)).toEqual({
    dangling: [
      { child: 'c', parent: 'Nowhere' },
      { child: 'o o', parent: 'v' },
      { child: 'o o', parent: 'Nowhere' },
      { child: 'o o', parent: 'nowhere' },
    ],
    // Without a primary key there is nothing that REFERENCES g could mean.
    mismatched: [{ child: 'g', parent: 'g' }],
    tables: expect.arrayContaining(['P', 'c', 'g', 'plain', 'o o']) as string[],
  });
  expect(perform(findInvalidReferences(), memory('CREATE TABLE t (a);'))).toEqual({
    dangling: [],
    mismatched: [],
    tables: [],
  });
});

it.each([
  ['a missing column', 'x REFERENCES p (nosuch)'],
  ['a column that is not unique', 'x REFERENCES p (name)'],
  ['a column that is unique only partially', 'x REFERENCES p (part)'],
  ['a column that is unique under another collation', 'x REFERENCES p (mail)'],
  ['one of two unique columns', 'x REFERENCES p (a)'],
  ['the primary key by two columns', 'x, y, FOREIGN KEY (x, y) REFERENCES p'],
])('finds a foreign key to %s', (_, columns) => {
  const bridge = memory(
    `CREATE TABLE p (id INTEGER PRIMARY KEY, name, part, mail, a, b, UNIQUE (a, b));
     CREATE UNIQUE INDEX p_part ON p (part) WHERE id > 1; CREATE UNIQUE INDEX p_mail ON p (mail COLLATE NOCASE);
     CREATE TABLE "c ""c" (${columns}); PRAGMA foreign_keys = OFF; INSERT INTO "c ""c" DEFAULT VALUES;`,
  );
  expect(perform(findInvalidReferences(), bridge)).toMatchObject({
    dangling: [],
    mismatched: [{ child: 'c "c', parent: 'p' }],
  });
});

it('finds nothing wrong with foreign keys to a whole key, in any order', () => {
  const bridge = memory(
    `CREATE TABLE p (id INTEGER PRIMARY KEY, a, b, mail TEXT COLLATE NOCASE, UNIQUE (a, b)); CREATE UNIQUE INDEX p_mail ON p (mail);
     CREATE TABLE c (x REFERENCES p, y REFERENCES p (id), z REFERENCES p (mail), b, a, up REFERENCES c (own), own UNIQUE, FOREIGN KEY (b, a) REFERENCES p (b, a));`,
  );
  expect(perform(findInvalidReferences(), bridge)).toMatchObject({ dangling: [], mismatched: [] });
});
