import { expect, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const whole = {
  format: 1,
  id: 'x',
  createdAt: '2026-11-21T09:12:04.123Z',
  database: '/app.db',
  applied: [1],
  sha256: 'abc',
  journalMode: 'wal',
  bytes: 1,
  portrait: { tables: [] },
};

it('reads a manifest', () => {
  expect(parseManifest(JSON.stringify(whole))).toEqual(whole);
});

it.each([
  ['{', 'its manifest is no JSON'],
  ['null', 'its manifest is no JSON object'],
  ['7', 'its manifest is no JSON object'],
  ['{"format": 2}', 'its manifest has the format 2, which this version does not know'],
  [JSON.stringify({ ...whole, sha256: undefined }), 'its manifest is incomplete'],
  [JSON.stringify({ ...whole, bytes: '1' }), 'its manifest is incomplete'],
  [JSON.stringify({ ...whole, applied: 1 }), 'its manifest is incomplete'],
  [JSON.stringify({ ...whole, portrait: null }), 'its manifest is incomplete'],
])('says what is wrong with %s', (text, problem) => {
  expect(parseManifest(text)).toBe(problem);
});
