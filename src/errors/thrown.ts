import { shown } from './shown.ts';

/**
 * Why something failed, from whatever was thrown: an error's message; else the value itself. Anything can be thrown,
 * also undefined and objects that `String` stumbles over.
 */
export function thrownReason(thrown: unknown): string {
  if (typeof thrown === 'string' && thrown.trim() !== '') return thrown;
  const message = messageOf(thrown);
  if (message !== undefined) return message;
  return nameOf(thrown) ?? `it threw ${shown(thrown)}`;
}

function nameOf(thrown: unknown): string | undefined {
  try {
    return thrown instanceof Error ? `${thrown.name} without a message` : undefined;
  } catch {
    return undefined;
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
