import process from 'node:process';

/** The runtime and its version, for messages. Bun and Deno also say which Node they stand for. */
export const runtime: string = nameRuntime(process.versions);

export function nameRuntime({ bun, deno, node }: Readonly<Record<string, string | undefined>>): string {
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}
