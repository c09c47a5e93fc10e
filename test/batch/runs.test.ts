import { describe, it } from 'vitest';
import * as dunlin from '../../src/node/index.ts';
import { cases, Subject } from '../engines/suite.mjs';
import { StandIn, type StandInOptions } from './stand-in.ts';

const variants: Readonly<Record<string, StandInOptions>> = {
  'foreign keys on': {},
  'foreign keys off': { foreignKeys: false },
  'without the index of a failed statement': { tells: false },
};

for (const [name, options] of Object.entries(variants))
  describe(`an engine of batches, ${name}`, () => {
    for (const [title, run] of Object.entries(cases))
      it(title, async () => {
        await run(new Subject(dunlin, new StandIn(':memory:', options)));
      });
  });
