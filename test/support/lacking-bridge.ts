import type { DatabaseBridge, EngineFacts } from '../../src/bridge/index.ts';
import { driverError } from '../../src/testing/index.ts';

/**
 * A bridge that really lacks what the facts say: it refuses those statements as Cloudflare's D1 does. With `always-on`
 * foreign keys the pragma is accepted and has no effect; a liar also returns what was set.
 */
export function lackingBridge(bridge: DatabaseBridge, engine: EngineFacts, lies = false): DatabaseBridge {
  if (engine.foreignKeys !== 'switchable') void bridge.script('PRAGMA foreign_keys = ON');
  let claimed = 1;
  const refused = (sql: string): boolean => {
    for (const name of pragmasIn(sql)) {
      if (name === 'foreign_keys' && lies) continue;
      if (!(knownAlways.has(name) || isThere(name, sql, engine))) return true;
    }
    return (
      (!engine.temporary && /\btemp\.|\bTEMP(?:ORARY)?\s+(?:TABLE|VIEW|TRIGGER)/i.test(sql)) ||
      (!engine.attach && /^\s*(?:ATTACH|VACUUM)\b/i.test(sql)) ||
      (engine.transactions !== 'sql' && /^\s*(?:BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK)\b/i.test(sql))
    );
  };
  const ask = (sql: string): void => {
    if (refused(sql)) throw driverError('SQLITE_AUTH', `not authorized: ${sql.slice(0, 60)}`);
  };
  const setsForeignKeys = (sql: string): boolean => {
    const [, value] = /^\s*PRAGMA\s+foreign_keys\s*=\s*(\w+)/i.exec(sql) ?? [];
    if (value === undefined || engine.foreignKeys === 'switchable') return false;
    claimed = /^(?:0|off)$/i.test(value) ? 0 : 1;
    return true;
  };
  return {
    ...bridge,
    ...(lies ? {} : { engine }),
    query(sql, params) {
      ask(sql);
      if (setsForeignKeys(sql)) return [];
      if (lies && /^\s*PRAGMA\s+foreign_keys\s*$/i.test(sql)) return [{ foreign_keys: claimed }];
      return bridge.query(sql, params);
    },
    script(sql) {
      ask(sql);
      if (!setsForeignKeys(sql)) void bridge.script(sql);
    },
  };
}

function pragmasIn(sql: string): readonly string[] {
  return [...sql.matchAll(/\bPRAGMA\s+(?:main\.)?(\w+)|\bpragma_(\w+)/gi)].map(([, plain, table]) =>
    (plain ?? table!).toLowerCase(),
  );
}

/** What every engine has. */
const knownAlways = new Set([
  'table_list',
  'table_xinfo',
  'table_info',
  'index_list',
  'index_xinfo',
  'index_info',
  'foreign_key_list',
  'foreign_key_check',
  'module_list',
]);

function isThere(name: string, sql: string, { settings, integrity, size, ...engine }: EngineFacts): boolean {
  switch (name) {
    case 'integrity_check':
      return integrity === 'full';
    case 'quick_check':
      return integrity === 'full' || (integrity === 'quick' && /quick_check\s*;?\s*$/i.test(sql));
    case 'page_count':
    case 'page_size':
    case 'max_page_count':
      return size === 'pragma';
    case 'schema_version':
      return engine.schemaVersion;
    case 'data_version':
      return engine.dataVersion;
    case 'database_list':
      return engine.attach;
    case 'foreign_keys':
      return engine.foreignKeys === 'switchable';
    case 'synchronous':
      return engine.durability === 'synchronous';
    default:
      return (settings as readonly string[]).includes(name);
  }
}
