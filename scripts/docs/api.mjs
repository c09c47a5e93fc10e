import { join } from 'node:path';
import { withDeclarations } from '../declarations.mjs';
import { exportsOf } from './declarations.mjs';
import { fold, load } from './load.mjs';

const head = `# The library

Everything that \`import ... from 'dunlin'\` exports. How to use it: [getting started](../tutorials/library.md).

- **\`dunlin\`**: all of it, for Node.
- **\`dunlin/core\`**: the part that imports nothing of Node. It has no paths, directories and drivers by name; build its
  \`MigrationRunner\` from parts (\`RunnerParts\`).
- **\`dunlin/web\`**: the core, and what a browser needs: \`migrate\` for databases of sqlite-wasm, sql.js and wa-sqlite, and
  the lock of all tabs. [The guide](../guides/browser.md).
- **\`dunlin/d1\`**, **\`dunlin/rqlite\`**: engines that take batches of statements instead of a connection.
- **\`dunlin/testing\`**: a migrated database for each test, bridges for tests, and the checks that a bridge of your own has to
  pass.
`;

const titles = { function: 'Functions', class: 'Classes', const: 'Values', types: 'Types' };

/** Every export with its comment and declaration: what can be called first, types last. */
export async function apiPage(root) {
  const { catalogue } = await load(root, `export { catalogue } from './src/errors/index.ts';`);
  const { main, core, engines, testing, web } = await withDeclarations(root, (folder) => ({
    main: exportsOf(join(folder, 'node/index.d.ts')),
    core: exportsOf(join(folder, 'index.d.ts')),
    web: exportsOf(join(folder, 'web/index.d.ts')),
    engines: ['d1', 'rqlite'].map((name) => ({ name, found: exportsOf(join(folder, `drivers/${name}.d.ts`)) })),
    testing: exportsOf(join(folder, 'node/testing/index.d.ts')),
  }));
  const names = new Set(main.map(({ name }) => name));
  const onlyCore = core.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  if (onlyCore.length > 0) throw new Error(`dunlin/core exports ${onlyCore.join(', ')}, and dunlin does not`);
  // What differs from `dunlin` under the same name, and what that has not.
  const own = new Set(['bridgeFor', 'migrate', 'MigrationRunner']);
  const onlyWeb = web.filter(({ name }) => own.has(name) || !names.has(name));
  const linked = (text) => withLinks(text, catalogue);
  const parts = Object.entries(titles).map(([kind, title]) => {
    const found = main.filter((one) => (kind === 'types' ? isType(one) : one.kind === kind));
    const list = fold(found.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(' · '), 120);
    return `## ${title}\n\n${list}\n\n${found.map((one) => section(one, linked)).join('\n')}`;
  });
  const sections = (found) => found.map((one) => section(one, linked)).join('\n');
  const others = [{ name: 'web', found: onlyWeb }, ...engines, { name: 'testing', found: testing }];
  return `${head}\n${parts.join('\n')}\n${others.map(({ name, found }) => `## dunlin/${name}\n\n${sections(found)}`).join('\n')}`;
}

function isType({ kind }) {
  return kind === 'interface' || kind === 'type';
}

function section({ name, doc, text }, linked) {
  const comment = linked(doc.replaceAll(/^@param (\w+) /gm, '`$1`: '));
  return `### ${name}\n\n\`\`\`ts\n${text}\n\`\`\`\n${comment === '' ? '' : `\n${comment}\n`}`;
}

/** Error codes lead to their sections; examples stay as they are. */
function withLinks(text, catalogue) {
  return text
    .split(/(```[\s\S]*?```)/)
    .map((part) =>
      part.startsWith('```')
        ? part
        : part.replaceAll(/`([A-Z][A-Z_0-9]+)`/g, (code, name) =>
            name in catalogue ? `[${code}](errors.md#${name.toLowerCase()})` : code,
          ),
    )
    .join('');
}
