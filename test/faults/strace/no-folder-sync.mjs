// Loaded before a program (`node --import`): a defect on purpose. Node no longer syncs any folder; SQLite still does.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { fsyncSync } = fs;
fs.fsyncSync = (descriptor) => {
  if (!fs.fstatSync(descriptor).isDirectory()) fsyncSync(descriptor);
};
syncBuiltinESMExports();
