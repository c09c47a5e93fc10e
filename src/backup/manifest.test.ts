import { expect, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const whole = {
  format: 1,
  id: 'x',
  createdAt: '2026-11-21T09:12:04.123Z',
  database: '/app.db',
  applied: [1],
  runId: null,
  tool: 'dunlin',
  sqlite: '3.53.2',
  journalMode: 'wal',
  bytes: 4096,
  sha256: 'abc',
  packed: null,
  portrait: {
    pageSize: 4096,
    encoding: 'UTF-8',
    userVersion: -1,
    applicationId: 0,
    schema: [{ type: 'table', name: 't', tbl_name: 't', sql: null }],
    tables: [{ name: 't', rows: 3 }],
  },
};

it.each([
  whole,
  { ...whole, runId: 'r', packed: { packing: 'zstd', pieces: [1, 2] } },
  {
    ...whole,
    portrait: { ...whole.portrait, flaws: ['row 1 missing'], tables: [{ name: 't', rows: 0, rowids: '1' }] },
  },
  { ...whole, added: 'by a later version' },
])('reads a manifest', (manifest) => {
  expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
});

it.each([
  ['{', 'its manifest is no JSON'],
  ['', 'its manifest is no JSON'],
  ['null', 'its manifest is no JSON object'],
  ['7', 'its manifest is no JSON object'],
  ['[]', 'its manifest has the format undefined, which this version does not know'],
  ['{"format": 2}', 'its manifest has the format 2, which this version does not know'],
])('says what is wrong with %s', (text, problem) => {
  expect(parseManifest(text)).toBe(problem);
});

/** What a field may be replaced by, and never is right in its place. */
const holes = [undefined, -0.5, true, [null], { x: null }];
const all = Object.keys(whole).filter((name) => name !== 'format');

it.each(all)('finds that the field %s is missing or something else', (name) => {
  for (const hole of holes)
    expect(parseManifest(JSON.stringify({ ...whole, [name]: hole }))).toMatch(`its manifest is damaged at ${name}`);
});

it.each(Object.keys(whole.portrait))('finds that the field portrait.%s is missing or something else', (name) => {
  for (const hole of [...holes, null])
    expect(parseManifest(JSON.stringify({ ...whole, portrait: { ...whole.portrait, [name]: hole } }))).toBe(
      `its manifest is damaged at portrait.${name}`,
    );
});

it.each([
  ['packed', { packed: { packing: 'zip', pieces: [1] } }],
  ['packed', { packed: { packing: 'gzip', pieces: ['1'] } }],
  ['packed', { packed: { packing: 'gzip' } }],
  ['portrait.tables', { portrait: { ...whole.portrait, tables: [{ name: 't', rows: '3' }] } }],
  ['portrait.tables', { portrait: { ...whole.portrait, tables: [{ name: 't', rows: 3, rowids: 1 }] } }],
  ['portrait.flaws', { portrait: { ...whole.portrait, flaws: null } }],
  ['createdAt', { createdAt: 'yesterday' }],
])('finds what is wrong inside of %s', (name, change) => {
  expect(parseManifest(JSON.stringify({ ...whole, ...change }))).toBe(`its manifest is damaged at ${name}`);
});
