// What Dunlin has to do: the needs of the four applications that it was made for, and what everybody needs besides.
//
// `also` is what shows a row without being a test that has a title.

export const areas = [
  {
    letter: 'A',
    title: 'A desktop file indexer',
    about: 'One database on the machine of each user, whose schema carries a semantic version.',
    example: 'file-indexer',
    rows: [
      { id: 'A1', text: 'The database holds its schema version, a semantic version or a number' },
      { id: 'A2', text: 'A registry holds the migrations as an ordered list' },
      { id: 'A3', text: 'Migrations are run safely, forward and backward' },
      { id: 'A4', text: 'A full backup is made before a migration' },
      {
        id: 'A5',
        text: 'A migration has a sequential version, an up part, optionally a down part, verification queries, and metadata',
      },
      {
        id: 'A6',
        text: 'A migration runs in a transaction, all or nothing; it is verified; any failure rolls it back',
      },
      { id: 'A7', text: 'A lock keeps concurrent runs apart' },
      {
        id: 'A8',
        text: 'The consistency of the database is checked; what a rollback cannot undo is restored from the backup',
      },
      {
        id: 'A9',
        text: 'A history keeps every attempt: success, failure, rollback, restore, interruption',
      },
      { id: 'A10', text: 'Running twice changes nothing' },
      {
        id: 'A11',
        text: 'A damaged state (tracking table, missing or edited file, gap, half-done run) is reported, with the command that resolves it',
      },
      {
        id: 'A12',
        text: 'No data is lost, a failure needs nobody to recover, and a typical schema takes under 5 seconds',
      },
      {
        id: 'A13',
        text: 'No external tool is called; SQLite’s limits on transactions are kept; backups stay small',
      },
      {
        id: 'A14',
        text: 'It works with the connection pool, the typed errors and the configuration of the application',
      },
      {
        id: 'A15',
        text: 'Files are numbered, failures have clear reasons, runs are logged in detail, and a migration can be tested alone and says what it is for',
      },
      {
        id: 'A16',
        text: 'The real case: 1.1.0 adds folder_size and its index, only if the version is lower, and a second run does no harm',
      },
      {
        id: 'A17',
        text: 'Order, rollback, recovery, backups, locks, repetition and damaged states are tested, and 95 % of the code is covered',
        also: [['vitest.config.ts', 'a run that covers less than 95 % of the lines or branches fails']],
      },
    ],
  },
  {
    letter: 'B',
    title: 'A chat application',
    about: 'A shared package in which the driver hides behind a `DatabaseBridge`.',
    example: 'chat-app',
    rows: [
      { id: 'B1', text: 'A `MigrationService` does everything through a `DatabaseBridge`' },
      { id: 'B2', text: 'SQL files are found in a directory and sorted by their numeric prefix' },
      {
        id: 'B3',
        text: 'The table `migrations` (id, filename, checksum, applied_at) is created automatically; name and layout can be chosen',
      },
      { id: 'B4', text: 'It is known what is applied and what is pending, and no file runs twice' },
      {
        id: 'B5',
        text: 'Files run in numeric order, each in a transaction; a failing one is rolled back, and the next run continues there',
      },
      { id: 'B6', text: 'Plain SQL files without any marker are enough' },
      {
        id: 'B7',
        text: 'Migrations run when the application starts; a failure stops the start, names the migration and what to do',
      },
      {
        id: 'B8',
        text: 'The real case: a table of conversations, its indexes, and a trigger that keeps updated_at current',
      },
      { id: 'B9', text: 'More than 100 files take under 5 seconds at the start, and progress is logged' },
      { id: 'B10', text: 'Discovery, order, tracking and failures can be unit-tested with a mock bridge' },
    ],
  },
  {
    letter: 'C',
    title: 'A knowledge-graph server',
    about: 'Three databases, operated from the command line and in CI.',
    example: 'knowledge-graph',
    rows: [
      { id: 'C1', text: 'Files have a header and the markers UP MIGRATION and DOWN MIGRATION, both required' },
      {
        id: 'C2',
        text: 'The table `schema_migrations` holds version, name, applied_at, checksum and execution_time_ms',
      },
      { id: 'C3', text: '`up` applies what is pending, in order, each transactional, with duration and checksum' },
      {
        id: 'C4',
        text: '`down` rolls the last one back, removes its record, and checks the integrity of the database',
      },
      {
        id: 'C5',
        text: '`status` reports the version, what was applied when and how long it took, and what is pending',
      },
      { id: 'C6', text: '`create` writes the next numbered file, with the header and both markers' },
      { id: 'C7', text: 'An applied file that was edited is an error that names it' },
      {
        id: 'C8',
        text: 'An empty DOWN part is a warning when the file is read, and an error when the migration is rolled back',
      },
      {
        id: 'C9',
        text: '`DATABASE_PATH` and `MIGRATIONS_DIR` choose database and directory; several databases run together',
      },
      { id: 'C10', text: 'A dry run, of library and command line, reports what would happen and changes nothing' },
      { id: 'C11', text: 'A locked database is a clear message with what to do' },
      { id: 'C12', text: 'Data of large tables is changed in batches, with progress' },
      { id: 'C13', text: 'In CI: up, status, down, up again, with exit codes that mean something' },
      { id: 'C14', text: 'The documentation of the API is generated' },
    ],
  },
  {
    letter: 'D',
    title: 'A home file organiser',
    about: 'Migrations are code, and run when a service starts.',
    example: 'file-organiser',
    rows: [
      {
        id: 'D1',
        text: 'A migration is a module: version, a function that gets the connection, optionally one that rolls back',
      },
      {
        id: 'D2',
        text: 'Files are named version_description and tracked in `schema_migrations`; an old layout of it can be adopted',
      },
      {
        id: 'D3',
        text: 'Migrations run when the service starts, or by one call with a path that returns how many ran',
      },
      { id: 'D4', text: 'A status call returns the version and what is pending' },
      {
        id: 'D5',
        text: 'The real case: drives, destinations and destination_usage, with four indexes',
      },
      { id: 'D6', text: 'One migration can be tried on a copy; the database is not touched' },
      {
        id: 'D7',
        text: 'An applied migration can be rolled back by hand; everything can be deleted, behind a loud warning',
      },
      {
        id: 'D8',
        text: 'After a failure the database is as it was; the file is corrected; a restart tries again',
      },
    ],
  },
  {
    letter: 'E',
    title: 'Every user of SQLite',
    about: 'What nobody requests and everybody needs.',
    rows: [
      {
        id: 'E1',
        text: 'The rebuild of a table never loses rows that refer to it, triggers, indexes, views or the sequence',
      },
      { id: 'E2', text: 'A migration that loses rows or objects without declaring it is rolled back' },
      { id: 'E3', text: 'Two processes that start at once: each migration runs once, and both succeed' },
      {
        id: 'E4',
        text: 'A process killed at any instant: the next start continues',
      },
      {
        id: 'E5',
        text: 'The same on Node 20, 22, 24 and 26, with node:sqlite and better-sqlite3, with and without promises',
        also: [
          ['test/support/databases.ts', 'the tests of the engine run on both drivers, with and without promises'],
          ['test/runtimes/run.mjs', 'the built package under every supported Node, with `npm run test:runtimes`'],
        ],
      },
    ],
  },
];
