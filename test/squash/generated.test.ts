import BetterSqlite3 from 'better-sqlite3';
import { expect, it } from 'vitest';
import { readWholeContent } from '../../src/check/squash/content.ts';
import { findDifferences, squashFile } from '../../src/check/squash/prove.ts';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { createLedger } from '../../src/ledger/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { contentOf, registryOf } from '../support/databases.ts';
import { perform } from '../support/memory.ts';
import { makeSchema } from '../support/schemas/make-schema.ts';

const rounds = 40;
const identity = { version: 1, name: 'squash', id: '001_squash', file: '001_squash.sql' };
const replaces = [{ ...identity, fileName: '001_all.sql', checksum: 'unchecked', label: undefined }];
const ledger = createLedger('app.db', 'standard', {});

it(`${rounds} generated databases are made again by the statements of a squash`, () => {
  let rows = 0;
  for (let start = 1; start <= rounds; start++) {
    const about = `makeSchema(${start})`;
    const { database } = makeSchema(start);
    const bridge = betterSqlite3Bridge(database);
    const content = perform(readWholeContent(ledger, new Set()), bridge);
    if (database.pragma('encoding', { simple: true }) !== 'UTF-8') {
      expect(content.lacking, about).toEqual([
        'new databases are in UTF-16le here, and a squash has the bytes of UTF-8',
      ]);
      database.close();
      continue;
    }
    expect(content.lacking, about).toEqual([]);
    const other = betterSqlite3Bridge(new BetterSqlite3(':memory:'));
    const context = createContext({ host: nodeHost, database: 'app.db' }, { verify: 'full' }, other, registryOf([]));
    const squash = squashFile(context, identity, {
      content,
      replaces,
      storage: [],
      dated: [],
      moments: [],
      hasCode: false,
    });
    expect(perform(findDifferences(context, squash, content), other), about).toEqual([]);
    // By another reader.
    expect(JSON.parse(contentOf(other))[1], about).toEqual(JSON.parse(contentOf(bridge))[1]);
    rows += content.rows.reduce((sum, one) => sum + one.rows.length, 0);
    void other.close?.();
    database.close();
  }
  expect(rows).toBeGreaterThan(300);
});
