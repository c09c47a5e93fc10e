/** A system call as strace prints it. Paths and texts come as bytes: `-xx` leaves no comma or quote to be misread. */
export interface Call {
  readonly pid: number;
  readonly name: string;
  readonly args: readonly Argument[];
  /** Undefined: the process died in it. */
  readonly result: number | undefined;
}

export type Argument =
  | { readonly kind: 'text'; readonly bytes: Buffer }
  /** A file descriptor with what is behind it (`-y`). */
  | { readonly kind: 'descriptor'; readonly number: number; readonly path: string; readonly deleted: boolean }
  | { readonly kind: 'other'; readonly text: string };

/**
 * Reads a log of `strace -f -y -xx`. A call during which another thread had its turn comes in two lines; without
 * joining these a write would be missing, and look like a defect.
 */
export function parseCalls(log: string): readonly Call[] {
  const begun = new Map<number, string>();
  const calls: Call[] = [];
  for (const line of log.split('\n')) {
    const [, process, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (process === undefined || rest === undefined) continue;
    const pid = Number(process);
    const [, head] = /^(.*?) *<unfinished \.\.\.>(?:\) += \?)?$/.exec(rest) ?? [];
    if (head !== undefined) {
      begun.set(pid, head);
      continue;
    }
    const [, tail] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
    const whole = tail === undefined ? rest : `${begun.get(pid) ?? ''}${tail}`;
    const call = parseCall(pid, whole);
    if (call !== undefined) calls.push(call);
  }
  return calls;
}

/** Undefined for a signal, an exit, and what else is no call. */
function parseCall(pid: number, text: string): Call | undefined {
  const [, name, args, result] = /^(\w+)\((.*)\) += (-?\d+|\?)/.exec(text) ?? [];
  if (name === undefined || args === undefined) return undefined;
  return {
    pid,
    name,
    args: args === '' ? [] : args.split(/, */).map(parseArgument),
    result: result === '?' ? undefined : Number(result),
  };
}

function parseArgument(text: string): Argument {
  const [, quoted, cut] = /^"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?$/.exec(text) ?? [];
  if (cut !== undefined) throw new Error('strace has shortened a text: raise -s');
  if (quoted !== undefined) return { kind: 'text', bytes: toBytes(quoted) };
  const [, number, path, deleted] = /^(\w+)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?$/.exec(text) ?? [];
  if (number === undefined || path === undefined) return { kind: 'other', text };
  return {
    kind: 'descriptor',
    number: Number(number),
    path: toBytes(path).toString(),
    deleted: deleted !== undefined,
  };
}

function toBytes(escaped: string): Buffer {
  return Buffer.from(escaped.replaceAll('\\x', ''), 'hex');
}
