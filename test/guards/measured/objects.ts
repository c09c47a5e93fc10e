import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { onlyOlder, fails, names, passes, type Subject } from './case.ts';
import { rebuild, replace, t, u } from './schemas.ts';

const fields = 'id INTEGER PRIMARY KEY, name TEXT, email TEXT';
const rebuiltAs = (id: string, rest = 'name TEXT, email TEXT'): string =>
  rebuild('t', `id ${id}, ${rest}`, 'INSERT INTO n SELECT * FROM t');

const rowidAlias: Subject = {
  name: 'a column that is no longer the rowid',
  cases: [
    fails('INT PRIMARY KEY', t, rebuiltAs('INT PRIMARY KEY'), 'ROWID_ALIAS_LOST', names('t', 'id', 'INT')),
    fails('BIGINT PRIMARY KEY', t, rebuiltAs('BIGINT PRIMARY KEY'), 'ROWID_ALIAS_LOST', names('t', 'id', 'BIGINT')),
    fails('no key at all', t, rebuiltAs('INTEGER'), 'ROWID_ALIAS_LOST', names('t', 'id', 'INTEGER')),
    fails('INTEGER UNIQUE', t, rebuiltAs('INTEGER UNIQUE'), 'ROWID_ALIAS_LOST', names('t', 'id')),
    fails(
      'INTEGER PRIMARY KEY DESC, which is no alias',
      t,
      rebuiltAs('INTEGER PRIMARY KEY DESC'),
      'ROWID_ALIAS_LOST',
      names('t', 'id'),
    ),
    fails(
      'a key of two columns',
      t,
      rebuiltAs('INTEGER', 'name TEXT, email TEXT, PRIMARY KEY (id, name)'),
      'ROWID_ALIAS_LOST',
      names('t', 'id'),
    ),
    fails(
      'another column is the rowid now',
      t,
      rebuild(
        't',
        'id INTEGER, name TEXT, email TEXT, seq INTEGER PRIMARY KEY',
        'INSERT INTO n (id, name, email) SELECT * FROM t',
      ),
      'ROWID_ALIAS_LOST',
      names('t', 'id'),
    ),
    fails(
      'by CREATE TABLE AS and a rename',
      t,
      `CREATE TABLE n AS SELECT * FROM t; ${replace('t')}`,
      'ROWID_ALIAS_LOST',
      names('t', 'id'),
    ),
    fails(
      'through a temporary table',
      t,
      'CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (id INT PRIMARY KEY, name TEXT, email TEXT); INSERT INTO t SELECT * FROM k;',
      'ROWID_ALIAS_LOST',
      names('t', 'id'),
    ),
    fails(
      'rename-old-first, with quoted names',
      t,
      'ALTER TABLE t RENAME TO old; CREATE TABLE "t" ("id" BIGINT, name TEXT, email TEXT, PRIMARY KEY ("id")); INSERT INTO t SELECT * FROM old; DROP TABLE old;',
      'ROWID_ALIAS_LOST',
      names('t', 'id', 'BIGINT'),
    ),
    onlyOlder(
      passes(
        'of a table without rows',
        `CREATE TABLE t (${fields}); ${u}`,
        rebuiltAs('INT PRIMARY KEY'),
        /rebuilds t, which has no rows, without: the INTEGER PRIMARY KEY id$/,
      ),
    ),
    fails(
      'of a table that an earlier migration of the run made and filled',
      u,
      [t, rebuiltAs('INT PRIMARY KEY')],
      'ROWID_ALIAS_LOST',
      names('t', 'id'),
    ),
    fails(
      'by changeColumn',
      t,
      {
        up: (db: MigrationDatabase) =>
          void db.rebuildTable('t', (table) => table.changeColumn('id', { type: 'BIGINT' })),
      },
      'ROWID_ALIAS_LOST',
      names('t', 'id', 'BIGINT'),
    ),
    fails(
      'in code',
      t,
      { up: (db: MigrationDatabase) => void db.exec(rebuiltAs('INT PRIMARY KEY')) },
      'ROWID_ALIAS_LOST',
      names('t', 'id'),
    ),
    passes('rebuildTable changes another column', t, {
      up: (db: MigrationDatabase) =>
        void db.rebuildTable('t', (table) => table.changeColumn('name', { notNull: true })),
    }),
    passes('as a constraint of the table', t, rebuiltAs('INTEGER', 'name TEXT, email TEXT, PRIMARY KEY (id)')),
    passes('with AUTOINCREMENT', t, rebuiltAs('INTEGER PRIMARY KEY AUTOINCREMENT')),
    passes('spelt in another way', t, rebuiltAs('"integer" CONSTRAINT pk PRIMARY KEY')),
    passes(
      'under another name',
      t,
      rebuild('t', 'key INTEGER PRIMARY KEY, name TEXT, email TEXT', 'INSERT INTO n SELECT * FROM t'),
    ),
    passes('INT PRIMARY KEY NOT NULL', t, rebuiltAs('INT PRIMARY KEY NOT NULL')),
    passes('with a DEFAULT', t, rebuiltAs('INT DEFAULT (abs(random()))')),
    passes('TEXT NOT NULL, for other keys', t, rebuiltAs('TEXT NOT NULL PRIMARY KEY')),
    passes(
      'without rowid, where a key is never NULL',
      t,
      rebuild('t', 'id INT PRIMARY KEY, name TEXT, email TEXT', 'INSERT INTO n SELECT * FROM t', 'WITHOUT ROWID'),
    ),
    passes('of a table of the run without rows', u, [`CREATE TABLE t (${fields});`, rebuiltAs('INT PRIMARY KEY')]),
    passes(
      'the table moves, and its ids become a plain column',
      t,
      'CREATE TABLE people AS SELECT * FROM t; DROP TABLE t;',
    ),
    passes('declared', t, `-- dunlin: destructive t\n${rebuiltAs('INT PRIMARY KEY')}`),
  ],
};

