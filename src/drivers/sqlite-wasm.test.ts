import { expect, it } from 'vitest';
import { openSqliteWasm } from '../../test/support/wasm.ts';
import { sqliteWasmBridge } from './sqlite-wasm.ts';

it.each([
  ['opfs', '3.46.1', '3.47'],
  ['opfs-sahpool', '3.53.0', '3.54'],
  ['opfs', '3.47.0', undefined],
  ['opfs-sahpool', '3.54.1', undefined],
  ['memdb', '3.41.2', undefined],
])('the VFS %s of %s is refused where it recovers nothing: since %s', async (vfs, version, since) => {
  const database = await openSqliteWasm();
  Object.assign(database, { dbVfsName: () => vfs, selectValue: () => version });
  if (since === undefined) expect(sqliteWasmBridge(database).driver).toBe('sqlite-wasm');
  else
    expect(() => sqliteWasmBridge(database)).toThrow(
      expect.objectContaining({ code: 'VFS_UNSAFE', hint: expect.stringContaining(`${since} or later`) }),
    );
  database.close();
});

it('an error of an old version has the code that is in its message', async () => {
  const bridge = sqliteWasmBridge(await openSqliteWasm());
  const old = Object.assign(new Error('sqlite3 result code 2067: UNIQUE constraint failed: t.a'), { resultCode: 1 });
  expect(bridge.describeError?.(old)).toEqual({
    code: 'SQLITE_CONSTRAINT_UNIQUE',
    message: 'UNIQUE constraint failed: t.a',
  });
  expect(bridge.describeError?.(new Error('database is locked'))?.code).toBe('SQLITE_BUSY');
  void bridge.close?.();
});
