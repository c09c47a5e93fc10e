import { expect, it } from 'vitest';
import { Project, type Files } from './support.ts';

/** What the bridges use of these packages. The real ones are not installed here. */
const packages: Files = {
  'node_modules/kysely/package.json': '{"name":"kysely","type":"module","exports":"./index.js"}',
  'node_modules/kysely/index.js': `
    export class SqliteAdapter {}
    export class SqliteQueryCompiler {}
    export class SqliteIntrospector { constructor(db) { this.db = db; } }
    export class Kysely {
      constructor({ dialect }) {
        dialect.createAdapter(); dialect.createQueryCompiler();
        this.introspection = dialect.createIntrospector(this);
        this.driver = dialect.createDriver();
      }
      async query(sql, ...parameters) {
        await this.driver.init();
        const connection = await this.driver.acquireConnection();
        await this.driver.beginTransaction(connection);
        const result = await connection.executeQuery({ sql, parameters });
        await this.driver.commitTransaction(connection);
        await this.driver.releaseConnection(connection);
        return result;
      }
      destroy() { return this.driver.destroy(); }
    }`,
  'node_modules/typeorm/package.json': '{"name":"typeorm","main":"index.js"}',
  'node_modules/typeorm/index.js': `exports.DataSource = class {
    constructor({ type, driver: Driver }) { this.connection = new Driver(':memory:'); this.type = type; }
    async initialize() { this.connection.pragma('foreign_keys = ON'); this.connection.exec('nothing'); }
    createQueryRunner() {
      const { connection } = this;
      const query = async (sql, values = []) => {
        const statement = connection.prepare(sql);
        return statement.reader ? statement.all(...values) : statement.run(...values);
      };
      const dropColumn = async (table, column) => {
        await query('BEGIN TRANSACTION');
        const [first] = connection.pragma('table_info("' + table + '")');
        if (first.name !== 'id') throw new Error('wrong column');
        await query('ALTER TABLE "' + table + '" DROP COLUMN "' + column + '"');
        await query('COMMIT');
      };
      return { query, dropColumn };
    }
    async destroy() { this.connection.close(); }
  };`,
  'node_modules/knex/package.json': '{"name":"knex","main":"index.js"}',
  'node_modules/knex/index.js': `module.exports = ({ client: Client }) => {
    const client = new Client();
    if (client._driver() !== undefined) throw new Error('a driver');
    const raw = async (sql, bindings = []) => {
      const statement = (await client.acquireRawConnection()).prepare(sql);
      return statement.reader ? await statement.all(bindings) : await statement.run(bindings);
    };
    return { raw, destroy: () => client.destroyRawConnection() };
  };`,
  'node_modules/knex/lib/dialects/better-sqlite3/index.js': 'module.exports = class {};',
};

it('Knex: up and down with the project’s own package', async () => {
  const project = new Project({
    ...packages,
    '20240101000000_users.js': `
      exports.up = async (knex) => {
        await knex.raw('BEGIN');
        const [{ foreign_keys }] = await knex.raw('PRAGMA foreign_keys');
        await knex.raw('CREATE TABLE users (id INTEGER PRIMARY KEY, n INTEGER)');
        const { changes } = await knex.raw('INSERT INTO users (n) VALUES (?)', [foreign_keys]);
        if (changes !== 1) throw new Error('no row');
        await knex.raw('COMMIT');
      };
      exports.down = (knex) => knex.raw('DROP TABLE users');`,
    '20240102000000_undone.js': `exports.up = async (knex) => {
      await knex.raw('CREATE TABLE gone (id)');
      await knex.raw('ROLLBACK');
    };`,
  });
  expect(await project.problems()).toEqual([
    expect.stringContaining('and a migration is rolled back as a whole or not at all'),
  ]);
  expect(project.tables()).toEqual(['users']);
  project.write({ '20240102000000_undone.js': undefined });
  expect(await project.status()).toEqual(['20240101000000 users applied']);
  expect(project.query('SELECT * FROM users')).toEqual([[1, 0]]);
  expect(await project.down(0)).toBe(0);
  expect(project.tables()).toEqual([]);
});

it('Kysely: an object of the project’s own package, in a module', async () => {
  const project = new Project({
    ...packages,
    '2024-01-01_users.mjs': `
      import { SqliteAdapter } from 'kysely';
      export async function up(db) {
        await db.query('CREATE TABLE users (id INTEGER PRIMARY KEY)');
        const { insertId, numAffectedRows } = await db.query('INSERT INTO users VALUES (?)', 7);
        const { rows } = await db.query('SELECT id FROM users');
        if (insertId !== 7n || numAffectedRows !== 1n || rows[0].id !== 7) throw new Error('wrong result');
      }`,
  });
  expect(await project.up()).toEqual(['2024 01-01_users']);
  await expect(project.down(0)).rejects.toThrow('has no down() function');
});

