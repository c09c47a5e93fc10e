// A database of OPFS in a worker, as run.mjs asks for it.
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
import { exclusively, migrate } from 'dunlin/web';

const silent = () => undefined;
const loading = sqlite3InitModule({ print: silent, printErr: silent });

onmessage = async ({ data, ports: [port] }) => {
  try {
    port.postMessage(await answer(data));
  } catch (error) {
    port.postMessage({ code: error.code, message: String(error.message), hint: error.hint });
  }
};

/** Each request opens the database, migrates it if there are migrations, queries it and closes it again. */
async function answer({ file, leave, migrations, options = {}, sql, bytes = false }) {
  const sqlite3 = await loading;
  if (bytes) return await hashOf(file);
  if (leave !== undefined) return void new sqlite3.oo1.OpfsDb(`/${file}`, 'c').exec(leave);
  const waited = [];
  const onEvent = ({ type }) => void waited.push(type);
  return await exclusively(
    file,
    async () => {
      const db = new sqlite3.oo1.OpfsDb(`/${file}`, 'c');
      try {
        // A small cache: SQLite writes pages long before COMMIT, and has to roll them back after a death.
        if (options.signal) db.exec('PRAGMA cache_size = 5');
        const started = performance.now();
        const result =
          migrations && (await migrate({ database: db, migrations, name: file, backup: 'off', ...options }));
        const ms = performance.now() - started;
        return {
          applied: result?.applied.map(({ version }) => version),
          ms,
          rows: sql && db.selectArrays(sql),
          waited,
        };
      } finally {
        db.close();
      }
    },
    { onEvent },
  );
}

async function hashOf(file) {
  const root = await navigator.storage.getDirectory();
  const content = await (await (await root.getFileHandle(file)).getFile()).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return { bytes: content.byteLength, hash: [...hash].map((byte) => byte.toString(16)).join() };
}
