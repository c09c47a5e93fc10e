import { existsSync } from 'node:fs';
import { dunlinError } from '../../errors/index.ts';
import { shownPath } from '../messages.ts';
import { digestFile, digestFiles } from './file-digests.ts';
import { importedFiles } from './module-imports.ts';

/** The modules that this process has loaded because migrations import them, as they were then. */
const loaded = new Map<string, string>();

/**
 * Call before modules are loaded. Node caches modules by their URL: each load of a migration has a URL of its own, but what
 * the migration imports is loaded once, whatever becomes of the file. Errors: `MODULE_STALE`.
 */
export function refuseStaleImports(files: readonly string[]): void {
  const imported = files.flatMap((one) =>
    digestFile(one).imports.specifiers.flatMap((specifier) => importedFiles(one, specifier).files),
  );
  for (const [file, digest] of digestFiles(imported).files) {
    if (!existsSync(file)) continue;
    if ((loaded.get(file) ?? digest) !== digest)
      throw dunlinError('MODULE_STALE', { file: shownPath(file), imported: true });
    loaded.set(file, digest);
  }
}
