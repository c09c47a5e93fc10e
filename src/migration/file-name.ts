import { dunlinError, type DunlinError } from '../errors/index.ts';
import { otherFile, type OtherFile } from './other-files.ts';
import { slug } from './slug.ts';

/** What a file's name says about the file. */
export type FileName =
  | {
      readonly kind: 'sql' | 'code';
      readonly version: number;
      /** `add_user_roles`, in Unicode's composed form: macOS may hand out another one. */
      readonly name: string;
      /** `002_add_user_roles`. */
      readonly id: string;
    }
  | ({ readonly kind: 'ignored' } & OtherFile)
  | { readonly kind: 'invalid'; readonly error: DunlinError };

/** What nearly every file is called. With a thousand of them, the long way takes most of a start with nothing to do. */
const usual = /^(\d{1,15})_([a-z][a-z0-9_]*)\.(sql|ts|mts|js|mjs)$/;

/**
 * Reads a file's name (a directory's has a `/` at its end). A file that cannot be meant as a migration is `ignored`
 * with the reason; one that begins like a migration and is not named as one is `invalid`, because passing over it in
 * silence would leave a migration out.
 *
 * ```ts
 * parseFileName('002_add_user_roles.sql'); // { kind: 'sql', version: 2, name: 'add_user_roles', id: '002_add_user_roles' }
 * ```
 *
 * @param path what errors call the file; default its name.
 */
export function parseFileName(fileName: string, path: string = fileName): FileName {
  const [, number, plain, form] = usual.exec(fileName) ?? [];
  if (number !== undefined && plain !== undefined && Number(number) > 0)
    return { kind: form === 'sql' ? 'sql' : 'code', version: Number(number), name: plain, id: `${number}_${plain}` };
  const other = otherFile(fileName);
  if (other !== undefined) return { kind: 'ignored', ...other };
  const dot = fileName.lastIndexOf('.');
  const ending = fileName.slice(dot + 1);
  const id = fileName.slice(0, dot).normalize('NFC');
  const digits = /^\d+/.exec(id)?.[0] ?? '';
  const rest = id.slice(digits.length);
  const name = rest.slice(1);
  const version = Number(digits);

  if (digits.length > 15) return invalid(dunlinError('VERSION_TOO_LONG', { file: path, digits: digits.length }));
  if (version === 0) return invalid(dunlinError('VERSION_ZERO', { file: path }));
  if (rest === '' || rest === '_') {
    return invalid(dunlinError('FILE_NAME_EMPTY', { file: path, suggestion: `${digits}_create_users.${ending}` }));
  }
  const fact = nameFact(rest);
  if (fact !== undefined) {
    return invalid(dunlinError('FILE_NAME_INVALID', { file: path, fact, suggestion: suggest(digits, rest, ending) }));
  }
  return { kind: ending.toLowerCase() === 'sql' ? 'sql' : 'code', version, name, id };
}

const invalid = (error: DunlinError): FileName => ({ kind: 'invalid', error });

function nameFact(rest: string): string | undefined {
  if (!rest.startsWith('_')) return `${show(rest)} follows the version, not "_"`;
  const bad = /[^\p{L}\p{M}\p{N}_.-]/u.exec(rest)?.[0];
  return bad === undefined ? undefined : `${show(bad)} is neither a letter nor a digit nor one of "_", "-", "."`;
}

function show(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0)!);
  return first === ' ' ? 'a space' : JSON.stringify(first);
}

/** No suggestion where more digits follow: `2024-03-13_x` and `1.2.0_x` have another idea of a version. */
function suggest(digits: string, rest: string, ending: string): string | undefined {
  const name = slug(rest);
  return name === '' || /^[^\p{L}\p{N}]*\d/u.test(rest) ? undefined : `${digits}_${name}.${ending}`;
}
