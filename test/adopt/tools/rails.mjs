import { files, statements } from '../migrations.mjs';
import { debianPackage, run, write } from '../project.mjs';

const program = `
require "active_record"
ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: "app.db")
ActiveRecord::Migration.verbose = false
ActiveRecord::Migrator.migrations_paths = ["rails"]
source = ActiveRecord::Base.connection
source = ActiveRecord::Base.connection_pool unless source.respond_to?(:migration_context)
pending = source.migration_context.open.pending_migrations.size
source.migration_context.migrate
puts pending
`;

export const rails = {
  ...debianPackage('rails', 'ruby-activerecord ruby-sqlite3', [
    'ruby',
    '-e',
    'require "active_record"; require "sqlite3"; puts ActiveRecord.version',
  ]),
  files: files(
    (title, n) => `rails/2024010200000${n}_${title}.rb`,
    (title) => `class ${title[0].toUpperCase()}${title.slice(1)} < ActiveRecord::Migration[6.1]
  def up
    ${JSON.stringify(statements(title))}.each { |statement| execute statement }
  end
end
`,
  ),
  dunlin: files((title, n) => `migrations/2024010200000${n}_${title}.sql`),
  // Its table has the name of Dunlin's.
  options: ['--table', 'dunlin_migrations'],
  to: 'rails',
  // It makes a second table, with its environment, so Dunlin makes none.
  isMade: false,
  rows: 'SELECT version FROM schema_migrations ORDER BY version',
  apply(folder) {
    write(folder, { 'migrate.rb': program });
    return Number(run(folder, ['ruby', 'migrate.rb']).trim().split('\n').at(-1));
  },
};
