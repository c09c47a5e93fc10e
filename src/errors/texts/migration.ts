import { definitionTexts } from './definition.ts';
import { migrationFileTexts } from './migration-file.ts';
import { migrationSqlTexts } from './migration-sql.ts';

/** Texts about migrations as they are found and read, before any database is looked at. */
export const migrationTexts: typeof migrationFileTexts & typeof migrationSqlTexts & typeof definitionTexts = {
  ...migrationFileTexts,
  ...migrationSqlTexts,
  ...definitionTexts,
};
