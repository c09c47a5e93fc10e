import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { runtime } from './runtime.ts';

/** Node's `require`. In an application bundled as CommonJS, esbuild leaves `import.meta.url` undefined. */
export const nodeRequire: NodeJS.Require = createRequire((import.meta.url as string | undefined) ?? __filename);

/**
 * Loads an optional package synchronously: like a peer dependency of Dunlin, else from the project in the current folder,
 * for a Dunlin that is installed elsewhere.
 */
export function requirePackage(name: string): unknown {
  try {
    return nodeRequire(name);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    return createRequire(join(process.cwd(), 'package.json'))(name);
  }
}

/** Loads a module of Node without its ExperimentalWarning. Other warnings are printed. */
export function requireQuietly(name: string, subject: string): unknown {
  const restore = silence((text, rest) => rest[0] === 'ExperimentalWarning' && text.includes(subject));
  try {
    return nodeRequire(name);
  } finally {
    restore();
  }
}

type IsExpected = (text: string, rest: readonly unknown[]) => boolean;
/** The filters of all current loads; the first installs the filter, the last removes it. */
const expected = new Set<IsExpected>();

/** Suppresses expected warnings of Node until the returned function is called. */
export function silence(isExpected: IsExpected): () => void {
  if (expected.size === 0) installFilter();
  // A new function, so that the same filter can be added twice.
  const mine: IsExpected = (text, rest) => isExpected(text, rest);
  expected.add(mine);
  return () => {
    expected.delete(mine);
    if (expected.size === 0) removeFilter();
  };
}

let removeFilter = (): void => undefined;

function installFilter(): void {
  const emitWarning = process.emitWarning;
  const filtered = ((warning: string | Error, ...rest: unknown[]) => {
    const text = String(warning);
    if (![...expected].some((isExpected) => isExpected(text, rest)))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  process.emitWarning = filtered;
  removeFilter = () => {
    // Other code may have wrapped this function; then leave it.
    if (process.emitWarning === filtered) process.emitWarning = emitWarning;
  };
}

/** Why loading failed, in a few words. */
export function loadFailure(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (code === 'MODULE_NOT_FOUND') return 'not installed';
  if (code === 'ERR_UNKNOWN_BUILTIN_MODULE') return `not a part of ${runtime}`;
  // Only the first line: the rest of a loader's message is a list of paths.
  return String(message ?? error).split('\n', 1)[0]!;
}
