import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dunlinError } from '../../errors/index.ts';
import { shownPath } from '../messages.ts';
import { nodeHost } from '../node-host.ts';

interface FileDigest {
  readonly stamp: string;
  /** Whether an edit since would have changed the stamp: some file systems count the time in steps of two seconds. */
  readonly isSettled: boolean;
  readonly sha256: string;
  /** The files that a module imports by a relative path. */
  readonly imports: readonly string[];
}

/** By absolute path, so that a file is read again only after it has changed. */
const digests = new Map<string, FileDigest>();

const settledMs = 2000;

/** For a file that cannot be read, the reason takes the place of its digest. */
function digestOf(file: string): Pick<FileDigest, 'sha256' | 'imports'> {
  try {
    return readDigest(file);
  } catch (error) {
    return { sha256: String((error as NodeJS.ErrnoException).code), imports: [] };
  }
}

function readDigest(file: string): FileDigest {
  const stats = statSync(file, { bigint: true });
  const stamp = `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
  const known = digests.get(file);
  if (known?.isSettled === true && known.stamp === stamp) return known;
  const isSettled = nodeHost.now() - Number(stats.ctimeMs) > settledMs;
  const bytes = readFileSync(file);
  const digest = {
    stamp,
    isSettled,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    imports: /\.[cm]?[jt]sx?$/.test(file) ? importsOf(file, bytes.toString('utf8')) : [],
  };
  digests.set(file, digest);
  return digest;
}

export interface FileDigests {
  readonly files: readonly (readonly [file: string, digest: string])[];
  /** Whether it is known of all modules which files they import. */
  readonly isComplete: boolean;
}

/** The digests of files by name, and of all files that these import, directly or through others. */
export function digestFiles(files: readonly string[]): FileDigests {
  const found = new Map<string, string>();
  const add = (file: string): void => {
    if (found.has(file)) return;
    const { sha256, imports } = digestOf(file);
    found.set(file, sha256);
    for (const imported of imports) add(imported);
  };
  for (const file of files) add(file);
  return { files: [...found], isComplete: true };
}

/** The modules that this process has loaded because migrations import them, as they were then. */
const loaded = new Map<string, string>();

/**
 * Call before modules are loaded. A module that another one imports is loaded once, whatever becomes of its file.
 * Errors: `MODULE_STALE`.
 */
export function refuseStaleImports(files: readonly string[]): void {
  for (const [file, digest] of digestFiles(files.flatMap((one) => digestOf(one).imports)).files) {
    if (!isFile(file)) continue;
    if ((loaded.get(file) ?? digest) !== digest)
      throw dunlinError('MODULE_STALE', { file: shownPath(file), imported: true });
    loaded.set(file, digest);
  }
}

const relativeImport = /\b(?:from|import|require)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;

function importsOf(file: string, text: string): readonly string[] {
  return [...text.matchAll(relativeImport)].map(([, , specifier]) => resolveImport(dirname(file), specifier!));
}

const endings = ['', '.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.json', '/index.ts', '/index.js'];

/** TypeScript may be imported by the name of the JavaScript that would be made of it. Names a missing file too. */
function resolveImport(folder: string, specifier: string): string {
  const path = resolve(folder, specifier);
  const typed = path.replace(/\.([cm]?)js$/, '.$1ts');
  return [...endings.map((ending) => path + ending), typed].find(isFile) ?? path;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** The deepest folder that a tool looks into. */
const deepest = 3;

/** The files of a folder of migrations. None where it cannot be read: the run says why. */
export function filesBelow(folder: string, depth: number = 1): readonly string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    const isFolder = entry.isSymbolicLink()
      ? statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
      : entry.isDirectory();
    if (!isFolder) return [path];
    return depth < deepest ? filesBelow(path, depth + 1) : [];
  });
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
