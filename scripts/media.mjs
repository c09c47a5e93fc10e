// Writes the pictures of README.md: the recording and the badges. `node scripts/media.mjs [folder]`, by default into
// docs/media. Needs `npm run build` first, because the recording runs the command line.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { badges } from './media/badges.mjs';
import { recordRefusedRebuild } from './media/refused-rebuild.mjs';
import { animation, still } from './media/terminal.mjs';

const root = resolve(import.meta.dirname, '..');
const folder = resolve(process.argv[2] ?? join(root, 'docs/media'));

const recording = recordRefusedRebuild(root);
const pictures = {
  ...badges(root),
  'refused-rebuild.svg': animation(recording),
  'refused-rebuild-still.svg': still(recording),
};
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(pictures)) writeFileSync(join(folder, name), text);
