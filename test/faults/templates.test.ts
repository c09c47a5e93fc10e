import { expect, it } from 'vitest';
import { rounds } from '../concurrency/support.ts';
import { tried } from '../support/fault-points.ts';
import { drivers, start, twelve, whole } from '../testing/processes.ts';

// These tests look at dist: `npm run build` comes first.

it.each(drivers)(
  'a process with %s that is killed while it makes a template leaves nothing in the way',
  async (driver) => {
    // Long enough to be met in the middle of the migrations.
    const place = twelve('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);');
    const begin = Date.now();
    expect((await start(place, driver)).stdout).toBe(whole);
    const took = Date.now() - begin;
    const instants = rounds(8, 40);
    let killed = 0;
    for (let i = 1; i <= instants; i++) {
      // Each has its own template to make.
      place.write('migrations/001_t1.sql', `CREATE TABLE t1 (id INTEGER PRIMARY KEY, v${i} TEXT);`);
      const { signal, stderr } = await start(place, driver, (took * i) / instants);
      expect(stderr).toBe('');
      if (signal !== null) killed += 1;
      expect(await start(place, driver)).toEqual({ stdout: whole, stderr: '', signal: null });
    }
    expect(killed).toBeGreaterThan(0);
    tried('random kill', instants);
  },
);
