import type { Argument, Call } from './parse.ts';

/** What was done to the files of a folder, in order. */
export type Step =
  | { readonly kind: 'open'; readonly path: string; readonly create: boolean; readonly truncate: boolean }
  | { readonly kind: 'write'; readonly path: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  /** Of a file: its content is on the disk. Of a folder: its names are. */
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'folder'; readonly path: string }
  /** The program said so on its standard output. */
  | { readonly kind: 'said'; readonly text: string };

/** The calls that change files, or wait for the disk. */
export const traced: string =
  'openat,pwrite64,write,writev,pwritev,ftruncate,truncate,fallocate,copy_file_range,sendfile,fsync,fdatasync,' +
  'unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat';

/** Takes out of a log what succeeded within a folder. What this model does not know is an error, never left out. */
export function toSteps(calls: readonly Call[], folder: string): readonly Step[] {
  const offsets = new Map<number, number>();
  return calls.flatMap((call) => toStep(call, folder, offsets) ?? []);
}

function toStep(call: Call, folder: string, offsets: Map<number, number>): Step | undefined {
  const { name, args, result } = call;
  if (result === undefined || result < 0) return undefined;
  const [first, second, third] = args;
  if (name === 'write' && first?.kind === 'descriptor' && first.number === 1)
    return { kind: 'said', text: bytesOf(second).toString() };
  const path = pathOf(call);
  if (path === undefined || !isWithin(path, folder)) return undefined;
  switch (name) {
    case 'openat': {
      const flags = (third?.kind === 'other' ? third.text : '').split('|');
      if (flags.includes('O_APPEND')) throw new Error(`${path} is opened to append: that is not modelled`);
      offsets.set(result, 0);
      return { kind: 'open', path, create: flags.includes('O_CREAT'), truncate: flags.includes('O_TRUNC') };
    }
    case 'pwrite64':
      return { kind: 'write', path, offset: numberOf(args[3]), bytes: bytesOf(second).subarray(0, result) };
    case 'write': {
      const descriptor = first?.kind === 'descriptor' ? first.number : -1;
      const offset = offsets.get(descriptor) ?? 0;
      offsets.set(descriptor, offset + result);
      return { kind: 'write', path, offset, bytes: bytesOf(second).subarray(0, result) };
    }
    case 'ftruncate':
      return { kind: 'truncate', path, size: numberOf(second) };
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path };
    case 'unlink':
      return { kind: 'remove', path };
    case 'rename':
      return { kind: 'rename', path, to: bytesOf(second).toString() };
    case 'mkdir':
      return { kind: 'folder', path };
    default:
      throw new Error(`${name} of ${path} is not modelled`);
  }
}

/** The file that a call is about; undefined for one that has no name any more. */
export function pathOf({ args }: Call): string | undefined {
  const [first, second] = args;
  if (first?.kind === 'text') return first.bytes.toString();
  if (first?.kind !== 'descriptor') return undefined;
  // The *at calls name a folder first; Node and SQLite give them whole paths.
  if (Number.isNaN(first.number)) return second?.kind === 'text' ? second.bytes.toString() : undefined;
  return first.deleted ? undefined : first.path;
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function bytesOf(argument: Argument | undefined): Buffer {
  if (argument?.kind !== 'text') throw new Error('a text was expected in the log');
  return argument.bytes;
}

function numberOf(argument: Argument | undefined): number {
  if (argument?.kind !== 'other') throw new Error('a number was expected in the log');
  return Number(argument.text);
}
