import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { list, store, versionsOf } from '../support/backup-store.ts';
import { provenBackups } from '../support/backups.ts';
import { variants } from '../support/databases.ts';
import { Death, type Fault } from '../support/third-loop.ts';
import { tried } from '../support/fault-points.ts';

it.each(variants.filter(({ api }) => api === 'sync'))(
  'a death or an error at any request leaves every backup good ($driver)',
  (variant) => {
    const one = store(5, variant);
    const { folder } = one.place;
    const spare = join(one.db.folder, 'spare');
    cpSync(folder, spare, { recursive: true });
    const retention = { keep: 3 };
    const oldest = list(one).at(-1)!.id;
    const whole = one.keep(retention, [oldest]);
    expect(whole.requests.length).toBeGreaterThan(50);
    const final = readdirSync(folder);
    let points = 0;
    for (const [index, kind] of whole.requests.entries()) {
      const at = index + 1;
      const faults: Fault[] = [{ kind: 'death', at }];
      if (kind === 'file')
        for (const code of ['ENOSPC', 'EIO', 'EACCES'])
          faults.push({ kind: 'errno', at, code, done: false }, { kind: 'errno', at, code, done: true });
      if (kind === 'query' || kind === 'connect')
        faults.push({ kind: 'before', at, code: 'SQLITE_IOERR' }, { kind: 'before', at, code: 'SQLITE_BUSY' });
      for (const fault of faults) {
        const about = JSON.stringify(fault);
        rmSync(folder, { recursive: true });
        cpSync(spare, folder, { recursive: true });
        try {
          one.keep(retention, [oldest], fault);
        } catch (error) {
          if (!(error instanceof Death) && (error as { code?: string }).code === undefined) throw error;
        }
        // In between the compressed form may be there besides the plain one, which the manifest means.
        const found = list(one);
        expect(
          found.every(({ manifest }) => typeof manifest !== 'string'),
          about,
        ).toBe(true);
        expect(versionsOf(found.map(({ id }) => id)), about).toEqual(expect.arrayContaining([1, 4, 5]));
        expect(provenBackups(folder, about).length, about).toBeGreaterThanOrEqual(3);
        one.keep(retention, [oldest]);
        expect(
          readdirSync(folder).filter((name) => !name.startsWith('housekeeping')),
          about,
        ).toEqual(final.filter((name) => !name.startsWith('housekeeping')));
        points += 1;
      }
    }
    tried('backup sweep', points);
    process.stdout.write(`retention, ${variant.driver}: ${points} fault points\n`);
    expect(points).toBeGreaterThan(100);
  },
);
