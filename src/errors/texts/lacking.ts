/** What SQLite says about a thing that the connection does not have, and what kind of thing it is. */
const kinds: readonly (readonly [RegExp, kind: string, ways: string])[] = [
  [/(?:no such|unknown) function: (\w+)/, 'function', '`functions`'],
  [/no such collation sequence: (\S+)/, 'collation', '`prepare`, where the driver can register one'],
  [/no such module: (\S+)/, 'module', '`prepare`, where the driver can register one'],
  [/(?:no such|unknown) tokenizer: (\S+)/, 'tokenizer', '`prepare`, where the driver can register one'],
];

/**
 * What is missing on a connection, and how to give it; undefined for a reason of another kind. Connections that Dunlin
 * opens have what the options give them, not what the application's own connection was given.
 */
export function lackingHint(reason: string): string | undefined {
  const other = /non-deterministic use of (\w+)|wrong number of arguments to function (\w+)/.exec(reason);
  if (other !== null || /non-deterministic functions prohibited/.test(reason))
    return `A function that the schema calls${other === null ? '' : `, ${other[1] ?? other[2]},`} is registered in another form on this connection: in an index, a generated column or a CHECK it has to be deterministic, and take the arguments that the schema gives it. \`functions\` registers it so; the driver's own call needs \`{ deterministic: true }\`.`;
  for (const [words, kind, ways] of kinds) {
    const name = words.exec(reason)?.[1]?.replace(/[.;,]$/, '');
    if (name !== undefined)
      return `The connection does not have the ${kind} ${name}. Give the extension that has it (\`extensions\`, --extension) or ${ways}: connections that Dunlin opens have only what the options give them.`;
  }
  return undefined;
}

/** Columns that an INSERT ... SELECT copies, and that what it reads does not have. `from`: a table, or a FROM clause. */
export interface LackingColumns {
  readonly from: string;
  readonly columns: readonly string[];
}

export function lackingColumnsHint({ from, columns }: LackingColumns): string {
  const [it, its] = columns.length === 1 ? ['column', 'the new column is'] : ['columns', 'each new column is'];
  return `${from} has no ${it} ${columns.join(', ')}: put the value that ${its} to have into the SELECT, NULL or its default.`;
}

/**
 * What to do if an old schema, or a new statement, has a text in double quotes, which SQLite takes for a name by
 * default (sqlite.org/quirks.html, section 8); undefined for a reason of another kind.
 */
export function doubleQuotesHint(reason: string): string | undefined {
  const text = /no such column: (".*") - .* single-quotes/s.exec(reason)?.[1];
  if (text === undefined) return undefined;
  const single = `'${text.slice(1, -1).replaceAll("'", "''")}'`;
  return `Text needs single quotes: write ${single} for ${text}; \`dunlin fix-quotes\` does it in all migration files. Where the schema has it already: drop the index, view or trigger that has it and create it again with ${single}; a CHECK is replaced by \`db.rebuildTable(table, (t) => t.dropCheck(...).addCheck(...))\`, a default by \`t.changeColumn(...)\`. \`{ "doubleQuotedStrings": true }\` in dunlin.config.json, or \`migrate({ doubleQuotedStrings: true, ... })\`, runs old files as they are, with node:sqlite (Node 22.16 or later) or @photostructure/sqlite.`;
}
