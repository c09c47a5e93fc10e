import { fold, load } from './load.mjs';

const source = `
  import { adoptTexts } from './src/errors/texts/adopt.ts';
  import { backupTexts } from './src/errors/texts/backup.ts';
  import { databaseTexts } from './src/errors/texts/database.ts';
  import { definitionTexts } from './src/errors/texts/definition.ts';
  import { dumpTexts } from './src/errors/texts/dump.ts';
  import { formatTexts } from './src/errors/texts/formats.ts';
  import { guardTexts } from './src/errors/texts/guards.ts';
  import { ledgerTexts } from './src/errors/texts/ledger.ts';
  import { migrationFileTexts } from './src/errors/texts/migration-file.ts';
  import { migrationSqlTexts } from './src/errors/texts/migration-sql.ts';
  import { numberingTexts } from './src/errors/texts/numbering.ts';
  import { optionTexts } from './src/errors/texts/options.ts';
  import { rebuildTexts } from './src/errors/texts/rebuild.ts';
  import { roundTexts } from './src/errors/texts/round-trips.ts';
  import { runTexts } from './src/errors/texts/run.ts';
  import { statementTexts } from './src/errors/texts/statements.ts';
  import { togetherTexts } from './src/errors/texts/together.ts';
  export { catalogue } from './src/errors/index.ts';
  export { samples } from './test/errors/samples.ts';

  export const areas = [
    ['A run', runTexts],
    ['Migrations that happen together', togetherTexts],
    ['What a migration would have lost', guardTexts],
    ['What the database says is applied', ledgerTexts],
    ['Databases of other tools', adoptTexts],
    ['Numbers of migrations, and the base branch', numberingTexts],
    ['Migration files', migrationFileTexts],
    ['Folders of other tools', formatTexts],
    ['SQL files', migrationSqlTexts],
    ['Statements that are refused', statementTexts],
    ['Migrations in code', definitionTexts],
    ['Rebuilding a table', rebuildTexts],
    ['Databases and drivers', databaseTexts],
    ['Backups and restoring', backupTexts],
    ['Dumps of the schema', dumpTexts],
    ['What check finds by trying', roundTexts],
    ['The command line and its configuration', optionTexts],
  ];
`;

const head = `# Errors

Every failure is a \`DunlinError\`. Its \`code\` is stable: test that. Its \`message\` says what happened and to which object,
its \`hint\` what is true of the data and what to do; both may be reworded in any release.
[Troubleshooting](../guides/troubleshooting.md) says more about the common ones.

\`\`\`js
import { isDunlinError, migrate } from 'dunlin';

try {
  await migrate({ database: 'app.db', migrations: 'migrations' });
} catch (error) {
  if (!isDunlinError(error) || error.code !== 'LOCKED') throw error;
  console.log('try again later');
}
\`\`\`

\`migration\` and \`location\` say where it happened, \`applied\`, \`failed\` and \`pending\` how far a run got, \`problems\` has
each error if there are several, and \`cause\` is the driver's error.

Each example shows a message and its hint.
`;

/** One section for each code, by area. */
export async function errorsPage(root) {
  const { areas, catalogue, samples } = await load(root, source);
  const missing = new Set(Object.keys(catalogue));
  const sections = areas.map(([title, texts]) => {
    const codes = Object.keys(texts);
    for (const code of codes) missing.delete(code);
    const list = fold(codes.map((code) => `[${code}](#${code.toLowerCase()})`).join(' · '), 120);
    return `## ${title}\n\n${list}\n\n${codes.map((code) => section(code, texts[code], samples[code])).join('\n')}`;
  });
  if (missing.size > 0) throw new Error(`scripts/docs/errors.mjs lists no area with ${[...missing].join(', ')}`);
  return `${head}\n${sections.join('\n')}`;
}

function section(code, { meaning, message, hint }, facts) {
  const example = fold(`${message(facts)}\n\n${hint(facts)}`, 100);
  return `### ${code}\n\n${fold(meaning, 120)}\n\n\`\`\`text\n${example}\n\`\`\`\n`;
}
