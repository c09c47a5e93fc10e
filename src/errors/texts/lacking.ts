/** What SQLite says about a thing that the connection does not have, and what kind of thing it is. */
const kinds: readonly (readonly [RegExp, kind: string, ways: string])[] = [
  [/(?:no such|unknown) function: (\w+)/, 'function', '`functions: { name: (...) => ... }`'],
  [/no such collation sequence: (\S+)/, 'collation', '`prepare`, where the driver can register one'],
  [/no such module: (\S+)/, 'module', '`prepare`, where the driver can register one'],
  [/(?:no such|unknown) tokenizer: (\S+)/, 'tokenizer', '`prepare`, where the driver can register one'],
];

/**
 * What is missing on a connection, and how to give it; undefined for a reason of another kind. Connections that Dunlin
 * opens have what the options give them, not what the application's own connection was given.
 */
export function lackingHint(reason: string): string | undefined {
  for (const [words, kind, ways] of kinds) {
    const name = words.exec(reason)?.[1]?.replace(/[.;,]$/, '');
    if (name !== undefined)
      return `The connection does not have the ${kind} ${name}. Give the extension that has it (\`extensions\`, --extension) or ${ways}: connections that Dunlin opens have only what the options give them.`;
  }
  return undefined;
}
