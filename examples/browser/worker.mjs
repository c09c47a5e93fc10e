// Opens the database of this origin and migrates it, one tab at a time.
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
import { exclusively, migrate, onMigrating } from 'dunlin/web';
import notes from './migrations/1_notes.sql';
import done from './migrations/2_done.sql';

// With Vite: import.meta.glob('./migrations/*.sql', { eager: true, query: '?raw', import: 'default' })
const migrations = { '1_notes.sql': notes, '2_done.sql': done };
const newest = 2;

const report = (message) => postMessage(message);
const sqlite3 = await sqlite3InitModule();

let db;
try {
  db = await exclusively('notes', openAndMigrate, { onEvent: () => report({ status: 'Waiting for another tab …' }) });
  report({ notes: read() });
} catch (error) {
  report({ status: `${error.message} ${error.hint ?? ''}` });
}

// A tab with newer code is about to change the schema: this one is too old for it.
onMigrating('notes', ({ to }) => {
  if (to <= newest) return;
  db?.close();
  db = undefined;
  report({ status: 'A newer version is open in another tab. Please reload.' });
});

onmessage = ({ data }) => {
  if (db === undefined) return;
  db.exec({ sql: 'INSERT INTO notes (body) VALUES (?)', bind: [data.add] });
  report({ notes: read() });
};

async function openAndMigrate() {
  const opened = new sqlite3.oo1.OpfsDb('/notes.db', 'c');
  const { applied } = await migrate({ database: opened, migrations, name: 'notes', backup: 'off' });
  report({ status: `${applied.length} migrations applied` });
  return opened;
}

function read() {
  return db.selectValues('SELECT body FROM notes ORDER BY id');
}