it('TypeORM: classes, in the order of the times in their names', async () => {
  const project = new Project({
    '1700000000000-Init.js': `class Init1700000000000 {
        async up(queryRunner) {
          await queryRunner.startTransaction();
          await queryRunner.query('CREATE TABLE "user" ("id" integer)');
          await queryRunner.query('INSERT INTO "user" VALUES (?)', [5]);
          await queryRunner.commitTransaction();
        }
        async down(queryRunner) { await queryRunner.query('DROP TABLE "user"'); }
      }
      exports.Init1700000000000 = Init1700000000000; // MigrationInterface`,
    '1700000000001-Drop.js': `exports.Drop = class Drop {
      destructive = ['user'];
      async up(queryRunner) {
        await queryRunner.query('CREATE TABLE n (x)');
        await queryRunner.query('INSERT INTO n SELECT 1 FROM "user"');
        await queryRunner.query('DROP TABLE "user"');
        await queryRunner.query('ALTER TABLE n RENAME TO "user"');
      }
    };`,
    '999-Builder.js': `exports.up = async (queryRunner) => { await queryRunner.createTable({}); };`,
  });
  expect(await project.problems()).toEqual([
    expect.stringMatching(
      /FORMAT_FILE m\/999-Builder\.js is a migration of TypeORM that cannot run here: it uses queryRunner\.createTable, and of that object there is only query, startTransaction, commitTransaction here/,
    ),
  ]);
  project.write({ '999-Builder.js': undefined });
  expect(await project.with(async (runner) => (await runner.up({ steps: 1 })).to)).toBe(1700000000000);
  expect(project.query('SELECT * FROM user')).toEqual([[5]]);
  expect(await project.up()).toEqual(['1700000000001 Drop']);
});

it('TypeORM: a query runner of the project’s own package', async () => {
  const project = new Project({
    ...packages,
    '1700000000000-Init.js': `exports.up = async (queryRunner) => { // MigrationInterface
        await queryRunner.query('CREATE TABLE users (id INTEGER, n INTEGER)');
        const { changes } = await queryRunner.query('INSERT INTO users VALUES (?, 1)', [4]);
        if (changes !== 1) throw new Error('no row');
        await queryRunner.dropColumn('users', 'n');
        const [{ id }] = await queryRunner.query('SELECT * FROM users');
        if (id !== 4) throw new Error('wrong row');
      };
      exports.destructive = ['users.n'];`,
    '1700000000001-Undone.js': `exports.up = (queryRunner) => queryRunner.query('ROLLBACK');`,
  });
  expect(await project.problems()).toEqual([
    expect.stringContaining('and a migration is rolled back as a whole or not at all'),
  ]);
  expect(project.query('SELECT * FROM users')).toEqual([[4]]);
});

it('Sequelize: SQL through its query interface', async () => {
  const project = new Project({
    '20240101000000-users.js': `module.exports = { up: async (queryInterface, { DataTypes }) => {
      void DataTypes.STRING(20);
      await queryInterface.sequelize.query('CREATE TABLE users (id INTEGER)');
      await queryInterface.sequelize.query({ query: 'INSERT INTO users VALUES (3)' });
      const [rows] = await queryInterface.sequelize.query('SELECT id FROM users');
      if (rows[0].id !== 3) throw new Error('wrong result');
    } };`,
  });
  expect(await project.up()).toEqual(['20240101000000 users']);
  project.write({ '20240102000000-more.js': 'exports.up = (queryInterface) => queryInterface.addColumn();' });
  expect((await project.problems())[0]).toContain('it uses queryInterface.addColumn');
});

it('Umzug: where the option names it, with a context that executes SQL', async () => {
  const files = {
    '01-users.cjs': `exports.up = async ({ context, name }) => {
      await context.exec('CREATE TABLE users (name TEXT)');
      await context.query('INSERT INTO users VALUES (?)', [name]);
    };`,
    '02-none.cjs': 'exports.other = 1;',
  };
  const project = new Project(files, { format: 'umzug' });
  expect(await project.problems()).toEqual([expect.stringMatching(/^UP_MISSING /)]);
  project.write({ '02-none.cjs': undefined });
  expect(await project.up()).toEqual(['1 users']);
  expect(project.query('SELECT * FROM users')).toEqual([['01-users.cjs']]);
});

it('modules are Dunlin’s own where they say so', async () => {
  const project = new Project({
    '001_a.mjs': `// from knex to dunlin\nexport const up = 'CREATE TABLE a (id)';`,
  });
  expect((await project.with((runner) => runner.plan())).notes).toEqual([]);
  expect(await project.up()).toEqual(['1 a']);
});