const log = `CREATE TABLE log (v);`;
const indexed = `${t} ${u} CREATE INDEX t_name ON t (name);`;
const triggered = `${t} ${u} ${log} CREATE TRIGGER t_made AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END;`;
const whole = rebuild('t', fields, 'INSERT INTO n SELECT * FROM t');

const sameName: Subject = {
  name: 'an index or a trigger whose name is used on another table',
  cases: [
    fails('the index', indexed, `${whole} CREATE INDEX t_name ON u (name);`, 'INDEX_LOST', /t_name/),
    fails(
      'the index, in capitals and qualified',
      indexed,
      `${whole} CREATE INDEX main."T_NAME" ON "u" (name);`,
      'INDEX_LOST',
      /t_name/i,
    ),
    fails(
      'a unique index',
      `${t} ${u} CREATE UNIQUE INDEX t_name ON t (name);`,
      `${whole} CREATE UNIQUE INDEX t_name ON u (name);`,
      'INDEX_LOST',
      /t_name/,
    ),
    fails(
      'the index, on a table that the migration makes',
      indexed,
      `${whole} CREATE TABLE w (name TEXT); CREATE INDEX t_name ON w (name);`,
      'INDEX_LOST',
      /t_name/,
    ),
    fails(
      'the index, through a temporary table',
      indexed,
      `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (${fields}); INSERT INTO t SELECT * FROM k; CREATE INDEX t_name ON u (name);`,
      'INDEX_LOST',
      /t_name/,
    ),
    fails(
      'the index of a table of the run',
      u,
      [`${t} CREATE INDEX t_name ON t (name);`, `${whole} CREATE INDEX t_name ON u (name);`],
      'INDEX_LOST',
      /t_name/,
    ),
    fails(
      'the trigger',
      triggered,
      `${whole} CREATE TRIGGER t_made AFTER INSERT ON u BEGIN INSERT INTO log VALUES (new.id); END;`,
      'TRIGGER_LOST',
      /t_made/,
    ),
    fails(
      'the trigger, on a view',
      triggered,
      `${whole} CREATE VIEW v AS SELECT * FROM u; CREATE TRIGGER t_made INSTEAD OF INSERT ON v BEGIN INSERT INTO log VALUES (new.id); END;`,
      'TRIGGER_LOST',
      /t_made/,
    ),
    fails(
      'the trigger, which an index has the name of',
      triggered,
      `${whole} CREATE INDEX t_made ON t (name);`,
      'TRIGGER_LOST',
      /t_made/,
    ),
    fails(
      'a temporary trigger on the table itself',
      triggered,
      `${whole} CREATE TEMP TRIGGER t_made AFTER INSERT ON t BEGIN SELECT 1; END;`,
      'TRIGGER_LOST',
      /t_made/,
    ),
    passes(
      'both made again',
      `${triggered} CREATE INDEX t_name ON t (name);`,
      `${whole} CREATE INDEX t_name ON t (name); CREATE TRIGGER t_made AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END;`,
    ),
    passes(
      'the index dropped by name, and made on the other table',
      indexed,
      'DROP INDEX t_name; CREATE INDEX t_name ON u (name);',
    ),
    passes(
      'the trigger dropped by name, and made on the other table',
      triggered,
      'DROP TRIGGER t_made; CREATE TRIGGER t_made AFTER INSERT ON u BEGIN INSERT INTO log VALUES (new.id); END;',
    ),
    passes('the table renamed, with its index', indexed, 'ALTER TABLE t RENAME TO people;'),
    passes(
      'the table dropped, and the name of its index taken',
      indexed,
      'DROP TABLE t; CREATE INDEX t_name ON u (name);',
    ),
    passes(
      'the table made anew without reading it, and the name taken',
      indexed,
      `DROP TABLE t; CREATE TABLE t (${fields}); CREATE INDEX t_name ON u (name);`,
    ),
    passes(
      'the table made anew without reading it, without index and trigger',
      `${triggered} CREATE INDEX t_name ON t (name);`,
      `DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY);`,
    ),
    passes(
      'the two tables swap names, with their indexes',
      indexed,
      'ALTER TABLE t RENAME TO k; ALTER TABLE u RENAME TO t; ALTER TABLE k RENAME TO u;',
    ),
  ],
};

