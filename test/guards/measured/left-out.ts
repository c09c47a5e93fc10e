import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { onlyOlder, passes, type Case, type Subject } from './case.ts';
import { rebuild } from './schemas.ts';

const teams = 'CREATE TABLE teams (id INTEGER PRIMARY KEY); INSERT INTO teams VALUES (1);';

/** A table `t` of two columns with what is added to them, and its rebuild with another text. */
function rebuilt(
  was: string,
  is: string,
  options: { readonly was?: string; readonly is?: string } = {},
): [string, string] {
  return [
    `${teams} CREATE TABLE t (id INTEGER PRIMARY KEY, ${was}) ${options.was ?? ''}; INSERT INTO t (id, a, b) VALUES (1, 'x', 1), (2, 'y', 1);`,
    rebuild('t', `id INTEGER PRIMARY KEY, ${is}`, 'INSERT INTO n (id, a, b) SELECT id, a, b FROM t', options.is),
  ];
}

const plain = 'a TEXT, b INTEGER';

function says(what: string, [schema, run]: readonly [string, string], note: string): Case {
  return passes(what, schema, run, new RegExp(`^${note.replaceAll(/[()]/g, String.raw`\$&`)}$`));
}

function silent(what: string, [schema, run]: readonly [string, string]): Case {
  return onlyOlder(passes(what, schema, run, 'none'));
}

const withIndex = ([schema, run]: readonly [string, string], was: string, is: string): [string, string] => [
  `${schema} ${was};`,
  `${run} ${is};`,
];

const everything =
  'a TEXT COLLATE NOCASE NOT NULL UNIQUE, b INTEGER DEFAULT 7 CHECK (b > 0) REFERENCES teams, CHECK (a <> b)';
const dumped = rebuilt(everything, plain, { was: 'STRICT' });

