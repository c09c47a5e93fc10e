import type { Packed } from '../bridge/index.ts';
import { isWhole } from '../errors/index.ts';
import type { DatabaseSummary } from './summary.ts';

/** The file beside a backup: of which database it is, and what it must contain. */
export interface Manifest {
  readonly format: 1;
  readonly id: string;
  readonly createdAt: string;
  readonly database: string;
  /** Versions that were applied, ascending. */
  readonly applied: readonly number[];
  /** The run that created it; null for one created by hand. */
  readonly runId: string | null;
  readonly tool: string;
  readonly sqlite: string;
  /** `wal` or another; a backup itself is always `delete`. */
  readonly journalMode: string;
  /** Of the database file, uncompressed. */
  readonly bytes: number;
  readonly sha256: string;
  readonly packed: Packed | null;
  /** The content that the backup must have. */
  readonly portrait: DatabaseSummary;
}

/** Reads a manifest's text. Returns a text that says what is wrong with it otherwise. */
export function parseManifest(text: string): Manifest | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'its manifest is no JSON';
  }
  if (!isObject(value)) return 'its manifest is no JSON object';
  if (value['format'] !== 1)
    return `its manifest has the format ${String(value['format'])}, which this version does not know`;
  const wrong = wrongIn(value, fields);
  return wrong === undefined ? (value as unknown as Manifest) : `its manifest is damaged at ${wrong}`;
}

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check | Readonly<Record<string, Check>>>>;

const isText: Check = (value) => typeof value === 'string';
const isInteger: Check = (value) => Number.isSafeInteger(value);
const isTime: Check = (value) => isText(value) && !Number.isNaN(Date.parse(value as string));
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shaped =
  (wanted: Fields): Check =>
  (value) =>
    isObject(value) && wrongIn(value, wanted) === undefined;

/** The fields that other code relies on. */
const fields: Fields = {
  id: isText,
  createdAt: isTime,
  database: isText,
  applied: listOf(isWhole),
  runId: orNull(isText),
  tool: isText,
  sqlite: isText,
  journalMode: isText,
  bytes: isWhole,
  sha256: isText,
  packed: orNull(shaped({ packing: (value) => value === 'gzip' || value === 'zstd', pieces: listOf(isWhole) })),
  portrait: {
    pageSize: isWhole,
    encoding: isText,
    userVersion: isInteger,
    applicationId: isInteger,
    schema: listOf(shaped({ type: isText, name: isText, tbl_name: isText, sql: orNull(isText) })),
    tables: listOf(shaped({ name: isText, rows: isWhole, rowids: optional(isText) })),
    flaws: optional(listOf(isText)),
  },
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The first field that is missing or invalid. */
function wrongIn(value: Readonly<Record<string, unknown>>, wanted: Fields): string | undefined {
  for (const [name, check] of Object.entries(wanted)) {
    const field = value[name];
    if (typeof check === 'function') {
      if (!check(field)) return name;
      continue;
    }
    const inner = isObject(field) ? wrongIn(field, check) : '';
    if (inner !== undefined) return inner === '' ? name : `${name}.${inner}`;
  }
  return undefined;
}
