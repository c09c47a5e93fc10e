// Dunlin in a real browser, with databases of the origin private file system: `npm run test:browser`. It looks at dist:
// `npm run build` comes first. DUNLIN_ROUNDS=full ends workers at more moments.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { buildExample, buildPages } from '../../examples/browser/build.mjs';
import { install } from '../../site/install.mjs';

const here = import.meta.dirname;
const isFull = process.env.DUNLIN_ROUNDS === 'full';
const moments = isFull ? 40 : 8;
const forced = Array.from({ length: isFull ? 6 : 1 }, (_, i) => ({ ms: i * 200, rows: 300_000 }));
const counts = { passed: 0, failed: 0 };
const folder = mkdtempSync(join(tmpdir(), 'dunlin-browser-'));

// The site has what finds and starts Chromium.
install();
const { startChromium } = await import('../../site/check/chromium.mjs');
const { browser, reasons } = await startChromium();
if (browser === undefined) {
  console.log(`browser: skipped, no Chromium starts (${reasons.join('; ')}); CHROMIUM_PATH can name one`);
} else {
  try {
    await buildExample(join(folder, 'example'));
    await buildPages(join(folder, 'test'), [join(here, 'page.mjs'), join(here, 'worker.mjs')]);
    copyFileSync(join(here, 'page.html'), join(folder, 'test/index.html'));
    const server = await serve(folder);
    try {
      await runSteps(server.address);
    } finally {
      server.close();
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
  console.log(`browser: ${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

async function step(title, work) {
  try {
    await work();
    counts.passed++;
  } catch (error) {
    counts.failed++;
    console.error(`browser: ${title}\n${error.stack}`);
  }
}

async function runSteps(address) {
  const context = await browser.newContext();
  const tab = async (path) => {
    const page = await context.newPage();
    page.on('pageerror', (error) => console.error(`browser: ${path}: ${error.message}`));
    await page.goto(`${address}/${path}/`);
    return page;
  };
  const ask = (page, request) => page.evaluate((given) => globalThis.ask(given), request);

  await step('the example migrates at the first visit, and keeps its notes', async () => {
    const page = await tab('example');
    await page.getByText('2 migrations applied').waitFor();
    await page.getByLabel('A note').fill('milk');
    await page.getByRole('button').click();
    await page.getByRole('listitem').getByText('milk').waitFor();
    await page.reload();
    await page.getByText('0 migrations applied').waitFor();
    await page.getByRole('listitem').getByText('milk').waitFor();
    await page.close();
  });

  await step('a visit with nothing pending writes nothing', async () => {
    const page = await tab('test');
    const request = { file: 'again.db', migrations: simple(3) };
    assert.deepEqual((await ask(page, request)).applied, [1, 2, 3]);
    const before = await ask(page, { file: 'again.db', bytes: true });
    assert.ok(before.bytes > 0);
    const times = [];
    for (let i = 0; i < 11; i++) {
      const { applied, ms } = await ask(page, request);
      assert.deepEqual(applied, []);
      times.push(ms);
    }
    assert.deepEqual(await ask(page, { file: 'again.db', bytes: true }), before);
    console.log(`browser: nothing pending takes ${times.sort((a, b) => a - b)[5].toFixed(1)} ms (median of 11)`);
    await page.close();
  });

  await step('tabs that start at the same moment run each migration once', async () => {
    const tabs = await Promise.all([tab('test'), tab('test'), tab('test')]);
    const migrations = simple(5);
    const sql = 'SELECT count(*), (SELECT count(*) FROM t5) FROM schema_migrations';
    const answers = await Promise.all(tabs.map((page) => ask(page, { file: 'two.db', migrations, sql })));
    assert.deepEqual(answers.flatMap(({ applied }) => applied).toSorted(), [1, 2, 3, 4, 5]);
    for (const { rows } of answers) assert.deepEqual(rows, [[5, 10]]);
    await Promise.all(tabs.map((page) => page.close()));
  });

  await step('a transaction that a worker has left is rolled back, also what was written already', async () => {
    const page = await tab('test');
    const file = 'left.db';
    await ask(page, { file, migrations: simple(1, 50_000) });
    const leave = 'PRAGMA cache_size = 5; BEGIN; UPDATE t1 SET a = -a';
    await page.evaluate((request) => globalThis.endAfterAnswer(request), { file, leave });
    const { rows } = await ask(page, { file, sql: 'SELECT sum(a < 0), count(*) FROM t1' });
    assert.deepEqual(rows, [[0, 50_000]]);
    await page.close();
  });

  await step('a worker that ends in the middle leaves each migration whole or not at all', async () => {
    const page = await tab('test');
    const endings = [];
    // A signal gives the worker turns, in which it can end. Without one Chromium ends it by force, two seconds later.
    const ends = Array.from({ length: moments }, (_, i) => ({ ms: (i * 400) / moments, rows: 3000, signal: {} }));
    for (const [i, { ms, rows, signal }] of [...ends, ...forced].entries()) {
      const file = `ended-${i}.db`;
      const migrations = simple(12, rows);
      const request = {
        file,
        migrations,
        options: { commit: 'migration', ...(signal && { signal: { aborted: false } }) },
      };
      await page.evaluate((args) => globalThis.endAfter(...args), [request, ms]);
      endings.push(await checkWhole(page, file, rows));
      await ask(page, { file, migrations });
      assert.equal(await checkWhole(page, file, rows), 12);
    }
    console.log(`browser: workers ended after so many of 12 migrations: ${endings.join(', ')}`);
    assert.ok(
      endings.some((applied) => applied < 12),
      'none ended in the middle',
    );
    await page.close();
  });

  await step('a tab that is closed in the middle leaves each migration whole or not at all', async () => {
    for (const ms of [0, 40, 160]) {
      const file = `closed-${ms}.db`;
      const closing = await tab('test');
      void closing.evaluate((given) => void globalThis.ask(given), { file, migrations: simple(12, 3000) });
      await closing.waitForTimeout(60 + ms);
      await closing.close();
      const page = await tab('test');
      const { waited } = await ask(page, { file, migrations: simple(12, 3000) });
      assert.equal(await checkWhole(page, file, 3000), 12);
      assert.ok(Array.isArray(waited));
      await page.close();
    }
  });

  await step('a loss that is not declared is refused, and the rows stay', async () => {
    const page = await tab('test');
    const migrations = simple(1);
    await ask(page, { file: 'loss.db', migrations });
    migrations['2_copy.sql'] =
      'CREATE TABLE n (a); INSERT INTO n SELECT a FROM t1 WHERE a > 4; DROP TABLE t1; ALTER TABLE n RENAME TO t1;';
    const refused = await ask(page, { file: 'loss.db', migrations });
    assert.equal(refused.code, 'ROWS_LOST', JSON.stringify(refused));
    const { rows } = await ask(page, { file: 'loss.db', sql: 'SELECT count(*) FROM t1' });
    assert.deepEqual(rows, [[10]]);
    await page.close();
  });

  await step('an old tab with a newer schema changes nothing', async () => {
    const page = await tab('test');
    await ask(page, { file: 'newer.db', migrations: simple(2) });
    assert.equal((await ask(page, { file: 'newer.db', migrations: simple(1) })).code, 'DATABASE_AHEAD');
    await page.close();
  });
}

/** Each makes a table of so many rows. */
function simple(count, rows = 10) {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  return Object.fromEntries(
    numbers.map((n) => [
      `${n}_t${n}.sql`,
      `CREATE TABLE t${n} (a);
INSERT INTO t${n} WITH RECURSIVE c(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM c WHERE a < ${rows}) SELECT a FROM c;`,
    ]),
  );
}

/** How many migrations are applied. Each of those has its table with all rows, and there is no other table. */
async function checkWhole(page, file, size) {
  const named = await page.evaluate((given) => globalThis.ask(given), {
    file,
    sql: `SELECT name FROM sqlite_schema WHERE name GLOB 't[0-9]*' OR name = 'schema_migrations' ORDER BY name`,
  });
  assert.ok(named.rows, JSON.stringify(named));
  const names = named.rows.map(([name]) => name);
  if (!names.includes('schema_migrations')) {
    assert.deepEqual(names, []);
    return 0;
  }
  const tables = names.filter((name) => name !== 'schema_migrations');
  const sizesOf = tables.map((name) => `SELECT count(*) FROM ${name}`);
  const sql = ['SELECT count(*) FROM schema_migrations', ...sizesOf].join(' UNION ALL ');
  const { rows } = await page.evaluate((given) => globalThis.ask(given), { file, sql });
  const [applied, ...sizes] = rows.map(([size]) => size);
  assert.equal(applied, tables.length);
  assert.deepEqual([...new Set(sizes)], applied === 0 ? [] : [size]);
  return applied;
}

/** With the headers that sqlite-wasm needs for OPFS (sqlite.org/wasm/doc/trunk/persistence.md). */
async function serve(root) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer(({ url }, response) => {
    const path = join(root, new URL(url, 'http://localhost').pathname);
    const file = path.endsWith('/') ? `${path}index.html` : path;
    response.statusCode = existsSync(file) ? 200 : 404;
    response.setHeader('content-type', types[extname(file)] ?? 'text/plain');
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.end(response.statusCode === 200 ? readFileSync(file) : 'not found');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
