import { printed } from './folder.mjs';

export const title = 'writes migrations from models';

export function probe(tool, folder) {
  if (tool.fromModels === undefined) return 'no';
  const { status, output } = printed(tool.fromModels(folder));
  if (status !== 0 || !/CREATE TABLE .users./.test(output)) throw new Error(`${tool.name} writes nothing\n${output}`);
  return 'yes';
}
