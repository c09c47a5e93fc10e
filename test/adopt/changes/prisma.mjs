// A change of a schema by Prisma, to a table with what its schema cannot say, applied by `dunlin up`.
import assert from 'node:assert/strict';
import { dunlin, start, withFolder, write } from '../project.mjs';
import { configuration, datasource, env, migrate } from '../tools/prisma.mjs';
import { custom, rows, view } from './cases.mjs';
import { broken, factsOf, lost, withDatabase } from './facts.mjs';

const schema = (name) => `${datasource}
model teams {
  id Int @id
}
model users {
  id      Int     @id @default(autoincrement())
  name    ${name}
  email   String?
  age     String?
  bio     String?
  role    String?
  team_id Int?
  posts   posts[]
  @@index([email], map: "users_email")
}
model posts {
  id      Int   @id
  user_id Int
  user    users @relation(fields: [user_id], references: [id], onDelete: Cascade)
}
`;

const byHand = `
CREATE UNIQUE INDEX users_admin ON users (email) WHERE role = 'admin';
ALTER TABLE users ADD COLUMN domain TEXT AS (substr(email, instr(email, char(64)) + 1));
`;
const first = 'prisma/migrations/20240102000001_start/migration.sql';
const second = 'prisma/migrations/20240102000002_change/migration.sql';

/** The steps by their names. */
export const stepsOfPrisma = () => [['NOT NULL beside what its schema cannot say', () => withFolder(tryNotNull)]];

function tryNotNull(folder) {
  const call = (...words) => dunlin(folder, [...words, '-d', 'app.db', '-m', 'prisma/migrations']);
  const differences = (...words) => {
    const { status, stdout, stderr } = start(folder, [...migrate, 'diff', '--script', ...words], { env });
    assert.equal(status, 0, stdout + stderr);
    return stdout;
  };
  write(folder, {
    ...configuration,
    'before.prisma': schema('String?'),
    'after.prisma': schema('String'),
    'prisma/migrations/migration_lock.toml': 'provider = "sqlite"\n',
  });
  const made = differences('--from-empty', '--to-schema-datamodel', 'before.prisma');
  const edited = made
    .replace('"email" TEXT', '$& COLLATE NOCASE CHECK (length(email) < 99)')
    .replace(/^\);/gm, ') STRICT;');
  write(folder, { [first]: edited + (custom + view).replaceAll('--> statement-breakpoint', '') + byHand });
  call('up');
  const before = withDatabase(folder, (db) => {
    db.exec(rows);
    return factsOf(db);
  });

  write(folder, {
    [second]: differences('--from-schema-datamodel', 'before.prisma', '--to-schema-datamodel', 'after.prisma'),
  });
  const output = call('up');
  const after = withDatabase(folder, (db) => {
    assert.equal(db.prepare("SELECT \"notnull\" FROM pragma_table_info('users') WHERE name = 'name'").pluck().get(), 1);
    return { lost: lost(before, factsOf(db), {}), broken: broken(db) };
  });
  assert.deepEqual(after, { lost: [], broken: [] }, output);
  assert.match(output, /CHECK \(length\(email\) < 99\)/);
  call('check', '--replay');
}
