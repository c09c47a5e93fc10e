import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { moduleTokens } from '../../migration/index.ts';

export interface ModuleImports {
  readonly specifiers: readonly string[];
  /** Whether there are no others: not if one is computed, or the text cannot be read. */
  readonly isComplete: boolean;
}

/** What a module imports, as its text says: `import`, `export ... from`, `import()` and `require()`. */
export function importsIn(text: string): ModuleImports {
  const tokens = moduleTokens(text.replace(/\r\n?|[\u2028\u2029]/g, '\n'));
  const found = new Set([...text.matchAll(relativeImport)].map(([, , specifier]) => specifier!));
  let isComplete = tokens !== undefined;
  const add = (token: string | undefined): void => {
    const specifier = valueOf(token);
    if (specifier === undefined) isComplete = false;
    else found.add(specifier);
  };
  (tokens ?? []).forEach((token, i, { [i - 1]: before, [i + 1]: next, [i + 2]: argument, [i + 3]: end }) => {
    if (isCall(token, next)) add(end === ')' || end === ',' ? argument : undefined);
    else if (isLiteral(next) && (token === 'from' || token === 'import')) add(next);
    else if (token === 'import') isComplete &&= next === '.' ? argument === 'meta' : before !== '.';
    else if (token === 'require' || hidden.test(token)) isComplete = false;
  });
  return { specifiers: [...found], isComplete };
}

/** Found in a text that cannot be tokenised, too. */
const relativeImport = /\b(?:from|import|require)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;

/** In a literal: code that is evaluated, or an expression in a template. */
const hidden = /^createRequire$|^['"`/][^]*\b(?:import|require)\s*[(/]/;

function isCall(token: string, next: string | undefined): boolean {
  return next === '(' && (token === 'import' || token === 'require');
}

function isLiteral(token: string | undefined): token is string {
  return token !== undefined && /^['"`]/.test(token);
}

/** Undefined for an expression, and for a literal with an escape. */
function valueOf(token: string | undefined): string | undefined {
  return isLiteral(token) && !/\\|\$\{/.test(token) ? token.slice(1, -1) : undefined;
}

export interface ImportedFiles {
  /** One that is missing so far is named too. None for a package. */
  readonly files: readonly string[];
  /** Whether it can be no other file, and what is in them is known to be code or data. */
  readonly isComplete: boolean;
}

/** The files that a module may mean by a specifier. */
export function importedFiles(module: string, specifier: string): ImportedFiles {
  if (!/^(?:\.{0,2}\/|\.\.?$|file:)/.test(specifier) && !isAbsolute(specifier))
    return { files: [], isComplete: !specifier.startsWith('#') };
  // Node resolves what a link leads to from there.
  const paths = pathsOf(realpathSync(module), specifier);
  const files = [...new Set(paths.flatMap(filesAt))];
  if (files.length === 0) return { files: paths, isComplete: true };
  // The package.json of a folder may name any other file.
  const isClear = (file: string): boolean =>
    known.test(file) && (paths.includes(file) || basename(file) !== 'package.json');
  return { files, isComplete: files.every(isClear) };
}

/** Endings that Node does not load as a CommonJS module. */
const known = /\.(?:[cm]?[jt]sx?|json|node|wasm)$/;

/** `import` takes a URL, with `?query` and `%20`; `require` takes a path. */
function pathsOf(module: string, specifier: string): readonly string[] {
  const path = resolve(dirname(module), specifier);
  try {
    const fromUrl = fileURLToPath(new URL(specifier, pathToFileURL(module)));
    return specifier.startsWith('file:') ? [fromUrl] : [...new Set([fromUrl, path])];
  } catch {
    return [path];
  }
}

const endings = ['.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.json', '.node', '.tsx', '.jsx'];

/** TypeScript may be imported by the name of the JavaScript that would be made of it. */
function filesAt(path: string): readonly string[] {
  if (isFile(path)) return [path];
  const inFolder = ['package.json', ...endings.map((ending) => `index${ending}`)].map((name) => resolve(path, name));
  const typed = path.replace(/\.([cm]?)js$/, '.$1ts');
  return [...endings.map((ending) => path + ending), ...inFolder, typed].filter(isFile);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
