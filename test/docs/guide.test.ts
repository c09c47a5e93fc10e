import { describe, expect, it } from 'vitest';
import { allPages } from './markdown.ts';
import { playPage } from './story.ts';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.

const pages = allPages().filter((page) => page.startsWith('docs/guide/'));

describe('the guide does what it says:', () => {
  it.each(pages)('%s', { timeout: 240_000 }, (page) => {
    playPage(page);
  });

  it('has pages', () => {
    expect(pages.length).toBeGreaterThan(9);
  });
});
