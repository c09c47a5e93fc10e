import { ended } from '../text.ts';
import { typed } from '../typed.ts';

/** Texts about the numbers of migrations: which file the database has under one, and which it has under another. */
export const numberingTexts = {
  VERSION_CONFLICT: {
    meaning:
      'The database has applied a migration, and the file of that version is another one: both its name and its text differ. Usually two branches have taken the same number. It is not an edit, and continuing would leave out one of the two.',
    message: (f: {
      id: string;
      file: string;
      database: string;
      appliedAt: string;
      recorded: string;
      present: string | undefined;
    }): string =>
      `${f.file} has the version of another migration: ${f.database} applied ${f.id} on ${f.appliedAt}, with another name and another text${checksums(f.recorded, f.present)}.`,
    hint: (f: {
      version: number;
      name: string;
      file: string;
      owner: string | undefined;
      together: readonly number[];
      back: string | undefined;
    }): string => {
      if (f.owner !== undefined)
        return `Nothing was changed. The file is ${f.owner}, under a new number. Bring back the file of ${f.name}, or record that it is gone: \`dunlin repair ${f.together.join(' ')} --accept\`.`;
      const commands = f.back === 'down' ? '`dunlin redo`' : `\`dunlin ${f.back}\`, then \`dunlin up\``;
      const undo =
        f.back === undefined
          ? ''
          : ` To have this one only, roll the other one back by its recorded DOWN part: ${commands}.`;
      return `Nothing was changed. To have both, bring back the file of ${f.name} (another branch may have it) and give this one the next number: \`dunlin renumber ${typed(f.file)}\`.${undo} If this one is ${f.name}, renamed and edited since, give it its old name back. \`dunlin repair ${f.version}\` shows both texts.`;
    },
  },
  MIGRATION_RENUMBERED: {
    meaning:
      'An applied migration has another number now: a file has the very text that was recorded, by its checksum. Under the new number it would run a second time.',
    message: (f: { id: string; file: string; database: string; appliedAt: string; renamed: boolean }): string =>
      `${f.file} is ${f.id} under another ${f.renamed ? 'number and name' : 'number'}: ${f.database} applied it on ${f.appliedAt}, and its checksum is the recorded one.`,
    hint: (f: {
      another: string | undefined;
      outOfOrder: boolean;
      together: readonly number[];
      back: string | undefined;
    }): string => {
      const record = `\`dunlin repair ${f.together.join(' ')} --accept\` records the new ${f.together.length > 1 ? 'numbers' : 'number'} and runs nothing`;
      if (f.another === undefined) return `Nothing was changed. ${record}.`;
      const up = f.outOfOrder ? 'up --out-of-order' : 'up';
      const order =
        f.back === undefined
          ? ''
          : ` To have them in the order of a new database, roll it back instead with \`dunlin ${f.back}\`; \`dunlin up\` then applies both.`;
      return `Nothing was changed. ${record}; \`dunlin ${up}\` then applies ${f.another}, which has its old number.${order}`;
    },
  },
  REPAIR_INCOMPLETE: {
    meaning:
      'A migration is to be recorded under its new number, but the database still has another one under that number, which has to be repaired in the same step.',
    message: (f: { version: number; to: number; other: string }): string =>
      `Migration ${f.version} cannot get the number ${f.to} alone: it is still that of ${f.other}.`,
    hint: (f: { together: readonly number[] }): string =>
      `Nothing was changed. Repair them together: \`dunlin repair ${f.together.join(' ')} --accept\`.`,
  },
  RENUMBER_NOT_FOUND: {
    meaning:
      'The file to renumber is not there, neither by its path nor by its name in the directory of the migrations.',
    message: (f: { file: string; directory: string }): string =>
      `There is no file ${f.file}, and none of that name in ${f.directory}.`,
    hint: (): string => 'Nothing was changed. `dunlin status` lists the migrations.',
  },
  RENUMBER_REFUSED: {
    meaning: 'The file to renumber is not the file of a migration.',
    message: (f: { file: string; reason: string }): string => `${f.file} is not a migration: ${f.reason}.`,
    hint: (): string => 'Nothing was changed. Name the file of a migration, such as migrations/002_add_tags.sql.',
  },
  RENUMBER_APPLIED: {
    meaning:
      'A database has applied the migration that is to be renumbered, and the base branch has no other with its number. Under a new number it would run a second time there.',
    message: (f: { file: string; database: string; recorded: string }): string =>
      `${f.file} keeps its number: ${f.database} has applied it, as ${f.recorded}.`,
    hint: (f: { other: string | undefined; copy?: string | undefined; back: string }): string =>
      `Nothing was changed. ${f.copy === undefined ? '' : `Another file of that version does the same; delete the copy: \`rm ${typed(f.copy)}\`. `}${f.other === undefined ? '' : `Renumber the other file of that version: \`dunlin renumber ${typed(f.other)}\`. `}If no other database has it, \`dunlin ${f.back}\` rolls it back${f.back === 'down' ? '' : ' with all that was applied after it'}; then it can be renumbered.`,
  },
  RENUMBER_RELEASED: {
    meaning:
      'The base branch has the migration that is to be renumbered, so databases that cannot be asked may have applied it.',
    message: (f: { file: string; base: string }): string => `${f.file} keeps its number: ${f.base} has it.`,
    hint: (f: { other: string | undefined; base: string }): string =>
      f.other === undefined
        ? 'Nothing was changed. Renumber what is new instead, or let it run where it is with `dunlin up --out-of-order`.'
        : `Nothing was changed. Renumber the other file of that version: \`dunlin renumber ${typed(f.other)} --base ${typed(f.base)}\`.`,
  },
  GIT_FAILED: {
    meaning: 'Git is not installed, the migrations are in no git repository, or git does not read the repository.',
    message: (f: { folder: string; kind: 'missing' | 'outside' | 'failed'; reason: string }): string => {
      if (f.kind === 'missing') return 'There is no `git` to ask for the base branch.';
      return f.kind === 'outside'
        ? `${f.folder} is not in a git repository, so it has no base branch.`
        : `git cannot read the repository of ${f.folder}: ${f.reason.includes('\n') ? f.reason : ended(f.reason)}`;
    },
    hint: (f: { kind: 'missing' | 'outside' | 'failed' }): string => {
      if (f.kind === 'missing') return 'Nothing was changed. Install git, or leave out --base.';
      return f.kind === 'outside'
        ? 'Nothing was changed. Name the directory of the checkout with --migrations (`git clone` makes one; an archive of the files has no history), or leave out --base.'
        : 'Nothing was changed. Do what git says; `git status` in that folder shows whether it reads the repository then.';
    },
  },
  BASE_NOT_FOUND: {
    meaning: 'The repository does not know the base branch. Build servers often fetch only the commit that they build.',
    message: (f: { base: string }): string => `The git repository has no ${f.base}.`,
    hint: (f: { base: string; remote: string | undefined; branch: string }): string =>
      f.remote === undefined
        ? 'Nothing was changed. `git branch --all` lists the branches. One of a remote is named with it, such as origin/main.'
        : `Nothing was changed. Fetch it: \`git fetch ${typed(f.remote)} ${typed(`+refs/heads/${f.branch}:refs/remotes/${f.base}`)}\`. With actions/checkout, \`fetch-depth: 0\` does that.`,
  },
  BASE_UNRELATED: {
    meaning:
      'The commit at which this branch left the base branch is not in the repository, so it is not known what was changed here and what there. In a shallow clone that history was not fetched.',
    message: (f: { base: string; shallow: boolean }): string =>
      f.shallow
        ? `The repository is a shallow clone, without the commit at which this branch left ${f.base}.`
        : `This branch and ${f.base} have no commit in common.`,
    hint: (f: { shallow: boolean; remote: string | undefined }): string =>
      f.shallow
        ? `Nothing was changed. Fetch the history: \`git fetch --unshallow${f.remote === undefined ? '' : ` ${typed(f.remote)}`}\`. With actions/checkout, \`fetch-depth: 0\` does that.`
        : 'Nothing was changed. Name the branch that this one started from.',
  },
  BASE_VERSION_TAKEN: {
    meaning: 'A new migration has the number of one that the base branch has.',
    message: (f: { file: string; version: number; other: string; base: string }): string =>
      `${f.file} has version ${f.version}, which is ${f.other} on ${f.base}.`,
    hint: (f: { file: string; base: string; isForeign?: boolean }): string => renumberHint(f),
  },
  BASE_OUT_OF_ORDER: {
    meaning:
      'A new migration comes before one that the base branch has. Databases that have applied that one would refuse it as OUT_OF_ORDER.',
    message: (f: { file: string; newest: string; base: string }): string =>
      `${f.file} is new, and comes before ${f.newest}, which ${f.base} has.`,
    hint: (f: { file: string; base: string; isForeign?: boolean }): string => renumberHint(f),
  },
  BASE_EDITED: {
    meaning:
      'A migration that the base branch has was edited. Databases that have applied it would refuse the new text as MIGRATION_EDITED. Comments, white space and line endings do not count.',
    message: (f: { file: string; base: string }): string => `${f.file} was edited, and ${f.base} has it.`,
    hint: (f: { file: string; base: string; folder: string | undefined }): string =>
      `Nothing was changed. Put it back with ${restoreCommand(f)}, and make a new migration for the change: \`dunlin create <name>\`.`,
  },
  BASE_RENAMED: {
    meaning:
      'A migration that the base branch has got another name or number. Databases that have applied it would find it missing, or ask for `repair`.',
    message: (f: { file: string; to: string; base: string }): string =>
      `${f.file}, which ${f.base} has, is ${f.to} now.`,
    hint: (f: { file: string; to: string }): string =>
      `Nothing was changed. Give it its name again: \`git mv ${typed(f.to)} ${typed(f.file)}\`.`,
  },
  BASE_DELETED: {
    meaning:
      'A migration that the base branch has was deleted. Databases that have applied it would refuse to run: MIGRATION_MISSING.',
    message: (f: { file: string; base: string }): string => `${f.file}, which ${f.base} has, was deleted.`,
    hint: (f: { file: string; base: string; folder: string | undefined }): string =>
      `Nothing was changed. Bring it back with ${restoreCommand(f)}; a new migration can undo what it does.`,
  },
};

function renumberHint({ file, base, isForeign }: { file: string; base: string; isForeign?: boolean }): string {
  if (isForeign === true) return 'Nothing was changed. Create it again with its tool, so that it comes last.';
  return `Nothing was changed. Give it the next number: \`dunlin renumber ${typed(file)} --base ${typed(base)}\`.`;
}

function restoreCommand(f: { file: string; base: string; folder: string | undefined }): string {
  const name = f.folder === undefined ? f.file : f.file.slice(f.file.lastIndexOf('/') + 1);
  const folder = f.folder === undefined ? '' : `-C ${typed(f.folder)} `;
  return `\`git ${folder}restore --source=${typed(f.base)} -- ${typed(name)}\``;
}

function checksums(recorded: string, present: string | undefined): string {
  const parts = [
    ...(recorded === '' ? [] : [`recorded ${shortChecksum(recorded)}`]),
    ...(present === undefined ? [] : [`now ${shortChecksum(present)}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** The beginning of a checksum, which is enough to tell two apart. */
export function shortChecksum(checksum: string): string {
  return /^(?:\w+:)?[0-9a-f]{32,}$/i.test(checksum) ? checksum.replace(/^\w+:/, '').slice(0, 8) : checksum;
}
