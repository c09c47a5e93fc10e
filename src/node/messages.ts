import { isAbsolute, relative } from 'node:path';
import process from 'node:process';

/** A path for messages: relative if it is in the folder, with `/` on Windows too. */
export function shownPath(absolute: string, folder: string = process.cwd()): string {
  const path = relative(folder, absolute);
  if (path === '') return '.';
  const isOutside = path === '..' || path.startsWith('../') || path.startsWith('..\\') || isAbsolute(path);
  return (isOutside ? absolute : path).replaceAll('\\', '/');
}

/** The reason of a file system error, without the call and the path: "permission denied (EACCES)". */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words = /^[A-Z0-9]+: (.*?)(?:, \w+(?: '.*)?)?$/.exec(message)?.[1] ?? message;
  return code === undefined ? words : `${words} (${code})`;
}
