import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { dunlinError } from '../errors/index.ts';
import { reasonOf } from './messages.ts';

export interface CommittedFile {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface GitBase {
  /** As it was given: `origin/main`. */
  readonly ref: string;
  /** The files at the tip of the base branch. */
  readonly files: readonly CommittedFile[];
  /** The files in the merge base: differences from these were made in this branch. */
  readonly mergeBase: readonly CommittedFile[];
  /** The names that are symbolic links in either; they are not read. */
  readonly symlinks: ReadonlySet<string>;
}

/**
 * Reads a folder in the base branch. It runs `git` without a shell, and writes neither files nor the index. It works in any
 * folder of a working tree, whatever the current directory.
 *
 * Errors: `GIT_FAILED`, `BASE_NOT_FOUND`, `BASE_UNRELATED`.
 */
export function readBase(folder: string, ref: string): GitBase {
  const { prefix } = findRepository(folder);
  const commit = requireRef(folder, ref);
  const fork = git(folder, ['merge-base', commit, 'HEAD']);
  if (fork.status !== 0) {
    const shallow = text(git(folder, ['rev-parse', '--is-shallow-repository'])) === 'true';
    throw dunlinError('BASE_UNRELATED', { base: ref, shallow, ...remoteOf(folder, ref) });
  }
  const [tip, mergeBase] = [commit, text(fork)].map((of) => listFolder(folder, of, prefix)) as [Tree, Tree];
  const all = [...tip, ...mergeBase];
  const contents = readBlobs(folder, new Set(all.filter(({ isLink }) => !isLink).map(({ blob }) => blob)));
  const filesOf = (tree: Tree): readonly CommittedFile[] =>
    tree.filter(({ isLink }) => !isLink).map(({ name, blob }) => ({ name, content: contents.get(blob)! }));
  const symlinks = new Set(all.filter(({ isLink }) => isLink).map(({ name }) => name));
  return { ref, files: filesOf(tip), mergeBase: filesOf(mergeBase), symlinks };
}

/** The names of the files that a branch has in a folder. Errors: `GIT_FAILED`, `BASE_NOT_FOUND`. */
export function branchFiles(folder: string, ref: string): readonly string[] {
  const { prefix } = findRepository(folder);
  return listFolder(folder, requireRef(folder, ref), prefix).map(({ name }) => name);
}

/**
 * The default branch: the target of `origin/HEAD`, or a usual name; undefined outside a repository and without git.
 *
 * Errors: `GIT_FAILED` where there is a repository that cannot be read.
 */
export function defaultBase(folder: string): string | undefined {
  const found = lookForRepository(folder);
  if (found.kind === 'missing' || found.kind === 'outside') return undefined;
  if (found.kind === 'failed') throw failure(folder, found);
  const head = git(folder, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  const names = [...(head.status === 0 ? [text(head)] : []), 'origin/main', 'origin/master'];
  return names.find((name) => resolveRef(folder, name) !== undefined);
}

/** The root of the working tree that a folder is in, found without git; undefined outside of one. */
export function workingTree(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : workingTree(above);
}

interface Ran {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The environment without the variables that git sets in a hook, which are about the hook's folder. */
const ofHooks = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_OBJECT_DIRECTORY', 'GIT_COMMON_DIR'];

function git(folder: string, args: readonly string[], input?: string): Ran {
  const ran = run(folder, args, input);
  if (ran instanceof Error) throw failure(folder, { kind: 'failed', reason: reasonOf(ran), cause: ran });
  return ran;
}

/** The output, or the reason why git could not run. */
function run(folder: string, args: readonly string[], input?: string): Ran | Error {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
  for (const name of ofHooks) delete env[name];
  const { error, status, stdout, stderr } = spawnSync('git', args, {
    cwd: folder,
    env,
    maxBuffer: 2 ** 30,
    windowsHide: true,
    ...(input === undefined ? {} : { input }),
  });
  return error ?? { status: status ?? 1, stdout, stderr: stderr.toString('utf8').trim() };
}

function text({ stdout }: Ran): string {
  return stdout.toString('utf8').trim();
}

interface NoRepository {
  readonly kind: 'missing' | 'outside' | 'failed';
  readonly reason: string;
  readonly cause?: unknown;
}

function failure(folder: string, { kind, reason, cause }: NoRepository): Error {
  return dunlinError('GIT_FAILED', { folder, kind, reason }, { cause });
}

/** The folder's path in the working tree: `db/migrations/`, or empty for its root. */
function lookForRepository(folder: string): { readonly kind: 'found'; readonly prefix: string } | NoRepository {
  const ran = run(folder, ['rev-parse', '--show-prefix']);
  if (ran instanceof Error) {
    const isMissing = (ran as NodeJS.ErrnoException).code === 'ENOENT';
    return { kind: isMissing ? 'missing' : 'failed', reason: reasonOf(ran), cause: ran };
  }
  if (ran.status === 0) return { kind: 'found', prefix: ran.stdout.toString('utf8').replace(/\n$/, '') };
  const kind = /not a git repository/i.test(ran.stderr) ? 'outside' : 'failed';
  return { kind, reason: ran.stderr.replace(/^fatal: /, '') };
}

function findRepository(folder: string): { readonly prefix: string } {
  const found = lookForRepository(folder);
  if (found.kind !== 'found') throw failure(folder, found);
  return found;
}

function resolveRef(folder: string, ref: string): string | undefined {
  const found = git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  return found.status === 0 ? text(found) : undefined;
}

function requireRef(folder: string, ref: string): string {
  const commit = resolveRef(folder, ref);
  if (commit === undefined) throw dunlinError('BASE_NOT_FOUND', { base: ref, ...remoteOf(folder, ref) });
  return commit;
}

/** The remote that a name such as `origin/main` begins with, and the branch there. */
function remoteOf(folder: string, ref: string): { readonly remote: string | undefined; readonly branch: string } {
  const remotes = text(git(folder, ['remote'])).split('\n');
  const remote = remotes.find((name) => name !== '' && ref.startsWith(`${name}/`));
  return remote === undefined ? { remote, branch: ref } : { remote, branch: ref.slice(remote.length + 1) };
}

type Tree = readonly { readonly name: string; readonly blob: string; readonly isLink: boolean }[];

/** The files and links of a folder in a commit, and of those in it; empty if the commit does not have the folder. */
function listFolder(folder: string, commit: string, prefix: string): Tree {
  const tree = git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}:${prefix}`]);
  if (tree.status !== 0) return [];
  const listed = git(folder, ['ls-tree', '-r', '-z', '--full-tree', text(tree)]);
  const lines = listed.stdout.toString('utf8').split('\0');
  return lines.flatMap((line) => {
    const [, mode, blob, name] = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return mode === undefined || blob === undefined || name === undefined
      ? []
      : [{ blob, name, isLink: mode === '120000' }];
  });
}

/** `git cat-file --batch` prints `<name> blob <bytes>`, a line feed, the content and a line feed for each name. */
function readBlobs(folder: string, blobs: ReadonlySet<string>): ReadonlyMap<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  if (blobs.size === 0) return contents;
  const { stdout, stderr } = git(folder, ['cat-file', '--batch'], [...blobs].map((blob) => `${blob}\n`).join(''));
  let at = 0;
  for (const blob of blobs) {
    const end = stdout.indexOf('\n', at);
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(stdout.toString('latin1', at, end))?.[1];
    if (size === undefined) throw failure(folder, { kind: 'failed', reason: stderr || `it has no content of ${blob}` });
    contents.set(blob, stdout.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return contents;
}
