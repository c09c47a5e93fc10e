import process from 'node:process';
import type { ConnectionSetup, DriverConnection } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { installName } from './driver.ts';
import { literal } from '../sql/index.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const keyVariable = 'DATABASE_KEY';
const commandVariable = 'DATABASE_KEY_COMMAND';

/**
 * Gives each connection the key that the environment has: the one in DATABASE_KEY, else the first line that the command
 * in DATABASE_KEY_COMMAND prints. Never an argument of the command line: other users can read those. The command runs
 * once, when the first connection is opened. Errors: `KEY_UNUSABLE`.
 */
export function prepareWithKey(variables: Variables): NonNullable<ConnectionSetup['prepare']> {
  let key: string | undefined;
  return (connection, { file }) => {
    // A database in memory cannot have one, and needs none.
    if (file === undefined) return;
    key ??= readKey(variables);
    connection.exec(`PRAGMA key = ${literal(key)}`);
    refuseUnencrypted(connection as QueryingConnection, variables);
  };
}

interface QueryingConnection extends DriverConnection {
  prepare(sql: string): { all(): unknown[] };
}

function variableOf(variables: Variables): string {
  return (variables[keyVariable] ?? '') === '' ? commandVariable : keyVariable;
}

function readKey(variables: Variables): string {
  const variable = variableOf(variables);
  const given = variables[variable] ?? '';
  if (variable === keyVariable) return given;
  let output: string;
  try {
    output = process.getBuiltinModule('node:child_process').execSync(given, {
      encoding: 'utf8',
      env: { ...process.env, ...variables },
      stdio: ['inherit', 'pipe', 'inherit'],
    });
  } catch (error) {
    // The message repeats the command, and what it printed: neither belongs into a log.
    const { status, signal } = error as { readonly status?: number | null; readonly signal?: string | null };
    const reason =
      typeof status === 'number'
        ? `the command ended with status ${status}`
        : `the command was ended by ${signal ?? 'the system'}`;
    throw dunlinError('KEY_UNUSABLE', { variable, reason, install: undefined });
  }
  const [key = ''] = output.split(/\r?\n/, 1);
  if (key === '')
    throw dunlinError('KEY_UNUSABLE', { variable, reason: 'the command printed nothing', install: undefined });
  return key;
}

/** SQLite without encryption takes `PRAGMA key` for one that it does not know, and says nothing. */
function refuseUnencrypted(connection: QueryingConnection, variables: Variables): void {
  // SQLite3 Multiple Ciphers answers to the first, SQLCipher to the second.
  for (const pragma of ['cipher', 'cipher_version']) if (answers(connection, pragma)) return;
  const reason = 'this driver has no encryption, and would ignore it';
  const install = installName('better-sqlite3-multiple-ciphers');
  throw dunlinError('KEY_UNUSABLE', { variable: variableOf(variables), reason, install });
}

/** better-sqlite3 throws for a statement that has no rows to give. */
function answers(connection: QueryingConnection, pragma: string): boolean {
  try {
    return connection.prepare(`PRAGMA ${pragma}`).all().length > 0;
  } catch {
    return false;
  }
}
