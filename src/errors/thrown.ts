import { shown } from './shown.ts';

/**
 * Why something failed, from whatever was thrown: an error's message; else the value itself. Anything can be thrown,
 * also undefined and objects that `String` stumbles over.
 */
export function thrownReason(thrown: unknown): string {
  if (typeof thrown === 'string' && thrown.trim() !== '') return thrown;
  const message = messageOf(thrown);
  if (message !== undefined) return message;
  const readable = readableError(thrown);
  if (!(readable instanceof Error)) return `it threw ${shown(readable)}`;
  return readable === thrown ? `${readable.name} without a message` : readable.message;
}

/** The properties that error handlers read. */
const looks: readonly PropertyKey[] = ['message', 'name', 'code', 'cause', 'syscall'];

/**
 * What was thrown, or an error in its place where looking at it throws: a Proxy that was revoked, or a property that is
 * computed and fails. Handling an error must not fail half-way through, with a transaction open.
 */
export function readableError(thrown: unknown): unknown {
  if ((typeof thrown !== 'object' || thrown === null) && typeof thrown !== 'function') return thrown;
  try {
    const isError = thrown instanceof Error;
    for (const look of looks)
      void (isError || look in thrown ? (thrown as Record<PropertyKey, unknown>)[look] : undefined);
    void Object.getPrototypeOf(thrown);
    return thrown;
  } catch {
    return new Error('it threw an object that cannot be looked at');
  }
}

function messageOf(thrown: unknown): string | undefined {
  try {
    const message = (thrown as { readonly message?: unknown } | null | undefined)?.message;
    return typeof message === 'string' && message.trim() !== '' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the operating system reported the error: such errors of Node name the system call. */
export function isSystemError(error: unknown): boolean {
  return (error as { readonly syscall?: unknown } | null | undefined)?.syscall !== undefined;
}
