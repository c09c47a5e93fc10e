import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { extensionParts, type Extension } from '../bridge/index.ts';

/**
 * An extension with its path made absolute: the process may be in another folder when the next connection is opened. A
 * bare name without such a file is left for the system to find, in its own folders of libraries.
 */
export function locateExtension(base: string, extension: Extension): Extension {
  const { path, ...rest } = extensionParts(extension);
  const found = resolve(base, path);
  const located = /[\\/]/.test(path) || existsSync(found) ? found : path;
  return Object.keys(rest).length === 0 ? located : { path: located, ...rest };
}
