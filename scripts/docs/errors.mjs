import { fold, load } from './load.mjs';

/** The areas of the page, each with the file of its texts. */
const areas = {
  'A run': 'run',
  'Migrations that happen together': 'together',
  'Generated migrations': 'generate',
  Squashes: 'squash',
  'Repeatable migrations': 'repeatable',
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
  'Engines without a connection': 'engines',
  'Backups and restoring': 'backup',
  'Dumps of the schema': 'dump',
  'What check finds by trying': 'round-trips',
  Rehearsals: 'rehearsal',
  'Databases for tests': 'testing',
  'The command line and its configuration': 'options',
};

const source = [
  "export { catalogue } from './src/errors/index.ts';",
  "export { samples } from './test/errors/samples.ts';",
  ...Object.values(areas).map((file, i) => `export * as texts${i} from './src/errors/texts/${file}.ts';`),
].join('\n');

export const errorsHead = `# Errors

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
`;

/**
 * Every code by area, with its meaning and an example of its message and hint.
 *
 * @param {string} root
 * @returns {Promise<{ title: string, source: string, entries: { code: string, meaning: string, example: string }[] }[]>}
 */
export async function errorAreas(root) {
  const { catalogue, samples, ...files } = await load(root, source);
  const missing = new Set(Object.keys(catalogue));
  const list = Object.keys(areas).map((title, i) => {
    const texts = Object.assign({}, ...Object.values(files[`texts${i}`]).filter((value) => typeof value === 'object'));
    const entries = Object.entries(texts).map(([code, { meaning, message, hint }]) => {
      missing.delete(code);
      return { code, meaning, example: `${message(samples[code])}\n\n${hint(samples[code])}` };
    });
    return { title, source: `src/errors/texts/${areas[title]}.ts`, entries };
  });
  if (missing.size > 0) throw new Error(`scripts/docs/errors.mjs lists no area with ${[...missing].join(', ')}`);
  return list;
}

/** One section for each code, by area. */
export async function errorsPage(root) {
  const sections = (await errorAreas(root)).map(({ title, entries }) => {
    const list = fold(entries.map(({ code }) => `[${code}](#${code.toLowerCase()})`).join(' · '), 120);
    return `## ${title}\n\n${list}\n\n${entries.map(section).join('\n')}`;
  });
  return `${errorsHead}\nEach example shows a message and its hint.\n\n${sections.join('\n')}`;
}

function section({ code, meaning, example }) {
  return `### ${code}\n\n${fold(meaning, 120)}\n\n\`\`\`text\n${fold(example, 100)}\n\`\`\`\n`;
}
