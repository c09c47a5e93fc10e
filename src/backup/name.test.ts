import { expect, it } from 'vitest';
import {
  latestOf,
  backupId,
  fileNameOf,
  isPacking,
  isRestoring,
  isUnfinished,
  manifestNameOf,
  parseBackupName,
  seriesOf,
} from './name.ts';

const time = new Date('2026-11-21T09:12:04.123Z');

it('names a backup after its time and what it precedes', () => {
  expect(backupId(time, { kind: 'before-run', direction: 'up', version: 3 })).toBe('20261121T091204123Z-before-0003');
  expect(backupId(time, { kind: 'before-run', direction: 'down', version: 20_261_121_093_000 })).toBe(
    '20261121T091204123Z-before-down-20261121093000',
  );
  for (const kind of ['manual', 'before-reset', 'before-restore'] as const)
    expect(backupId(time, { kind })).toBe(`20261121T091204123Z-${kind}`);
  expect(manifestNameOf('x')).toBe('x.json');
});

it.each([undefined, 'gzip', 'zstd'] as const)('reads back the name of a backup, packed: %s', (packing) => {
  const id = backupId(time, { kind: 'manual' });
  expect(parseBackupName(fileNameOf(id, packing))).toEqual({ id, createdAt: time.toISOString() });
});

it.each([
  '20261121T091204123Z-manual.db.tmp',
  '20261121T091204123Z-manual.db.tmp-journal',
  '20261121T091204123Z-manual.db.gz.packing',
  '20261121T091204123Z-manual.db-wal',
  '20261121T091204123Z-manual.json',
  '20261199T091204123Z-manual.db',
  '20261121T091204Z-manual.db',
  'app.db',
  'housekeeping.lock',
])('does not take %s for one', (name) => {
  expect(parseBackupName(name)).toBeUndefined();
});

it('knows which backups are of one series', () => {
  expect(seriesOf('20261121T091204123Z-before-0003')).toBe('before-0003');
  expect(seriesOf('20261121T091204123Z-before-down-0003')).toBe('before-down-0003');
  expect(seriesOf('20261121T091204123Z-manual')).toBeUndefined();
  expect(seriesOf('20261121T091204123Z-before-restore')).toBeUndefined();
});

it('takes for the latest what no restore has set aside, as long as there is such a one', () => {
  const [aside, other] = ['20261122T091204123Z-before-restore', '20261121T091204123Z-manual'];
  expect(latestOf([other, aside, '20261120T091204123Z-manual'])).toBe(other);
  expect(latestOf([aside])).toBe(aside);
  expect(latestOf([])).toBeUndefined();
});

const id = '20261121T091204123Z-before-0003';

it.each([
  [`${id}.db.tmp`, 'unfinished'],
  [`${id}.db.tmp-journal`, 'unfinished'],
  [`${id}.json.tmp`, 'unfinished'],
  [`${id}.db.gz.packing`, 'packing'],
  [`${id}.db.zst.packing`, 'packing'],
  [`${id}.json.packing`, 'packing'],
  [`${id}.restoring-0a1b`, 'restoring'],
  [`${id}.restoring-0a1b-journal`, 'restoring'],
  [`${id}.db.restoring-0a1b`, 'restoring'],
  [`${id}.db.gz.restoring-0a1b`, 'restoring'],
  [`${id}.db`, ''],
  [`${id}.json`, ''],
  [`${id}.txt.tmp`, ''],
  [`my ${id}.db.tmp`, ''],
  ['export.tmp', ''],
  ['app.db.tmp', ''],
  ['.tmp', ''],
  ['photos.packing', ''],
  ['app.db.restoring', ''],
  ['20269921T091204123Z-manual.db.tmp', ''],
])('knows what %s is: %s', (name, kind) => {
  const kinds = { unfinished: isUnfinished(name), packing: isPacking(name), restoring: isRestoring(name) };
  expect(
    Object.entries(kinds)
      .filter(([, is]) => is)
      .map(([one]) => one)
      .join(),
  ).toBe(kind);
});