const broken: Subject = {
  name: 'new objects that can never work',
  cases: [
    passes(
      'a trigger that writes a table nobody made',
      t,
      `CREATE TRIGGER bad AFTER INSERT ON t BEGIN INSERT INTO nowhere VALUES (new.id); END;`,
      /bad.*nowhere/,
    ),
    passes(
      'a trigger that reads a column which NEW lacks',
      t + log,
      `CREATE TRIGGER bad AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.nosuch); END;`,
      /bad.*nosuch/i,
    ),
    passes(
      'a trigger whose WHEN reads a column which OLD lacks',
      t + log,
      `CREATE TRIGGER bad AFTER UPDATE ON t WHEN old.nosuch = 1 BEGIN INSERT INTO log VALUES (1); END;`,
      /bad.*nosuch/i,
    ),
    passes(
      'a trigger that gives a table too many values',
      t + log,
      `CREATE TRIGGER bad AFTER DELETE ON t BEGIN INSERT INTO log VALUES (1, 2); END;`,
      /bad/,
    ),
    passes(
      'an INSTEAD OF trigger that writes no table',
      t,
      `CREATE VIEW v AS SELECT * FROM t; CREATE TRIGGER bad INSTEAD OF INSERT ON v BEGIN INSERT INTO nowhere VALUES (new.id); END;`,
      /bad.*nowhere/,
    ),
    passes('a view of a missing column', t, 'CREATE VIEW bad AS SELECT nosuch FROM t;', /bad.*nosuch/),
    passes(
      'a view of a missing table, with a quoted name',
      t,
      'CREATE VIEW "bad view" AS SELECT * FROM nowhere;',
      /bad view.*nowhere/,
    ),
    passes(
      'a view of a view that is broken',
      t,
      'CREATE VIEW inner_bad AS SELECT nosuch FROM t; CREATE VIEW outer_bad AS SELECT * FROM inner_bad;',
      /inner_bad/,
      /outer_bad/,
    ),
    onlyOlder(
      fails(
        'a view that worked is replaced by one of a missing column',
        `${t} CREATE VIEW v AS SELECT name FROM t;`,
        'DROP VIEW v; CREATE VIEW v AS SELECT nosuch FROM t;',
        'OBJECT_BROKEN',
        /\bv\b.*nosuch/,
      ),
    ),
    passes(
      'a foreign key to a missing table',
      t,
      'CREATE TABLE bad (t_id INTEGER REFERENCES nowhere (id));',
      /bad.*nowhere/,
    ),
    passes(
      'a foreign key to a missing column',
      t,
      'CREATE TABLE bad (t_id INTEGER REFERENCES t (nosuch));',
      /bad.*\bt\b|\bt\b.*bad/,
    ),
    passes(
      'a foreign key to a column that is not unique',
      t,
      'CREATE TABLE bad (t_name TEXT REFERENCES t (name));',
      /bad.*\bt\b|\bt\b.*bad/,
    ),
    passes(
      'a foreign key to a column that is unique only partially',
      t,
      'CREATE UNIQUE INDEX t_name ON t (name) WHERE id > 1; CREATE TABLE bad (t_name TEXT REFERENCES t (name));',
      /bad.*\bt\b|\bt\b.*bad/,
    ),
    passes(
      'a foreign key of two columns to a key of one',
      t,
      'CREATE TABLE bad (a INTEGER, b TEXT, FOREIGN KEY (a, b) REFERENCES t);',
      /bad.*\bt\b|\bt\b.*bad/,
    ),
    passes(
      'ADD COLUMN with a foreign key to a column that is not unique',
      t + u,
      'ALTER TABLE u ADD COLUMN t_name TEXT REFERENCES t (name);',
      /\bu\b.*\bt\b|\bt\b.*\bu\b/,
    ),
    passes('on a new database', '', [t, 'CREATE VIEW bad AS SELECT nosuch FROM t;'], /bad.*nosuch/),
    passes(
      'in code',
      t,
      { up: (db: MigrationDatabase) => void db.exec('CREATE VIEW bad AS SELECT nosuch FROM t') },
      /bad.*nosuch/,
    ),
    passes(
      'the missing table is made by a later migration of the run',
      t,
      [
        'CREATE TRIGGER good AFTER INSERT ON t BEGIN INSERT INTO later VALUES (new.id); END;',
        'CREATE TABLE later (id INTEGER);',
      ],
      'none',
    ),
    passes(
      'the missing column is added by a later migration of the run',
      t,
      ['CREATE VIEW good AS SELECT age FROM t;', 'ALTER TABLE t ADD COLUMN age INTEGER;'],
      'none',
    ),
    passes(
      'the parent is made by a later migration of the run',
      t,
      ['CREATE TABLE good (p_id INTEGER REFERENCES p (id));', 'CREATE TABLE p (id INTEGER PRIMARY KEY);'],
      'none',
    ),
    passes(
      'the column gets its unique index later',
      t,
      'CREATE TABLE good (t_name TEXT REFERENCES t (name)); CREATE UNIQUE INDEX t_name ON t (name);',
      'none',
    ),
    passes(
      'new objects that work',
      t + log,
      `CREATE VIEW good AS SELECT name FROM t; CREATE TRIGGER made AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END; CREATE TABLE c (t_id INTEGER REFERENCES t);`,
      'none',
    ),
    passes(
      'a trigger that raises an error',
      t,
      `CREATE TRIGGER good BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'kept'); END;`,
      'none',
    ),
    passes(
      'an object that was broken before the run',
      `${t} CREATE VIEW bad AS SELECT nosuch FROM t;`,
      'CREATE TABLE w (v);',
      'none',
    ),
  ],
};

