import { fold, load } from './load.mjs';

/** The areas of the page, each with the file of its texts. */
const areas = {
  'A run': 'run',
  'Migrations that happen together': 'together',
  Squashes: 'squash',
  'Text in double quotes': 'fix-quotes',
  'What a migration would have lost': 'guards',
  'What the database says is applied': 'ledger',
  'Databases of other tools': 'adopt',
  'Numbers of migrations, and the base branch': 'numbering',
  'Migration files': 'migration-file',
  'Folders of other tools': 'formats',
  'SQL files': 'migration-sql',
  'Statements that are refused': 'statements',
  'Migrations in code': 'definition',
  'Rebuilding a table': 'rebuild',
  'Databases and drivers': 'database',
  'Backups and restoring': 'backup',
  'Dumps of the schema': 'dump',
  'What check finds by trying': 'round-trips',
  'Databases for tests': 'testing',
  'The command line and its configuration': 'options',
};

const source = [
  "export { catalogue } from './src/errors/index.ts';",
  "export { samples } from './test/errors/samples.ts';",
  ...Object.values(areas).map((file, i) => `export * as texts${i} from './src/errors/texts/${file}.ts';`),
].join('\n');

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
  const { catalogue, samples, ...files } = await load(root, source);
  const missing = new Set(Object.keys(catalogue));
  const sections = Object.keys(areas).map((title, i) => {
    const texts = Object.assign({}, ...Object.values(files[`texts${i}`]).filter((value) => typeof value === 'object'));
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
