/** Every module of a folder but these. */
const allBut = (folder, ...names) => new RegExp(`^src/${folder}/(?!(${names.join('|')})\\.ts$)`);

/**
 * What is in `later.js`, besides what is imported by `import()` and what only those import. Of these, nothing may be
 * used while modules are loaded; test/package/command-line.test.ts sees it.
 */
export const later = [
  allBut('(backup|diagram|rebuild|sample|schema|source)'),
  allBut('errors', 'index', 'migration-ref', 'typed', 'visible'),
  /^src\/bridge\/(describe-error|result-codes|run-sync|sql-error|database-error)\.ts$/,
  /^src\/(log|rounds)\.ts$/,
  allBut('sql', 'index', 'tokenize', 'ends', 'names', 'characters'),
  allBut(
    'migration',
    'index',
    'registry',
    'read-source',
    'file-name',
    'decode',
    'duplicates',
    'problems',
    'sql-migration',
    'checksum',
    'version',
  ),
  allBut('ledger', 'index', 'ledger', 'attempt-table', 'recorded', 'own', 'layouts/(standard|check-row)'),
  allBut('plan', 'index', 'compare', 'compare-labels', 'ignored', 'select'),
  allBut('execute', 'index', 'run', 'look', 'wait', 'drift'),
  allBut('operations', 'index', 'goals', 'recover'),
  /^src\/drivers\/(describe-handle|bridge-for)\.ts$/,
  /^src\/node\/(backup-manager|compare-base|compression|config-check|files|git|load-module|next-version|open-files|reading-copy|renumber|temporary-folder|version-in-text)\.ts$/,
  allBut('cli/output', 'same-target', 'format', 'wrap'),
  allBut('cli/commands', 'up'),
  /^src\/cli\/(check-base|check-rounds|confirm|confirm-plan|database-files|keep-dump|losses|renumber-checks|show-backups|show-plan|start-meter|suggest|usage-error)\.ts$/,
];