const docs = `CREATE TABLE docs (slug TEXT PRIMARY KEY, body TEXT); INSERT INTO docs VALUES ('zebra', 'stripes'), ('gone', 'nothing'), ('ant', 'colony'), ('bee', 'hive');
  DELETE FROM docs WHERE slug = 'gone';`;
const fts = `CREATE VIRTUAL TABLE docs_fts USING fts5 (body, content='docs'); INSERT INTO docs_fts (docs_fts) VALUES ('rebuild');`;
const synced = `CREATE TRIGGER docs_made AFTER INSERT ON docs BEGIN INSERT INTO docs_fts (rowid, body) VALUES (new.rowid, new.body); END;
  CREATE TRIGGER docs_gone AFTER DELETE ON docs BEGIN INSERT INTO docs_fts (docs_fts, rowid, body) VALUES ('delete', old.rowid, old.body); END;
  CREATE TRIGGER docs_changed AFTER UPDATE ON docs BEGIN INSERT INTO docs_fts (docs_fts, rowid, body) VALUES ('delete', old.rowid, old.body); INSERT INTO docs_fts (rowid, body) VALUES (new.rowid, new.body); END;`;
const library = docs + fts;
const numbered = library
  .replace('slug TEXT PRIMARY KEY', 'id INTEGER PRIMARY KEY, slug TEXT')
  .replaceAll(
    `VALUES ('zebra', 'stripes'), ('gone', 'nothing'), ('ant', 'colony'), ('bee', 'hive')`,
    `VALUES (3, 'zebra', 'stripes'), (5, 'gone', 'nothing'), (7, 'ant', 'colony'), (9, 'bee', 'hive')`,
  );
