import { Writable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { PacedOutput } from './paced-output.ts';

let written: string[];
let now: number;
beforeEach(() => {
  written = [];
  now = 1000;
});

function output(more: { isTTY?: boolean; columns?: number } = {}, mayHold: boolean = true): PacedOutput {
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _, done) => (written.push(text), done()),
    writev: (chunks, done) => (written.push(chunks.map(({ chunk }) => chunk as string).join('')), done()),
  });
  return new PacedOutput(
    () => Object.assign(stream, more),
    () => mayHold,
    () => now,
  );
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('output that is no terminal', () => {
  it('is written at once after a pause, and then in pieces', () => {
    const out = output();
    out.write('a');
    expect(written).toEqual(['a']);
    for (const text of ['b', 'c', 'd']) out.write(text);
    expect(written).toEqual(['a']);
    now += 20;
    out.write('e');
    expect(written.join('')).toBe('abcde');
    expect(written).toContain('bcd');
  });

  it('is written when the event loop turns', async () => {
    const out = output();
    for (const text of ['a', 'b', 'c']) out.write(text);
    await turn();
    expect(written).toEqual(['a', 'bc']);
  });

  it('is written when asked, and asking twice does nothing', () => {
    const out = output();
    for (const text of ['a', 'b']) out.write(text);
    out.flush();
    out.flush();
    expect(written).toEqual(['a', 'b']);
  });
});

it('a terminal gets each line at once', () => {
  const out = output({ isTTY: true, columns: 80 });
  for (const text of ['a', 'b', 'c']) out.write(text);
  expect(written).toEqual(['a', 'b', 'c']);
  expect([out.isTTY, out.columns]).toEqual([true, 80]);
});

it('nothing is held back where it may not be', () => {
  const out = output({}, false);
  for (const text of ['a', 'b', 'c']) out.write(text);
  expect(written).toEqual(['a', 'b', 'c']);
});
