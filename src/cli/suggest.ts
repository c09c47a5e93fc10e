import { closest } from '../errors/index.ts';

/** Names of other tools, and ours. */
const synonyms: Readonly<Record<string, string>> = {
  migrate: 'up',
  latest: 'up',
  apply: 'up',
  run: 'up',
  deploy: 'up',
  upgrade: 'up',
  update: 'up',
  'up-to': 'to',
  'up-by-one': 'up --steps 1',
  goto: 'to',
  'down-to': 'down --to',
  rollback: 'down',
  revert: 'down',
  undo: 'down',
  downgrade: 'down',
  new: 'create',
  make: 'create',
  add: 'create',
  generate: 'create',
  gen: 'create',
  info: 'status',
  list: 'status',
  ls: 'status',
  show: 'status',
  version: 'status',
  current: 'status',
  pending: 'status',
  validate: 'check',
  verify: 'check',
  lint: 'check',
  diff: 'plan',
  'dry-run': 'plan',
  preview: 'plan',
  test: 'try',
  log: 'history',
  attempts: 'history',
  stamp: 'baseline',
  fake: 'baseline',
  resolve: 'baseline',
  hash: 'repair',
  fix: 'repair',
  drop: 'reset',
  fresh: 'reset',
  refresh: 'redo',
  setup: 'init',
  completions: 'completion',
  backups: 'backup list',
  dump: 'backup create',
  restore: 'backup restore',
  recover: 'backup restore',
  prune: 'backup prune',
};

/** The command that was probably intended. */
export function suggestCommand(typed: string, names: readonly string[]): string | undefined {
  const word = typed.toLowerCase().replace(/^(db|migrate|migration|migrations):/, '');
  if (names.includes(word)) return word;
  const known = synonyms[word];
  if (known !== undefined) return known;
  const near = closest(word, [...names, ...Object.keys(synonyms)]);
  return near === undefined ? undefined : (synonyms[near] ?? near);
}

/** Other names for subcommands. */
const subcommandSynonyms: Readonly<Record<string, string>> = {
  ls: 'list',
  show: 'list',
  status: 'list',
  make: 'create',
  new: 'create',
  now: 'create',
  run: 'create',
  check: 'verify',
  test: 'verify',
  apply: 'restore',
  undo: 'restore',
  clean: 'prune',
  delete: 'prune',
  rm: 'prune',
};

/** The subcommand that was probably intended. */
export function suggestSubcommand(typed: string, names: readonly string[]): string | undefined {
  const known = subcommandSynonyms[typed.toLowerCase()];
  return known !== undefined && names.includes(known) ? known : closest(typed.toLowerCase(), names);
}

/** The option that was probably intended. */
export function suggestOption(typed: string, known: readonly string[]): string | undefined {
  const name = typed.replace(/=.*$/, '');
  const synonymsOfOptions: Readonly<Record<string, string>> = {
    '--dir': '--migrations',
    '--migrations-dir': '--migrations',
    '--path': '--database',
    '--url': '--database',
    '--db': '--database',
    '--step': '--steps',
    '--dryrun': '--dry-run',
    '--dry': '--dry-run',
    '--force': '--yes',
    '--no-input': '--yes',
    '--exit-code': '--check',
  };
  const synonym = synonymsOfOptions[name.toLowerCase()];
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  return name.startsWith('--') ? closest(name, known) : undefined;
}