const rebuiltDocs = rebuild('docs', 'slug TEXT PRIMARY KEY, body TEXT', 'INSERT INTO n SELECT * FROM docs');
const remake = `INSERT INTO docs_fts (docs_fts) VALUES ('rebuild');`;
const orphan = /^docs_fts indexes docs, which does not exist/;

const fullText: Subject = {
  name: 'a full-text index that no longer fits its content table',
  cases: [
    fails(
      'the content table without INTEGER PRIMARY KEY is rebuilt',
      library,
      rebuild(
        'docs',
        'slug TEXT PRIMARY KEY, body TEXT, lang TEXT',
        'INSERT INTO n (slug, body) SELECT slug, body FROM docs',
      ),
      'FULL_TEXT_BROKEN',
      /docs_fts/,
      /'rebuild'/,
    ),
    fails(
      'the same in another order',
      library,
      rebuild('docs', 'slug TEXT PRIMARY KEY, body TEXT', 'INSERT INTO n SELECT * FROM docs ORDER BY slug'),
      'FULL_TEXT_BROKEN',
      /docs_fts/,
      /'rebuild'/,
    ),
    fails(
      'the same through a temporary table',
      library,
      'CREATE TEMP TABLE k AS SELECT * FROM docs; DROP TABLE docs; CREATE TABLE docs (slug TEXT PRIMARY KEY, body TEXT); INSERT INTO docs SELECT * FROM k;',
      'FULL_TEXT_BROKEN',
      /docs_fts/,
      /'rebuild'/,
    ),
    fails(
      'the INTEGER PRIMARY KEY gets new values',
      numbered,
      rebuild(
        'docs',
        'id INTEGER PRIMARY KEY, slug TEXT, body TEXT',
        'INSERT INTO n SELECT id + 100, slug, body FROM docs',
      ),
      'FULL_TEXT_BROKEN',
      /docs_fts/,
      /'rebuild'/,
    ),
    fails(
      'an UPDATE without the triggers',
      library,
      `UPDATE docs SET body = 'wasps' WHERE slug = 'bee';`,
      'FULL_TEXT_BROKEN',
      /docs_fts/,
      /'rebuild'/,
    ),
    fails(
      'an INSERT without the triggers',
      library,
      `INSERT INTO docs VALUES ('cat', 'purr');`,
      'FULL_TEXT_BROKEN',
      /docs_fts/,
      /'rebuild'/,
    ),
    fails(
      'a DELETE without the triggers',
      library,
      `DELETE FROM docs WHERE slug = 'bee';`,
      'FULL_TEXT_BROKEN',
      /docs_fts/,
      /'rebuild'/,
    ),
    fails(
      'an UPDATE after the triggers are dropped',
      library + synced,
      `DROP TRIGGER docs_changed; UPDATE docs SET body = 'wasps' WHERE slug = 'bee';`,
      'FULL_TEXT_BROKEN',
      /docs_fts/,
      /'rebuild'/,
    ),
    fails(
      'with quoted names',
      library
        .replaceAll('docs_fts', '"the index"')
        .replaceAll(/\bdocs\b/g, '"the docs"')
        .replace(`content='"the docs"'`, `content='the docs'`),
      `UPDATE "the docs" SET body = 'wasps' WHERE slug = 'bee';`,
      'FULL_TEXT_BROKEN',
      /the index/,
      /'rebuild'/,
    ),
    passes('rebuilt, and the index after it', library, rebuiltDocs + remake),
    passes('an UPDATE, and the index rebuilt', library, `UPDATE docs SET body = 'wasps'; ${remake}`),
    passes(
      'an UPDATE with the triggers',
      library + synced,
      `UPDATE docs SET body = 'wasps' WHERE slug = 'bee'; INSERT INTO docs VALUES ('cat', 'purr'); DELETE FROM docs WHERE slug = 'ant';`,
    ),
    passes('an UPDATE of a column that is not indexed', library, `UPDATE docs SET slug = 'wasp' WHERE slug = 'bee';`),
    passes(
      'a content table with INTEGER PRIMARY KEY is rebuilt',
      numbered,
      rebuild('docs', 'id INTEGER PRIMARY KEY, slug TEXT, body TEXT', 'INSERT INTO n SELECT * FROM docs'),
    ),
    passes(
      'the index did not fit before',
      `${library} UPDATE docs SET body = 'wasps' WHERE slug = 'bee';`,
      `UPDATE docs SET body = 'moths' WHERE slug = 'ant';`,
    ),
    passes(
      'an index with its own content',
      docs +
        fts
          .replace(`, content='docs'`, '')
          .replace(`(docs_fts) VALUES ('rebuild')`, `(rowid, body) SELECT rowid, body FROM docs`),
      `UPDATE docs SET body = 'wasps' WHERE slug = 'bee';`,
    ),
    passes('the content table is rebuilt by rebuildTable, which keeps the rowid', library, {
      up: (db: MigrationDatabase) => void db.rebuildTable('docs', (table) => table.addColumn('lang', 'TEXT')),
    }),
    passes('the index is dropped', library, `DROP TABLE docs_fts; ${rebuiltDocs}`),
  ],
};

