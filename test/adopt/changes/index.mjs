// Changes of a schema by drizzle-kit, on a table with rows, a cascading child, a trigger and a view. The tables of the
// page say what Drizzle's own migrator does with them and what `dunlin up` does, and a short one in README.md; both are
// compared with the result.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { insertGenerated } from '../../../scripts/docs/insert.mjs';
import { root, versionOf } from '../project.mjs';
import { changes, refused } from './cases.mjs';
import { nothingLost, refusal, result, table, writes } from './words.mjs';
import { shortTable } from './short-table.mjs';
import { tryChange } from './try-change.mjs';

const page = join(root, 'docs/explanation/generated-rebuilds.md');
const readme = join(root, 'README.md');
const command = '`npm run test:adopt -- --write`';

/** The steps by their names: what Dunlin does with each change; at the end the page is compared, or written. */
export function* stepsOfChanges({ write }) {
  const lines = [];
  for (const change of changes) {
    const work = () => {
      const { sql, migrator, withoutView, dunlin } = tryChange(change);
      lines.push([change.title, writes(sql), ...[migrator, withoutView, dunlin].map(result)]);
      assert.equal(result(dunlin), nothingLost, dunlin.output);
    };
    yield [change.title, work];
  }
  const refusals = [];
  for (const change of refused) {
    const work = () => {
      const { migrator, dunlin } = tryChange(change);
      refusals.push([change.title, refusal(migrator), refusal(dunlin)]);
      for (const { applied, lost, broken } of [migrator, dunlin])
        assert.deepEqual({ applied, lost, broken }, { applied: false, lost: [], broken: [] });
      assert.ok(refusal(dunlin).includes(change.named), dunlin.output);
    };
    yield [change.title, work];
  }
  yield ['the page says so', () => comparePage(page, pageText(lines, refusals), write)];
  yield ['README.md says so', () => comparePage(readme, shortTable(lines), write)];
}

function pageText(lines, refusals) {
  return [
    `drizzle-kit ${versionOf('drizzle-kit')} and drizzle-orm ${versionOf('drizzle-orm')}:`,
    table(['change', 'written', '`migrate()` of drizzle-orm', '`migrate()`, without the view', '`dunlin up`'], lines),
    'Where the rows do not allow the change, both refuse it and leave the database as it was:',
    table(['change', '`migrate()` of drizzle-orm', '`dunlin up`'], refusals),
  ].join('\n\n');
}

function comparePage(page, text, write) {
  const now = readFileSync(page, 'utf8');
  const wanted = insertGenerated(now, command, text);
  if (write) writeFileSync(page, wanted);
  else assert.equal(now, wanted, `the results differ from ${page}; ${command} writes them`);
}
