import { files, plain, statements } from '../migrations.mjs';
import { command, installed, npmPackage, sqlite3 } from '../project.mjs';

export const sequelize = {
  ...npmPackage('sequelize-cli'),
  files: files(
    (title, n) => `sequelize/00${n}_${title}.js`,
    (title) =>
      `module.exports = {\n  async up({ sequelize }) { for (const one of ${JSON.stringify(statements(title))}) await sequelize.query(one); },\n  async down() {},\n};\n`,
  ),
  beside: () => ({
    'config.cjs': `module.exports = { development: { dialect: 'sqlite', storage: 'app.db', logging: false, dialectModule: require('${sqlite3}') } };\n`,
  }),
  dunlin: plain,
  to: 'sequelize',
  rows: 'SELECT name FROM SequelizeMeta ORDER BY name',
  apply: command(
    [
      process.execPath,
      installed('sequelize-cli/lib/sequelize'),
      'db:migrate',
      '--config',
      'config.cjs',
      '--migrations-path',
      'sequelize',
    ],
    /: migrated/g,
  ),
};
