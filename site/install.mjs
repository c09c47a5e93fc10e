import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs what package-lock.json beside this file says, unless it is there. */
export function install() {
  const wanted = readFileSync(join(import.meta.dirname, 'package-lock.json'), 'utf8');
  const record = join(import.meta.dirname, 'node_modules/.installed');
  if (existsSync(record) && readFileSync(record, 'utf8') === wanted) return;
  console.log('installing what builds the site, once ...');
  const { status } = spawnSync('npm', ['ci', '--silent'], { cwd: import.meta.dirname, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('what builds the site could not be installed');
  writeFileSync(record, wanted);
}
