import process from 'node:process';
import type { ConnectionSetup, DriverConnection } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { installName } from './driver.ts';
import { literal } from '../sql/index.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const keyVariable = 'DATABASE_KEY';
const commandVariable = 'DATABASE_KEY_COMMAND';

/**
 * Sets the key of each connection from the environment: DATABASE_KEY, else the first line of output of the command in
 * DATABASE_KEY_COMMAND. There is no command-line option, because other users can read those. The command runs once, for
 * the first connection. Errors: `KEY_UNUSABLE`.
 */
export function prepareWithKey(variables: Variables): NonNullable<ConnectionSetup['prepare']> {
  let key: string | undefined;
  return (connection, { file }) => {
    // A database in memory has no key.
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
    // The message contains the command and its output, which must not be logged.
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

/** SQLite without encryption silently ignores `PRAGMA key`. */
function refuseUnencrypted(connection: QueryingConnection, variables: Variables): void {
  // SQLite3 Multiple Ciphers knows the first, SQLCipher the second.
  for (const pragma of ['cipher', 'cipher_version']) if (returnsRow(connection, pragma)) return;
  const reason = 'this driver has no encryption, and would ignore it';
  const install = installName('better-sqlite3-multiple-ciphers');
  throw dunlinError('KEY_UNUSABLE', { variable: variableOf(variables), reason, install });
}

/** Whether a PRAGMA returns a row. better-sqlite3 throws if it has no columns. */
function returnsRow(connection: QueryingConnection, pragma: string): boolean {
  try {
    return connection.prepare(`PRAGMA ${pragma}`).all().length > 0;
  } catch {
    return false;
  }
}
