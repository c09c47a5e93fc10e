// The probes in the order of the table, and the tools.
import * as backup from './backup.mjs';
import * as drift from './drift.mjs';
import * as editedFile from './edited-file.mjs';
import * as failedMigration from './failed-migration.mjs';
import * as forgottenRows from './forgotten-rows.mjs';
import * as fourProcesses from './four-processes.mjs';
import * as fromModels from './from-models.mjs';
import * as otherDatabases from './other-databases.mjs';
import * as rebuild from './rebuild.mjs';
import * as rollBack from './roll-back.mjs';
import * as speed from './speed.mjs';
import { dbmate } from './tools/dbmate.mjs';
import { drizzle } from './tools/drizzle.mjs';
import { dunlin } from './tools/dunlin.mjs';
import { knex } from './tools/knex.mjs';
import { kysely } from './tools/kysely.mjs';
import { prisma } from './tools/prisma.mjs';

/** Each with its name, the words of its row, and the function that runs it with a tool in a folder. */
export const probes = Object.entries({
  rebuild,
  'forgotten-rows': forgottenRows,
  'failed-migration': failedMigration,
  'four-processes': fourProcesses,
  backup,
  'edited-file': editedFile,
  drift,
  'roll-back': rollBack,
  speed,
  'from-models': fromModels,
  'other-databases': otherDatabases,
}).map(([name, { title, probe }]) => ({ name, title, probe }));

/**
 * Each tool: its name and version; `files` writes migrations as its own; `command` applies what is pending; `rollBack`,
 * `fromModels` if it has that; `comparisons` are its commands that compare files, records and the database; `forPostgres`
 * asks it for another database.
 */
export const tools = [dunlin, drizzle, prisma, knex, kysely, dbmate];
