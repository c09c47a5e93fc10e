import type { RebuiltTable } from '../../bridge/event.ts';
import { plural } from '../../errors/index.ts';
import { formatVersion, isRepeatable } from '../../migration/index.ts';

/** "3 ms", "0.11 s", "12 s", "4 min 5 s". */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "5 s", "4 min 5 s": for estimates. */
export function roughly(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 10 ? `${seconds} s` : duration(seconds * 1000);
}

/** "0 B", "4.1 kB", "12.4 MB": decimal, as operating systems show files. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** An ISO time as people read it, in their own time zone: "2026-10-27 12:00:01". Anything else stays as it is. */
export function time(iso: string): string {
  const date = parseTime(iso);
  if (date === undefined) return iso;
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** "12:00:01" of an ISO time. */
export function clockTime(iso: string): string {
  return parseTime(iso) === undefined ? iso : time(iso).slice(11);
}

/** ISO 8601 in UTC; what SQLite's CURRENT_TIMESTAMP wrote counts as UTC, because it is. */
export function isoTime(text: string): string {
  return parseTime(text)?.toISOString() ?? text;
}

/** Undefined for anything that is not ISO 8601: JavaScript would read `003` as a date of 2001. */
function parseTime(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d(?:[T ]|$)/.test(text)) return undefined;
  const sqlite = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$/.exec(text);
  const date = new Date(sqlite === null ? text : `${sqlite[1]}T${sqlite[2]}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** A migration's version as file names write it: 003. A repeatable migration has none: R. */
export function versionColumn(migration: { readonly version: number }): string {
  return isRepeatable(migration) ? 'R' : formatVersion(migration.version);
}

/** "003_add_user_roles", "R__active_users". */
export function migrationId(migration: { readonly version: number; readonly name: string }): string {
  return `${versionColumn(migration)}_${isRepeatable(migration) ? '_' : ''}${migration.name}`;
}

/** "version 4 (1.1.0)". */
export function versionWithLabel(n: number, label: string | undefined): string {
  return `version ${n}${label === undefined ? '' : ` (${label})`}`;
}

const rebuildChecks: Readonly<Record<RebuiltTable['check'], string>> = {
  compared: ' compared',
  proven: ', copied whole and counted',
  counted: ' counted, values not compared',
};

/** "rebuilds users (48,210 rows compared; transformed: email) and keeps: index users_age". */
export function rebuiltLine({ table, rows, check, transformed, kept }: RebuiltTable): string {
  const others = transformed.length === 0 ? '' : `; transformed: ${transformed.join(', ')}`;
  const keeps = kept.length === 0 ? '' : ` and keeps: ${kept.join(', ')}`;
  return `rebuilds ${table} (${plural(rows, 'row')}${rebuildChecks[check]}${others})${keeps}`;
}