/** The same of FTS4, whose triggers are written differently. */
const olderFullText: Subject = {
  name: 'an FTS4 index that no longer fits its content table',
  cases: fullText.cases
    .filter(({ schema }) => !schema.includes(synced))
    .map((entry) => ({ ...entry, schema: entry.schema.replace('USING fts5', 'USING fts4') })),
};

const made = `CREATE VIRTUAL TABLE more USING fts4 (body, content='docs');`;

const unreadable: Subject = {
  name: 'a full-text index that cannot read its content',
  cases: ['fts5', 'fts4'].flatMap((module) => {
    const schema = library.replace('fts5', module);
    return [
      passes(
        `a rename of the content leaves it behind (${module})`,
        schema,
        'ALTER TABLE docs RENAME TO pages;',
        orphan,
      ),
      passes(`so does a DROP (${module})`, schema, 'DROP TABLE docs;', orphan),
      passes(
        `so does a DROP of the view that it reads (${module})`,
        `${docs} CREATE VIEW v AS SELECT rowid, body FROM docs; ${fts.replace('fts5', module).replace(`content='docs'`, `content='v'`)}`,
        'DROP VIEW v;',
        /^docs_fts indexes v, which does not exist/,
      ),
      passes(`it is dropped after its content (${module})`, schema, 'DROP TABLE docs; DROP TABLE docs_fts;'),
      passes(`it is dropped after a rename (${module})`, schema, 'ALTER TABLE docs RENAME TO p; DROP TABLE docs_fts;'),
      passes(
        `it is dropped by a later migration (${module})`,
        schema,
        ['DROP TABLE docs;', 'DROP TABLE docs_fts;'],
        orphan,
      ),
      passes(
        `its content comes back (${module})`,
        schema,
        `DROP TABLE docs; CREATE TABLE docs (slug TEXT PRIMARY KEY, body TEXT); ${remake}`,
        'none',
      ),
      passes(`a new one is filled later (${module})`, docs, made.replace('fts4', module), 'none'),
      onlyOlder(
        passes(
          `it could not before (${module})`,
          `${schema} DROP TABLE docs;`,
          'CREATE TABLE other (a);',
          ...(module === 'fts5' ? (['none'] as const) : [/^before this run the integrity check found/]),
        ),
      ),
    ];
  }),
};

