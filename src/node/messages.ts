import { isAbsolute, relative } from 'node:path';
import process from 'node:process';

/** A path as messages show it: relative to the current directory for what is in there, with `/` on Windows too. */
export function shownPath(absolute: string): string {
  const path = relative(process.cwd(), absolute);
  if (path === '') return '.';
  const isOutside = path === '..' || path.startsWith('../') || path.startsWith('..\\') || isAbsolute(path);
  return (isOutside ? absolute : path).replaceAll('\\', '/');
}

/** Why the file system refused, without the call and the path: "permission denied (EACCES)". */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words = /^[A-Z0-9]+: (.*?)(?:, \w+(?: '.*)?)?$/.exec(message)?.[1] ?? message;
  return code === undefined ? words : `${words} (${code})`;
}
