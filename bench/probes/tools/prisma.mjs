import { join } from 'node:path';
import { root, npmPackage, start, write } from '../../../test/adopt/project.mjs';
import { configuration, datasource, env, migrate } from '../../../test/adopt/tools/prisma.mjs';
import { filesOf } from '../migrations.mjs';

const terminal = join(root, 'test/adopt/changes/terminal.cjs');
const [node, program, ...words] = migrate;
const call = (folder, ...args) => start(folder, [...migrate, ...args], { env });

const models = (provider) => `datasource db {\n  provider = "${provider}"\n  url      = "file:./app.db"\n}
model users {\n  id   Int    @id @default(autoincrement())\n  name String\n}\n`;
const fromModels = (provider) => (folder) => {
  write(folder, { 'models.prisma': models(provider), ...configuration });
  return call(folder, 'diff', '--from-empty', '--to-schema-datamodel', 'models.prisma', '--script');
};

export const prisma = {
  ...npmPackage('prisma'),
  files: (migrations) => ({
    ...filesOf(
      migrations,
      (name, n) => `prisma/migrations/${20240102000000 + n}_${name}/migration.sql`,
      ({ up }) => up,
    ),
    'prisma/migrations/migration_lock.toml': 'provider = "sqlite"\n',
    'prisma/schema.prisma': datasource + migrations.map(({ model = '' }) => model).join(''),
    ...configuration,
  }),
  command: [...migrate, 'deploy'],
  env,
  comparisons: {
    'migrate status': (folder) => call(folder, 'status'),
    'migrate dev': (folder) =>
      start(folder, [node, '--require', terminal, program, ...words, 'dev', '--name', 'next'], {
        env: { ...env, CI: '' },
      }),
  },
  fromModels: fromModels('sqlite'),
  forPostgres: fromModels('postgresql'),
};
