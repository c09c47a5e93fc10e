import { nameLike } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The name has the file's ending, as the glob of Umzug and Sequelize gives it. */
export const umzug: ToolRecord = {
  tool: 'Umzug or Sequelize',
  names: ['umzug'],
  made: {
    table: 'SequelizeMeta',
    sql: `CREATE TABLE IF NOT EXISTS \`SequelizeMeta\` (\`name\` VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY)`,
  },
  identity: 't.name',
  row: ({ migration, last }) => ({ name: nameLike(migration, last?.['name'], '.sql') }),
};

/** Its migrations are code, so those that Dunlin reads as SQL are copies. */
export const sequelize: ToolRecord = {
  ...umzug,
  names: ['sequelize'],
  row: ({ migration, last }) => ({ name: nameLike(migration, last?.['name'], '.js') }),
};
