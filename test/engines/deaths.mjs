// rqlite that dies, or whose answer is cut off, while a migration is on its way.
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';

const migrations = {
  '001_users.sql': `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO users VALUES (1, 'a'), (2, 'b');`,
  '002_users.sql': `CREATE TABLE users_new (id INTEGER PRIMARY KEY, email TEXT NOT NULL); INSERT INTO users_new SELECT * FROM users;
    DROP TABLE users; ALTER TABLE users_new RENAME TO users; CREATE TABLE more (x); INSERT INTO more VALUES (1);`,
};

/** When the node is killed: before the nth request, or so many milliseconds after a batch was sent. */
const deaths = [
  ...[1, 2, 4, 6, 8, 11, 14].map((request) => ({ request })),
  ...[0, 2, 5, 10, 20, 40].map((afterMs) => ({ afterMs })),
];

export const deathCases = {
  async 'kill -9 before a request, or during a batch: all of a migration or nothing'({
    dunlin,
    rqlite,
    start,
    Subject,
  }) {
    let server = await start();
    const { ports } = server;
    let broken = 0;
    for (const death of deaths) {
      await new Subject(dunlin, rqlite(server.address)).run(
        'DROP TABLE IF EXISTS users',
        'DROP TABLE IF EXISTS more',
        'DROP TABLE IF EXISTS schema_migrations',
        'DROP TABLE IF EXISTS schema_migration_attempts',
      );
      let requests = 0;
      let killing;
      const dying = async (address, init) => {
        if (death.request !== undefined && ++requests === death.request) await server.kill();
        const answer = fetch(address, init);
        const isBatch = String(address).includes('/db/execute') && init.body.length > 200;
        if (death.afterMs !== undefined && isBatch && killing === undefined)
          killing = new Promise((done) => void setTimeout(done, death.afterMs)).then(() => server.kill());
        return await answer;
      };
      const bridge = rqlite(server.address, { fetch: dying, timeoutMs: 2000 });
      const short = { ...bridge, engine: { ...bridge.engine, limits: { transactionMs: 100 } } };
      const error = await new dunlin.BatchRunner({ database: short, migrations }).up().then(
        () => undefined,
        (thrown) => thrown,
      );
      await killing;
      const name = JSON.stringify(death);
      if (error !== undefined) broken++;
      if (error !== undefined) assert.ok(dunlin.isDunlinError(error), `${name}: ${error?.stack}`);
      server = await start(ports);
      const subject = new Subject(dunlin, rqlite(server.address));
      await isWhole(subject, name);
      await subject.runner(migrations).up();
      await isWhole(subject, name);
      assert.equal(await subject.text('SELECT count(*) FROM schema_migrations'), '2', name);
    }
    // Most of them died in the middle of a run.
    assert.ok(broken >= 6, `${broken} of ${deaths.length} runs failed`);
  },

  async 'an answer that is cut off after the commit is found in the history'({ dunlin, rqlite, start, Subject }) {
    const server = await start();
    const proxy = await cutting(Number(new URL(server.address).port));
    try {
      const { applied, notes } = await new dunlin.BatchRunner({ database: rqlite(proxy.address), migrations }).up();
      assert.deepEqual(
        applied.map(({ version }) => version),
        [1, 2],
      );
      assert.equal(proxy.cut(), 1);
      assert.ok(
        notes.some((note) => note.includes('the history says that it was applied')),
        notes.join('; '),
      );
      const subject = new Subject(dunlin, rqlite(server.address));
      assert.equal(await subject.text('SELECT count(*) FROM users'), '2');
      assert.equal(await subject.text('SELECT count(*) FROM more'), '1');
    } finally {
      await proxy.close();
    }
  },
};

/** The tables are those of the applied migrations. */
async function isWhole(subject, name) {
  const tables = await subject.text(
    `SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'schema_migration%' ORDER BY name)`,
  );
  const has = await subject.text(`SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'`);
  const applied = has === '0' ? '0' : await subject.text('SELECT count(*) FROM schema_migrations');
  assert.equal(tables, { 0: 'NULL', 1: 'users', 2: 'more,users' }[applied], `${name}, ${applied} applied`);
  if (applied !== '0') assert.equal(await subject.text('SELECT count(*) FROM users'), '2', name);
}

/** A proxy that passes everything on, but for the answer to the first large batch. */
async function cutting(port) {
  let cut = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let isCut = false;
    client.on('data', (data) => {
      if (cut === 0 && String(data).includes('/db/execute') && data.length > 1000) {
        cut++;
        isCut = true;
      }
      upstream.write(data);
    });
    // By the answer rqlite has committed.
    upstream.on('data', (data) => void (isCut ? client.destroy() : client.write(data)));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      one.on('error', () => void other.destroy());
      one.on('close', () => void other.destroy());
    }
  });
  await new Promise((done) => void server.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${server.address().port}`;
  return { address, cut: () => cut, close: () => new Promise((done) => void server.close(() => done())) };
}
