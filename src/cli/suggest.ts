import { closest } from '../errors/index.ts';

/** By other names, such as those of other tools, the name here. */
function otherNames(names: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(names).flatMap(([ours, others]) => others.map((other) => [other, ours])));
}

const synonyms = otherNames({
  up: ['migrate', 'latest', 'apply', 'run', 'deploy', 'upgrade', 'update'],
  'up --steps 1': ['up-by-one'],
  to: ['up-to', 'goto'],
  down: ['rollback', 'revert', 'undo', 'downgrade'],
  'down --to': ['down-to'],
  create: ['new', 'make', 'add', 'generate', 'gen'],
  status: ['info', 'list', 'ls', 'show', 'version', 'current', 'pending'],
  check: ['validate', 'verify', 'lint'],
  plan: ['diff', 'dry-run', 'preview'],
  try: ['test'],
  history: ['log', 'attempts'],
  adopt: ['import', 'take-over'],
  baseline: ['stamp', 'fake', 'resolve'],
  repair: ['hash', 'fix'],
  reset: ['drop', 'fresh'],
  redo: ['refresh'],
  init: ['setup'],
  completion: ['completions'],
  'backup list': ['backups'],
  'backup create': ['dump'],
  'backup restore': ['restore', 'recover'],
  'backup prune': ['prune'],
});

export function suggestCommand(typed: string, names: readonly string[]): string | undefined {
  const word = typed.toLowerCase().replace(/^(db|migrate|migration|migrations):/, '');
  if (names.includes(word)) return word;
  const known = synonyms.get(word);
  if (known !== undefined) return known;
  const near = closest(word, [...names, ...synonyms.keys()]);
  return near === undefined ? undefined : (synonyms.get(near) ?? near);
}

const subcommandSynonyms = otherNames({
  list: ['ls', 'show', 'status'],
  create: ['make', 'new', 'now', 'run'],
  verify: ['check', 'test'],
  restore: ['apply', 'undo'],
  prune: ['clean', 'delete', 'rm'],
});

export function suggestSubcommand(typed: string, names: readonly string[]): string | undefined {
  const known = subcommandSynonyms.get(typed.toLowerCase());
  return known !== undefined && names.includes(known) ? known : closest(typed.toLowerCase(), names);
}

const optionSynonyms = otherNames({
  '--migrations': ['--dir', '--migrations-dir'],
  '--database': ['--path', '--url', '--db'],
  '--steps': ['--step'],
  '--dry-run': ['--dryrun', '--dry'],
  '--yes': ['--force', '--no-input'],
  '--check': ['--exit-code'],
});

export function suggestOption(typed: string, known: readonly string[]): string | undefined {
  const name = typed.replace(/=.*$/, '');
  const synonym = optionSynonyms.get(name.toLowerCase());
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  return name.startsWith('--') ? closest(name, known) : undefined;
}

/** The command that does what an option of this name does elsewhere. */
const insteadOf: Readonly<Record<string, string>> = {
  'plan --dry-run': 'plan',
  'down --dry-run': 'plan --down',
  'redo --dry-run': 'plan --down',
  'to --dry-run': 'plan --to <version>',
};

/** `args`: the words of the command line, among which is the version that `to` was given. */
export function suggestInstead(option: string, command: string, args: readonly string[]): string | undefined {
  const version = args.find((word) => /^\d+$/.test(word));
  return insteadOf[`${command} ${option.replace(/=.*$/, '')}`]?.replace('<version>', version ?? '<version>');
}
