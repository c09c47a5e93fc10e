import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../docs/markdown.ts';
import { Playground } from '../docs/playground.ts';

// This test looks at dist: `npm run build` comes first, as it does in `npm test`.
it.each([
  ['migratedDatabase', ''],
  ['testMigration', "[ { title: 'To do' } ]\n"],
])('the example of %s runs', (name, printed) => {
  const page = readFileSync(join(root, 'docs/reference/api.md'), 'utf8');
  const section = page.slice(page.indexOf(`\n### ${name}\n`)).split('\n### ')[1]!;
  const [, example] = [...section.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!);
  const place = new Playground();
  place.write('migrations/001_notes.sql', 'CREATE TABLE notes (title TEXT);');
  place.write(
    'migrations/002_unique.sql',
    'DELETE FROM notes WHERE rowid > 1; CREATE UNIQUE INDEX titles ON notes (title);',
  );
  place.write('example.mjs', example!);
  expect(place.shell('node example.mjs')).toMatchObject({ status: 0, data: printed });
});
