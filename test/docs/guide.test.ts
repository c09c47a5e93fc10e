import { describe, expect, it } from 'vitest';
import { allPages, blocksOf } from './markdown.ts';
import { playPage } from './story.ts';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.

const pages = allPages().filter((page) => /^SKILL\.md$|^docs\/(?:tutorials|guides)\//.test(page));

describe('the guide does what it says:', () => {
  it.each(pages)('%s', { timeout: 240_000 }, (page) => {
    playPage(page);
  });

  it('has pages', () => {
    expect(pages.length).toBeGreaterThan(17);
  });

  it('and no other page has code, unless another test runs it', () => {
    const code = ['console', 'js', 'json', 'sh', 'sql', 'ts', 'yaml'];
    const others = allPages().filter((page) => !pages.includes(page) && blocksOf(page, ...code).length > 0);
    expect(others).toEqual([
      'CONTRIBUTING.md', // commands of this repository
      'README.md', // examples.test.ts
      'docs/explanation/guards.md', // examples.test.ts
      'docs/explanation/performance.md', // commands of this repository
      'docs/explanation/reliability.md', // commands of this repository
      'docs/internals/architecture.md', // a line of the engine
      'docs/reference/api.md', // generated
      'docs/reference/configuration.md', // examples.test.ts
      'docs/reference/errors.md', // examples.test.ts
      'docs/reference/json.md', // json.test.ts
      'docs/reference/migration-files.md', // examples.test.ts and test/applications/knowledge-graph.test.ts
    ]);
  });
});
