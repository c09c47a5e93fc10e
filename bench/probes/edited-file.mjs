import { applied, noticing, place } from './folder.mjs';
import { tags, users } from './migrations.mjs';

export const title = 'what reports an edited applied file';

export function probe(tool, folder) {
  applied(tool, folder, users, tags);
  const edited = { ...tags, up: tags.up.replace('label', 'title') };
  return noticing(tool, folder, () => place(tool, folder, users, edited)).join(', ') || 'nothing';
}
