import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Stage } from './play.ts';
import { parseScenario, printScenario } from './scenario.ts';

const update = process.env['UPDATE_SCENARIOS'] !== undefined;
const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'));

describe('what users see', () => {
  it.each(names)('%s', (name) => {
    const path = join(import.meta.dirname, name);
    const text = readFileSync(path, 'utf8');
    const stage = new Stage();
    try {
      const printed = printScenario(parseScenario(text).map((part) => stage.play(part)));
      if (update) writeFileSync(path, printed);
      else expect(printed).toBe(text);
    } finally {
      stage.remove();
    }
  });
});
