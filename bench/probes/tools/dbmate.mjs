import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed, npmPackage, start } from '../../../test/adopt/project.mjs';
import { filesOf } from '../migrations.mjs';

const dbmateOf = (...words) => [installed('@dbmate/linux-x64/bin/dbmate'), '--url', 'sqlite:app.db', ...words];
const call = (folder, ...words) => start(folder, dbmateOf(...words));
const schemaOf = (folder) => readFileSync(join(folder, 'db/schema.sql'), 'utf8');

export const dbmate = {
  ...npmPackage('@dbmate/linux-x64'),
  name: 'dbmate',
  files: (migrations) =>
    filesOf(
      migrations,
      (name, n) => `db/migrations/${20240102000000 + n}_${name}.sql`,
      ({ up, down }) => `-- migrate:up\n${up}\n-- migrate:down\n${down}`,
    ),
  command: dbmateOf('up'),
  rollBack: (folder) => call(folder, 'rollback'),
  comparisons: {
    status: (folder) => call(folder, 'status'),
    // It writes the schema into a file that is under version control: a difference shows there.
    'schema.sql': (folder) => {
      const before = schemaOf(folder);
      const { status, stdout, stderr } = call(folder, 'dump');
      const isSame = schemaOf(folder) === before;
      return { status: isSame ? status : 1, stdout: isSame ? stdout : 'schema.sql differs', stderr };
    },
  },
  forPostgres: (folder) =>
    start(folder, [...dbmateOf('--url', 'postgres://127.0.0.1:1/app?sslmode=disable', 'status')]),
};
