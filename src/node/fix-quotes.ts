import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { withStrings, type QuotedString } from '../check/index.ts';
import { dunlinError } from '../errors/index.ts';
import { reasonOf } from './messages.ts';
import { writeTextFile } from './write-text-file.ts';

/** The text of a file, and the one that it gets. */
interface Rewritten {
  readonly file: string;
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Writes these strings of migration files in single quotes, and nothing else of the files. Either all files are written or
 * none. Errors: `FIX_QUOTES_REFUSED` for a file that was changed meanwhile, `FILE_NOT_WRITTEN`.
 */
export function fixQuotes(strings: readonly QuotedString[], folder: string): void {
  const files = [...new Set(strings.map(({ file }) => file))];
  const all = files.map((file) =>
    rewrite(
      file,
      resolve(folder, file),
      strings.filter((one) => one.file === file),
    ),
  );
  const written: Rewritten[] = [];
  for (const one of all) {
    try {
      writeTextFile(one.path, one.after);
    } catch (error) {
      for (const { path, before } of written) writeTextFile(path, before);
      throw dunlinError('FILE_NOT_WRITTEN', { file: one.file, reason: reasonOf(error) }, { cause: error });
    }
    written.push(one);
  }
}

function rewrite(file: string, path: string, strings: readonly QuotedString[]): Rewritten {
  const before = readFileSync(path, 'utf8');
  const mark = before.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = before.slice(mark.length);
  if (strings.some((one) => !text.startsWith(one.before, one.offset)))
    throw dunlinError('FIX_QUOTES_REFUSED', { files: [file], refusal: { kind: 'changed' } });
  return { file, path, before, after: mark + withStrings(text, strings) };
}
