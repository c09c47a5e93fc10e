import { atlas } from './atlas.ts';
import { d1 } from './d1.ts';
import { dbmate, rails } from './dbmate.ts';
import { diesel } from './diesel.ts';
import { drizzle } from './drizzle.ts';
import { flyway } from './flyway.ts';
import { golangMigrate } from './golang-migrate.ts';
import { goose } from './goose.ts';
import { knex } from './knex.ts';
import { kysely } from './kysely.ts';
import { nodeSqlite } from './node-sqlite.ts';
import { popx } from './popx.ts';
import { prisma } from './prisma.ts';
import { refinery } from './refinery.ts';
import { sqlMigrate } from './sql-migrate.ts';
import { sqlx } from './sqlx.ts';
import type { ToolRecord } from './tool-record.ts';
import { typeorm } from './typeorm.ts';
import { sequelize, umzug } from './umzug.ts';

/** The tools whose records can be read one by one, and written. */
export const toolRecords: readonly ToolRecord[] = [
  drizzle,
  prisma,
  knex,
  kysely,
  typeorm,
  umzug,
  sequelize,
  sqlx,
  golangMigrate,
  goose,
  dbmate,
  rails,
  nodeSqlite,
  d1,
  diesel,
  flyway,
  refinery,
  atlas,
  popx,
  sqlMigrate,
];

/** What users may call them. */
export const toolNames: readonly string[] = toolRecords.flatMap(({ names }) => names);
