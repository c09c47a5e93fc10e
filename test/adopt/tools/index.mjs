import { alembic } from './alembic.mjs';
import { dbmate } from './dbmate.mjs';
import { django } from './django.mjs';
import { drizzle } from './drizzle.mjs';
import { knex } from './knex.mjs';
import { kysely } from './kysely.mjs';
import { nodeSqlite } from './node-sqlite.mjs';
import { prisma } from './prisma.mjs';
import { rails } from './rails.mjs';
import { sequelize } from './sequelize.mjs';
import { sqitch } from './sqitch.mjs';
import { typeorm } from './typeorm.mjs';
import { umzug } from './umzug.mjs';
import { wrangler } from './wrangler.mjs';

/**
 * Each tool: its name, version and where it is from; the files of its folder in the order of the migrations, and what is
 * beside them; what Dunlin reads, if not that; options of Dunlin; its name for `export --to`; what of its table must be
 * as if it had applied everything itself; `apply`, which applies what is pending and returns the number of migrations;
 * and where its database is, if not in `app.db`.
 */
export const adopted = [drizzle, prisma, knex, kysely, umzug, sequelize, typeorm, dbmate, nodeSqlite, wrangler, rails];

/** Their records name no files of Dunlin: one file of SQL begins. `ownTables` are left out of it. */
export const startedOver = [alembic, django];

/** Its records are in a database of its own. `recordOnly` records what Dunlin has applied. */
export const baselined = [sqitch];
