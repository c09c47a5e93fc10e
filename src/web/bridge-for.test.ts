import { expect, it } from 'vitest';
import { openSqlJs, openSqliteWasm, openWaSqlite } from '../../test/support/wasm.ts';
import { mockBridge } from '../testing/index.ts';
import { bridgeFor } from './bridge-for.ts';

it('knows the databases by their shape', async () => {
  const handles = [await openSqliteWasm(), await openSqlJs(), await openWaSqlite(), mockBridge()];
  expect(handles.map((handle) => bridgeFor(handle).driver)).toEqual(['sqlite-wasm', 'sql.js', 'wa-sqlite', 'mock']);
});

it('refuses a closed database of sqlite-wasm', async () => {
  const database = await openSqliteWasm();
  database.close();
  expect(() => bridgeFor(database)).toThrow(expect.objectContaining({ code: 'HANDLE_CLOSED' }));
});

it.each<readonly [unknown, RegExp, RegExp]>([
  ['app.db', /A value of type string/, /Open the database first: a browser has no paths/],
  [null, /null/, /sql\.js/],
  [{ db: 1 }, /An object/, /wa-sqlite/],
  [undefined, /type undefined/, /sqlite-wasm/],
  [Promise.resolve(), /An object/, /Await the promise first/],
])('names what cannot be a database: %s', (handle, message, hint) => {
  expect(() => bridgeFor(handle)).toThrow(
    expect.objectContaining({
      code: 'HANDLE_UNKNOWN',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    }),
  );
});
