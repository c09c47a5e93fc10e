// The results of a change in the words of the page.

export const nothingLost = 'nothing is lost';

/** What the file of the change contains. */
export const writes = (sql) => (sql.includes('__new_') ? 'a rebuild' : `\`${/^[A-Z ]+(?= `)/.exec(sql)[0]}\``);

/** What an applied change has lost, or why it failed. */
export function result({ applied, isThere, lost, broken, output }) {
  if (!applied) return `fails: ${code(reasonOf(output))}`;
  if (!isThere) return 'the change is not there';
  const losses = [...lost, ...broken];
  return losses.length === 0 ? nothingLost : `loses ${losses.join(', ')}`;
}

/** What a change that must fail says. */
export function refusal({ applied, output }) {
  return applied ? 'applies it' : code(reasonOf(output));
}

const code = (text) => `\`${text.replaceAll('`', '').replaceAll('|', '\\|')}\``;

/** SQLite's message as drizzle-orm prints it; or Dunlin's message with what its hint says of the rows. */
function reasonOf(output) {
  const drizzle = /SqliteError: (.*)/.exec(output)?.[1];
  if (drizzle !== undefined) return drizzle;
  const { message, hint } = JSON.parse(output).error;
  const reason = message.replace(/^Migration \S+ (?:failed at statement [^:]+|leaves broken references): /, '');
  const rows = hint.replace(/^.*?(?:as it was before|was rolled back)\./, '').replace(/ Correct the .*$/, '');
  return reason + rows;
}

export function table(heads, lines) {
  return [heads, heads.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}
