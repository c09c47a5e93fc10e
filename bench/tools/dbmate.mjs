import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peers } from '../support.mjs';

export const label = 'dbmate';
export const packages = ['dbmate'];

export function prepare(folder, migrations) {
  for (const { name, statements } of migrations)
    writeFileSync(
      join(folder, `${name}.sql`),
      `-- migrate:up\n${statements.map((statement) => `${statement};\n`).join('')}\n-- migrate:down\n`,
    );
}

/** Without the program of JavaScript that only starts it. */
const program = () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(peers, 'dbmate/package.json'), 'utf8'));
  const name = Object.keys(optionalDependencies).find((one) => one.endsWith(`${process.platform}-${process.arch}`));
  return join(peers, name, 'bin/dbmate');
};
const options = (folder, path) => ['--url', `sqlite:${path}`, '--migrations-dir', folder, '--no-dump-schema'];

export const commands = {
  migrate: (folder, path) => [program(), ...options(folder, path), 'up'],
  status: (folder, path) => [program(), ...options(folder, path), 'status'],
};