const kept = 'CREATE TABLE k AS SELECT * FROM t;';
const parted = `CREATE TABLE k AS SELECT id, name FROM t; ${rebuild('t', 'id INTEGER PRIMARY KEY, email TEXT', 'INSERT INTO n SELECT id, email FROM t')}`;

const besideCopy: Subject = {
  name: 'an index or a trigger that is created again on another table with the columns',
  cases: [
    fails(
      'an index on a copy',
      indexed,
      `${kept} ${whole} CREATE INDEX t_name ON k (name);`,
      'INDEX_LOST',
      names('t_name'),
    ),
    fails(
      'a trigger on a copy',
      triggered,
      `${kept} ${whole} CREATE TRIGGER t_made AFTER INSERT ON k BEGIN INSERT INTO log VALUES (new.id); END;`,
      'TRIGGER_LOST',
      names('t_made'),
    ),
    fails(
      'an index on a copy, while the new table has the column under another name',
      indexed,
      `${kept} ${rebuild('t', 'id INTEGER PRIMARY KEY, label TEXT, email TEXT', 'INSERT INTO n SELECT * FROM t')} CREATE INDEX t_name ON k (name);`,
      'INDEX_LOST',
      names('t_name'),
    ),
    fails(
      'an index on a part that has other columns',
      `${indexed} CREATE INDEX t_email ON t (email);`,
      `${parted} CREATE INDEX t_name ON k (name); CREATE INDEX t_email ON k (id);`,
      'INDEX_LOST',
      names('t_email'),
    ),
    passes('an index on the part that has its column', indexed, `${parted} CREATE INDEX t_name ON k (name);`),
    passes(
      'an index on a copy that keeps the column which the new table drops by name',
      indexed,
      `${kept} ${whole} ALTER TABLE t DROP COLUMN name; CREATE INDEX t_name ON k (name);`,
    ),
  ],
};

export const objectSubjects: readonly Subject[] = [
  rowidAlias,
  sameName,
  besideCopy,
  broken,
  fullText,
  olderFullText,
  unreadable,
];

/** Content tables: VACUUM gives new rowids to the one without any index, and keeps those of the other. */
export const vacuumed: { readonly renumbered: string; readonly kept: string } = {
  renumbered: library.replace('slug TEXT PRIMARY KEY', 'slug TEXT'),
  kept: numbered,
};
