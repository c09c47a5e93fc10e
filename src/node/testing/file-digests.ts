import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { nodeHost } from '../node-host.ts';
import { importedFiles, importsIn, type ModuleImports } from './module-imports.ts';

interface FileDigest {
  /** SHA-256 of the content, or why the file cannot be read. */
  readonly digest: string;
  readonly imports: ModuleImports;
}

interface CachedDigest extends FileDigest {
  readonly stamp: string;
  /** Whether an edit since would have changed the stamp: some file systems count the time in steps of two seconds. */
  readonly isSettled: boolean;
}

/** By absolute path, so that a file is read again only after it has changed. */
const digests = new Map<string, CachedDigest>();

const settledMs = 2000;

/** The imports of a file that is not a module. */
const noImports: ModuleImports = { specifiers: [], isComplete: true };

export function digestFile(file: string): FileDigest {
  try {
    return readDigest(file);
  } catch (error) {
    return { digest: String((error as NodeJS.ErrnoException).code), imports: noImports };
  }
}

function readDigest(file: string): CachedDigest {
  const stats = statSync(file, { bigint: true });
  const stamp = `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
  const known = digests.get(file);
  if (known?.isSettled === true && known.stamp === stamp) return known;
  const isSettled = nodeHost.now() - Number(stats.ctimeMs) > settledMs;
  const bytes = readFileSync(file);
  const read = {
    stamp,
    isSettled,
    digest: createHash('sha256').update(bytes).digest('hex'),
    imports: /\.[cm]?[jt]sx?$/.test(file) ? importsIn(bytes.toString('utf8')) : noImports,
  };
  digests.set(file, read);
  return read;
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
    const { digest, imports } = digestFile(file);
    found.set(file, digest);
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
