import { bytes, roughly } from './format.ts';

export interface BackupSoFar {
  /** The bytes of the copy. */
  readonly done: number;
  /** The bytes of the database. */
  readonly total: number;
  /** The time of the copy so far, or in all. */
  readonly copyMs: number;
  /** Undefined while it is copied. */
  readonly proofMs: number | undefined;
}

/** Before that a pace says little. */
const leastMs = 300;

/**
 * "  backup  [#####...............]  29 %  580 MB of 1.0 GB, 18 s left": the copy is the first half; the proof, which
 * reads as much as the copy wrote, the second.
 */
export function meterLine({ done, total, copyMs, proofMs }: BackupSoFar, width: number): string {
  // Of free pages there is no copy, so that it may end smaller.
  const copied = total === 0 ? 0 : Math.min(1, done / total);
  const isCopying = proofMs === undefined;
  const part = isCopying ? copied / 2 : 0.5 + Math.min(1, proofMs / Math.max(1, copyMs)) / 2;
  const percent = Math.min(99, Math.floor(part * 100));
  const leftMs = isCopying ? (2 * copyMs) / copied - copyMs : copyMs - proofMs;
  const left = copyMs >= leastMs && copied > 0 ? `, ${roughly(leftMs)} left` : '';
  const what = isCopying ? `${bytes(done)} of ${bytes(total)}` : `proving ${bytes(done)}`;
  const text = `${String(percent).padStart(2)} %  ${what}${left}`;
  const whole = `  backup  ${bar(part, width < 76 ? 10 : 20)}  ${text}`;
  return whole.length < width ? whole : `  backup  ${text}`.slice(0, width - 1);
}

function bar(part: number, length: number): string {
  const filled = Math.round(part * length);
  return `[${'#'.repeat(filled)}${'.'.repeat(length - filled)}]`;
}
