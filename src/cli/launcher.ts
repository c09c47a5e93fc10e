import { readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

export interface Start {
  /** `dist/cli/dunlin.js` of this program, without links. */
  readonly program: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What to type in front of a command so that this program runs: `dunlin` if it is on the user's PATH; otherwise what the
 * package manager has for it, such as `npx dunlin`. `dunlin` as well if neither applies, as in a checkout.
 */
export function findLauncher({ program, cwd, env }: Start): string {
  const manager = /^(npm|pnpm|yarn|bun)\b/.exec(env['npm_config_user_agent'] ?? '')?.[1];
  // A package manager adds these folders to the PATH of what it starts; the shell of the user does not have them.
  const folders = (env['PATH'] ?? env['Path'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && (manager === undefined || !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder)));
  if (folders.some((folder) => hasProgram(resolve(cwd, folder), program))) return 'dunlin';
  const isInstalled = foldersAbove(cwd).some((folder) => hasProgram(join(folder, 'node_modules/.bin'), program));
  // A checkout, started by its path: no package manager finds it, so there is nothing better to say.
  if (!isInstalled && !/[\\/]node_modules[\\/]/.test(program)) return manager === 'npm' ? 'npx dunlin' : 'dunlin';
  if (manager === 'pnpm') return isInstalled ? 'pnpm exec dunlin' : 'pnpm dlx dunlin';
  if (manager === 'yarn') return 'yarn dunlin';
  if (manager === 'bun') return 'bunx dunlin';
  return manager === 'npm' || isInstalled ? 'npx dunlin' : 'dunlin';
}

function foldersAbove(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}

/** Whether the command `dunlin` of a folder is this program. */
function hasProgram(folder: string, program: string): boolean {
  return ['dunlin', 'dunlin.cmd'].some((name) => startsProgram(join(folder, name), program));
}

/** A link to the program, or a script of a few lines that starts it, as pnpm makes one, and npm on Windows. */
function startsProgram(file: string, program: string): boolean {
  try {
    if (realpathSync(file) === program) return true;
    if (statSync(file).size > 10_000) return false;
    const paths = readFileSync(file, 'utf8').match(/[^"'\s]*dunlin\.js/g) ?? [];
    return paths.some((path) => realpathOrNone(path.replace(/^(?:\$basedir|%~?dp0%?)/, dirname(file))) === program);
  } catch {
    return false;
  }
}

function realpathOrNone(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
