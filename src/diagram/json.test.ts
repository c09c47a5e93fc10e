import { expect, it } from 'vitest';
import { modelOf, shop } from '../../test/dump/model.ts';
import { renderDiagram } from './index.ts';

it('json is the model, and says who wrote it', () => {
  const model = modelOf(shop);
  const text = renderDiagram('json', model, { views: false });
  expect(JSON.parse(text)).toEqual({ writtenBy: 'dunlin dump', ...model });
  expect(text.endsWith('}\n')).toBe(true);
});
