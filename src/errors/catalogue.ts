import { adoptTexts } from './texts/adopt.ts';
import { backupTexts } from './texts/backup.ts';
import { databaseTexts } from './texts/database.ts';
import { dumpTexts } from './texts/dump.ts';
import { engineTexts } from './texts/engines.ts';
import { fixQuotesTexts } from './texts/fix-quotes.ts';
import { formatTexts } from './texts/formats.ts';
import { guardTexts } from './texts/guards.ts';
import { ledgerTexts } from './texts/ledger.ts';
import { numberingTexts } from './texts/numbering.ts';
import { optionTexts } from './texts/options.ts';
import { rebuildTexts } from './texts/rebuild.ts';
import { rehearsalTexts } from './texts/rehearsal.ts';
import { repeatableTexts } from './texts/repeatable.ts';
import { roundTexts } from './texts/round-trips.ts';
import { runTexts } from './texts/run.ts';
import { generateTexts } from './texts/generate.ts';
import { squashTexts } from './texts/squash.ts';
import { statementTexts } from './texts/statements.ts';
import { testingTexts } from './texts/testing.ts';
import { togetherTexts } from './texts/together.ts';
import { definitionTexts } from './texts/definition.ts';
import { migrationFileTexts } from './texts/migration-file.ts';
import { migrationSqlTexts } from './texts/migration-sql.ts';

/** Texts about migrations as they are found and read, before any database is looked at. */
export const migrationTexts: typeof migrationFileTexts &
  typeof migrationSqlTexts &
  typeof definitionTexts &
  typeof formatTexts = {
  ...migrationFileTexts,
  ...migrationSqlTexts,
  ...definitionTexts,
  ...formatTexts,
};

/** Every error text of Dunlin, by code. */
export const catalogue: typeof migrationTexts &
  typeof statementTexts &
  typeof ledgerTexts &
  typeof adoptTexts &
  typeof numberingTexts &
  typeof databaseTexts &
  typeof runTexts &
  typeof togetherTexts &
  typeof generateTexts &
  typeof squashTexts &
  typeof repeatableTexts &
  typeof fixQuotesTexts &
  typeof guardTexts &
  typeof rebuildTexts &
  typeof backupTexts &
  typeof dumpTexts &
  typeof roundTexts &
  typeof rehearsalTexts &
  typeof testingTexts &
  typeof engineTexts &
  typeof optionTexts = {
  ...migrationTexts,
  ...statementTexts,
  ...ledgerTexts,
  ...adoptTexts,
  ...numberingTexts,
  ...databaseTexts,
  ...runTexts,
  ...togetherTexts,
  ...generateTexts,
  ...squashTexts,
  ...repeatableTexts,
  ...fixQuotesTexts,
  ...guardTexts,
  ...rebuildTexts,
  ...backupTexts,
  ...dumpTexts,
  ...roundTexts,
  ...rehearsalTexts,
  ...testingTexts,
  ...engineTexts,
  ...optionTexts,
};
