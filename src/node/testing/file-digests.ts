import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { dunlinError } from '../../errors/index.ts';
import { shownPath } from '../messages.ts';
import { nodeHost } from '../node-host.ts';
import { importedFiles, importsIn, type ModuleImports } from './module-imports.ts';

interface FileDigest {
  readonly stamp: string;
  /** Whether an edit since would have changed the stamp: some file systems count the time in steps of two seconds. */
  readonly isSettled: boolean;
  readonly sha256: string;
  readonly imports: ModuleImports;
}

/** By absolute path, so that a file is read again only after it has changed. */
const digests = new Map<string, FileDigest>();

const settledMs = 2000;

/** Of a file that is no module. */
const none: ModuleImports = { specifiers: [], isComplete: true };

/** For a file that cannot be read, the reason takes the place of its digest. */
function digestOf(file: string): Pick<FileDigest, 'sha256' | 'imports'> {
  try {
    return readDigest(file);
  } catch (error) {
    return { sha256: String((error as NodeJS.ErrnoException).code), imports: none };
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
    imports: /\.[cm]?[jt]sx?$/.test(file) ? importsIn(bytes.toString('utf8')) : none,
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
  let isComplete = true;
  const add = (file: string): void => {
    if (found.has(file)) return;
    const { sha256, imports } = digestOf(file);
    found.set(file, sha256);
    isComplete &&= imports.isComplete;
    for (const specifier of imports.specifiers) {
      const imported = importedFiles(file, specifier);
      isComplete &&= imported.isComplete;
      imported.files.forEach(add);
    }
  };
  files.forEach(add);
  return { files: [...found], isComplete };
}

/** The modules that this process has loaded because migrations import them, as they were then. */
const loaded = new Map<string, string>();

/**
 * Call before modules are loaded. A module that another one imports is loaded once, whatever becomes of its file.
 * Errors: `MODULE_STALE`.
 */
export function refuseStaleImports(files: readonly string[]): void {
  const imported = files.flatMap((one) =>
    digestOf(one).imports.specifiers.flatMap((specifier) => importedFiles(one, specifier).files),
  );
  for (const [file, digest] of digestFiles(imported).files) {
    if (!existsSync(file)) continue;
    if ((loaded.get(file) ?? digest) !== digest)
      throw dunlinError('MODULE_STALE', { file: shownPath(file), imported: true });
    loaded.set(file, digest);
  }
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
