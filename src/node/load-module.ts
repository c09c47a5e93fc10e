import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dunlinError, isModuleSyntax } from '../errors/index.ts';
import { nodeRequire, requirePackage, silence } from './load-package.ts';
import { shownPath } from './messages.ts';
import { packageType } from './package-type.ts';
import { runtime } from './runtime.ts';

/** The used part of jiti. Its own types would make it a dependency. */
export interface Jiti {
  (file: string): unknown;
  import(file: string): Promise<unknown>;
}

/** The runtime's functions to load a module. Tests pass those of other runtimes. */
export interface ModuleSupport {
  /** For messages: `Node 20.20.2`. */
  readonly runtime: string;
  readonly import: (url: string) => Promise<unknown>;
  readonly require: (file: string) => unknown;
  /** Makes `require` and jiti forget a file; ES modules are never forgotten. */
  readonly forget: (file: string) => void;
  /** Whether `require` takes ES modules, and TypeScript. */
  readonly requires: { readonly modules: boolean; readonly typescript: boolean };
  /** Undefined if jiti is not installed. */
  readonly jiti: (file: string) => Jiti | undefined;
}

/**
 * Imports a module and returns its exports: a promise, or with `sync` the value. TypeScript that the runtime cannot load is
 * loaded with the optional package jiti.
 *
 * `revision` identifies the file's text, so that an edited file is loaded again. The module's own imports are not loaded
 * again. No runtime can load an ES module twice synchronously: MODULE_STALE.
 *
 * Errors: `MODULE_NEEDS_JITI`, `MODULE_NOT_SYNC`, `MODULE_STALE`; the module's own errors unchanged.
 */
export type LoadModule = (file: string, sync: boolean, revision?: string) => unknown;

export function createLoadModule(powers: ModuleSupport): LoadModule {
  const required = new Map<string, { readonly revision: string; readonly exports: unknown }>();

  return (file, sync, revision = '') => {
    if (revision !== '') powers.forget(file);
    if (!sync) return importModule(file, revision, powers);
    const exports = requireModule(file, powers);
    const before = required.get(file);
    if (before !== undefined && before.exports === exports && before.revision !== revision)
      throw dunlinError('MODULE_STALE', { file: shownPath(file) });
    required.set(file, { revision, exports });
    return exports;
  };
}

async function importModule(file: string, revision: string, powers: ModuleSupport): Promise<unknown> {
  const url = pathToFileURL(file);
  // Modules are cached by URL, for the life of the process.
  if (revision !== '') url.search = `?revision=${revision}`;
  const jiti = isMisplaced(file) ? powers.jiti(file) : undefined;
  if (jiti !== undefined) return await jiti.import(file);
  try {
    return await powers.import(url.href);
  } catch (error) {
    const obstacle = findObstacle(error, powers.runtime, file);
    if (obstacle === undefined) throw error;
    return await needJiti(file, obstacle, powers, error).import(file);
  }
}

function requireModule(file: string, powers: ModuleSupport): unknown {
  // `require` treats a file of unknown ending as CommonJS and fails with a misleading syntax error.
  if (isTypeScript(file) && !powers.requires.typescript)
    return needJiti(file, noTypeScript(powers.runtime), powers)(file);
  if (!powers.requires.modules) {
    const jiti = powers.jiti(file);
    if (jiti !== undefined) return jiti(file);
    throw dunlinError('MODULE_NOT_SYNC', {
      file: shownPath(file),
      reason: `${powers.runtime} cannot require ES modules, and jiti is not installed`,
    });
  }
  const jiti = isMisplaced(file) ? powers.jiti(file) : undefined;
  if (jiti !== undefined) return jiti(file);
  try {
    return powers.require(file);
  } catch (error) {
    if (codeOf(error) === 'ERR_REQUIRE_ASYNC_MODULE') {
      const reason = 'it, or a module that it imports, has an await at its top level';
      throw dunlinError('MODULE_NOT_SYNC', { file: shownPath(file), reason }, { cause: error });
    }
    const obstacle = findObstacle(error, powers.runtime, file);
    if (obstacle === undefined) throw error;
    return needJiti(file, obstacle, powers, error)(file);
  }
}

function isTypeScript(file: string): boolean {
  return /^\.[mc]?ts$/.test(extname(file));
}