const leftOut: Subject = {
  name: 'constraints that a rebuild by hand leaves out',
  cases: [
    says('UNIQUE of a column', rebuilt('a TEXT UNIQUE, b INTEGER', plain), 'rebuilds t without: UNIQUE (a)'),
    says('UNIQUE of the table', rebuilt(`${plain}, UNIQUE (a, b)`, plain), 'rebuilds t without: UNIQUE (a, b)'),
    says(
      'UNIQUE, with an index that is not unique',
      withIndex(rebuilt('a TEXT UNIQUE, b INTEGER', plain), '', 'CREATE INDEX i ON t (a)'),
      'rebuilds t without: UNIQUE (a)',
    ),
    says(
      'UNIQUE, with a unique index of another column',
      withIndex(
        rebuilt('a TEXT UNIQUE, b INTEGER', 'a TEXT, b INTEGER, c UNIQUE'),
        '',
        'CREATE UNIQUE INDEX i ON t (c)',
      ),
      'rebuilds t without: UNIQUE (a)',
    ),
    says('CHECK of a column', rebuilt('a TEXT, b INTEGER CHECK (b > 0)', plain), 'rebuilds t without: CHECK (b > 0)'),
    says('CHECK of the table', rebuilt(`${plain}, CHECK (a <> b)`, plain), 'rebuilds t without: CHECK (a <> b)'),
    says(
      'one CHECK of two of a column',
      rebuilt('a TEXT CHECK (a > 1), b INTEGER CHECK (b > 0)', 'a TEXT, b INTEGER CHECK (b > 0)'),
      'rebuilds t without: CHECK (a > 1)',
    ),
    says(
      'a foreign key of a column',
      rebuilt('a TEXT, b INTEGER REFERENCES teams (id)', plain),
      'rebuilds t without: a foreign key to teams',
    ),
    says(
      'a foreign key of the table to itself',
      rebuilt(`${plain}, FOREIGN KEY (b) REFERENCES T (id)`, plain),
      'rebuilds t without: a foreign key to t',
    ),
    says('COLLATE', rebuilt('a TEXT COLLATE NOCASE, b INTEGER', plain), 'rebuilds t without: COLLATE NOCASE of a'),
    says('STRICT', rebuilt(plain, plain, { was: 'STRICT' }), 'rebuilds t without: STRICT'),
    says('WITHOUT ROWID', rebuilt(plain, plain, { was: 'WITHOUT ROWID' }), 'rebuilds t without: WITHOUT ROWID'),
    says(
      'NOT NULL and DEFAULT',
      rebuilt('a TEXT NOT NULL, b INTEGER DEFAULT 7', plain),
      'rebuilds t without: NOT NULL of a, DEFAULT of b',
    ),
    says(
      'all of them, on one line',
      dumped,
      'rebuilds t without: UNIQUE (a), CHECK (b > 0), CHECK (a <> b), a foreign key to teams, COLLATE NOCASE of a, STRICT, NOT NULL of a, DEFAULT of b',
    ),
    says(
      'an index that is made again with another text',
      withIndex(rebuilt(plain, plain), 'CREATE INDEX i ON t (a, b)', 'CREATE INDEX i ON t (a)'),
      'rebuilds t: index i is made again with another text',
    ),
    says(
      'a unique index that is made again as a plain one',
      withIndex(rebuilt(plain, plain), 'CREATE UNIQUE INDEX i ON t (a)', 'CREATE INDEX i ON t (a)'),
      'rebuilds t: index i is made again with another text',
    ),
    says(
      'with the old table renamed first',
      [
        rebuilt('a TEXT UNIQUE, b INTEGER', plain)[0],
        `ALTER TABLE t RENAME TO old; CREATE TABLE t (id INTEGER PRIMARY KEY, ${plain}); INSERT INTO t SELECT * FROM old; DROP TABLE old;`,
      ],
      'rebuilds t without: UNIQUE (a)',
    ),
    says(
      'through a temporary table',
      [
        rebuilt('a TEXT UNIQUE, b INTEGER', plain)[0],
        `CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, ${plain}); INSERT INTO t SELECT * FROM k;`,
      ],
      'rebuilds t without: UNIQUE (a)',
    ),
    passes(
      'in code',
      dumped[0],
      { up: (db: MigrationDatabase) => void db.exec(dumped[1]) },
      /^rebuilds t without: UNIQUE \(a\), CHECK/,
    ),
    silent('all is kept, in another order and spelling', [
      dumped[0],
      rebuild(
        't',
        'id INTEGER PRIMARY KEY, a TEXT UNIQUE NOT NULL COLLATE nocase, b INTEGER CHECK ("b">0) DEFAULT (7), FOREIGN KEY (b) REFERENCES "teams" (id), CHECK (A <> B)',
        'INSERT INTO n SELECT * FROM t',
        'STRICT',
      ),
    ]),
    silent(
      'UNIQUE as a unique index',
      withIndex(rebuilt('a TEXT UNIQUE, b INTEGER', plain), '', 'CREATE UNIQUE INDEX i ON t (a)'),
    ),
    silent('UNIQUE as a key of fewer columns', rebuilt(`${plain}, UNIQUE (a, b)`, 'a TEXT UNIQUE, b INTEGER')),
    silent('UNIQUE with one more column', rebuilt('a TEXT UNIQUE, b INTEGER', `${plain}, UNIQUE (a, b)`)),
    silent(
      'UNIQUE as a new partial unique index',
      withIndex(rebuilt('a TEXT UNIQUE, b INTEGER', plain), '', 'CREATE UNIQUE INDEX i ON t (a) WHERE b IS NULL'),
    ),
    silent(
      'another CHECK of the same column',
      rebuilt('a TEXT, b INTEGER CHECK (b IN (1))', 'a TEXT, b INTEGER CHECK (b IN (1, 2))'),
    ),
    silent('another parent', rebuilt('a TEXT, b INTEGER REFERENCES teams', 'a TEXT, b INTEGER REFERENCES t')),
    silent('another collation', rebuilt('a TEXT COLLATE NOCASE, b INTEGER', 'a TEXT COLLATE RTRIM, b INTEGER')),
    silent(
      'the same index',
      withIndex(rebuilt(plain, plain), 'CREATE INDEX i ON t (a, b)', 'CREATE INDEX "i" ON "t" ("A", b)'),
    ),
    silent('more constraints than before', [
      rebuilt(plain, everything)[0],
      rebuilt(plain, 'a TEXT UNIQUE, b INTEGER CHECK (b > 0)')[1],
    ]),
    silent('a table that no other takes the place of', [dumped[0], '-- dunlin: destructive t\nDROP TABLE t;']),
    silent('a table that is declared as lost', [dumped[0], `-- dunlin: destructive t\n${dumped[1]}`]),
    onlyOlder(
      passes(
        'rebuildTable, which names what it removes',
        dumped[0],
        {
          up: (db: MigrationDatabase) =>
            void db.rebuildTable('t', (table) => table.changeColumn('a', { notNull: false })),
        },
        'none',
      ),
    ),
    silent('a column that goes with its constraints', [
      rebuilt('a TEXT, b INTEGER, c INTEGER UNIQUE CHECK (c > 0) REFERENCES teams', plain)[0],
      `-- dunlin: destructive t.c\n${rebuilt(plain, plain)[1]}`,
    ]),
  ],
};

export const leftOutSubjects: readonly Subject[] = [leftOut];
