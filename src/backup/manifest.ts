import type { Packed } from '../bridge/index.ts';
import type { Portrait } from './portrait.ts';

/** What is written beside a backup: what it is of, and what proves it. */
export interface Manifest {
  readonly format: 1;
  readonly id: string;
  readonly createdAt: string;
  /** The path of the database. */
  readonly database: string;
  /** Versions that were applied, ascending. */
  readonly applied: readonly number[];
  /** The run that it was made for; null for one made by hand. */
  readonly runId: string | null;
  readonly tool: string;
  readonly sqlite: string;
  /** `wal` or another; a backup itself is always `delete`. */
  readonly journalMode: string;
  /** Of the database file, uncompressed. */
  readonly bytes: number;
  readonly sha256: string;
  readonly packed: Packed | null;
  readonly portrait: Portrait;
}

/** Reads a manifest's text; a text instead says what is wrong with it. */
export function parseManifest(text: string): Manifest | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'its manifest is no JSON';
  }
  const manifest = value as Partial<Manifest> | null;
  if (typeof manifest !== 'object' || manifest === null) return 'its manifest is no JSON object';
  if (manifest.format !== 1)
    return `its manifest has the format ${String(manifest.format)}, which this version does not know`;
  const texts = [manifest.id, manifest.createdAt, manifest.database, manifest.sha256, manifest.journalMode];
  if (texts.some((text) => typeof text !== 'string') || typeof manifest.bytes !== 'number') return incomplete;
  if (!Array.isArray(manifest.applied) || !Array.isArray(manifest.portrait?.tables)) return incomplete;
  return manifest as Manifest;
}

const incomplete = 'its manifest is incomplete';