/**
 * Whether Node would treat TypeScript with `import` or `export` as CommonJS, print a warning and fail. Compilers and
 * bundlers accept it, so it is common below a package.json of `npm init -y`.
 */
function isMisplaced(file: string): boolean {
  if (extname(file) !== '.ts' || packageType(dirname(file)) !== 'commonjs') return false;
  return /^(?:import|export)\b(?! (?:type|interface)\b)/m.test(readFileSync(file, 'utf8'));
}

/** Why the runtime cannot load a file that jiti can, and what to do without jiti. */
interface Obstacle {
  readonly reason: string;
  readonly alternative: string;
}

function needJiti(file: string, obstacle: Obstacle, powers: ModuleSupport, cause?: unknown): Jiti {
  const jiti = powers.jiti(file);
  if (jiti === undefined) throw dunlinError('MODULE_NEEDS_JITI', { file: shownPath(file), ...obstacle }, { cause });
  return jiti;
}

function noTypeScript(runtime: string): Obstacle {
  const alternative = 'use Node 22.18 or newer; or write the migration in JavaScript';
  return { reason: `${runtime} does not load TypeScript`, alternative };
}

function findObstacle(error: unknown, runtime: string, file: string): Obstacle | undefined {
  const { message, url } = (error ?? {}) as { readonly message?: unknown; readonly url?: unknown };
  switch (codeOf(error)) {
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return /"\.[mc]?tsx?"/.test(String(message)) ? noTypeScript(runtime) : undefined;
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return {
        reason:
          'it, or a module that it imports, has TypeScript that is more than types (an enum, a namespace, a parameter property)',
        alternative: 'write it without that',
      };
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return {
        reason: 'Node does not load TypeScript from node_modules',
        alternative: 'have that package ship JavaScript',
      };
    case 'ERR_MODULE_NOT_FOUND':
      return typeof url === 'string' && url.startsWith('file:') ? misnamedImport(fileURLToPath(url)) : undefined;
    default:
      return isTypeScript(file) && error instanceof SyntaxError && isModuleSyntax(error.message)
        ? {
            reason:
              'it, or a module that it imports, is an ES module in a .ts file, which Node takes for CommonJS where the nearest package.json does not say `"type": "module"`',
            alternative: 'name the file .mts',
          }
        : undefined;
  }
}

/** An import of `./x.js` or `./x` whose file is `x.ts`: compilers and bundlers find it, Node does not. */
function misnamedImport(missing: string): Obstacle | undefined {
  const found = [missing.replace(/\.([mc]?)js$/, '.$1ts'), `${missing}.ts`].find(
    (path) => path !== missing && existsSync(path),
  );
  if (found === undefined) return undefined;
  return {
    reason: `it imports ${shownPath(missing)}, which is really ${shownPath(found)}`,
    alternative: 'import it with the ending .ts',
  };
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null)?.code;
}

const isBunOrDeno = 'bun' in process.versions || 'deno' in process.versions;
const features = process.features as { readonly require_module?: boolean; readonly typescript?: unknown };

export const loadModule: LoadModule = createLoadModule({
  runtime,
  async import(url) {
    const restore = silence(isAboutType);
    try {
      return (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as unknown;
    } finally {
      restore();
    }
  },
  require(file) {
    const restore = silence(isAboutType);
    try {
      return nodeRequire(file);
    } finally {
      restore();
    }
  },
  forget: (file) => {
    delete nodeRequire.cache[file];
  },
  requires: {
    modules: isBunOrDeno || features.require_module === true,
    typescript: isBunOrDeno || Boolean(features.typescript),
  },
  jiti: findJiti,
});

/** Node's warning that it parsed a file twice, which would appear between a run's lines. */
function isAboutType(text: string): boolean {
  return text.startsWith('Module type of ');
}

function findJiti(file: string): Jiti | undefined {
  let found: { readonly createJiti: (id: string, options: object) => Jiti };
  try {
    found = requirePackage('jiti') as typeof found;
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
  // Do not merge default and named exports: `checkDefinition` needs to know which a module has.
  // Node loads Dunlin itself: compiled by jiti, it would be a second copy, and fail to load Node's modules.
  return found.createJiti(file, { interopDefault: false, nativeModules: ['dunlin'] });
}
