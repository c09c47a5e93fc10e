import { describe, expect, it } from 'vitest';
import { rebuildStatement } from './full-text.ts';

describe('the statement that mends a full-text index', () => {
  it.each([
    ['docs_fts', "INSERT INTO docs_fts(docs_fts) VALUES('rebuild');"],
    ['two words', `INSERT INTO "two words"("two words") VALUES('rebuild');`],
    ['order', `INSERT INTO "order"("order") VALUES('rebuild');`],
  ])('of %s can be run as it stands', (name, statement) => {
    expect(rebuildStatement({ name, module: 'fts5', content: 'docs' })).toBe(statement);
  });
});
