// Databases that other tools themselves have migrated, on the built package: adopted, migrated, checked and exported
// back, until the tool itself has nothing to do; new databases that Dunlin makes with the tool's table; and changes that
// drizzle-kit and Prisma write. Needs `npm run build` first.
//
// The tools are installed in node_modules/.cache/tools, as package.json and package-lock.json beside this file say. The
// driver is the better-sqlite3 of this project.
//
// `-- prisma knex` tries these tools only, `-- drizzle-kit prisma-migrate` the changes; `-- --write` writes the page of
// the changes by drizzle-kit.
import { adopt } from './adopt.mjs';
import { baseline } from './baseline.mjs';
import { stepsOfChanges } from './changes/index.mjs';
import { stepsOfPrisma } from './changes/prisma.mjs';
import { install, newFolder, versionOf } from './project.mjs';
import { recipesPass } from './recipes.mjs';
import { startOver } from './start-over.mjs';
import { adopted, baselined, startedOver } from './tools/index.mjs';

const write = process.argv.includes('--write');
const chosen = write ? ['drizzle-kit'] : process.argv.slice(2);
const isChosen = (name) => chosen.length === 0 || chosen.includes(name);

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`tools: skipped, some are packages for linux-x64 and this is ${process.platform}-${process.arch}`);
} else {
  install();
  for (const tool of adopted) migrateOn(tool, adopt);
  for (const tool of startedOver) migrateOn(tool, startOver);
  for (const tool of baselined) migrateOn(tool, baseline);
  if (isChosen('drizzle-kit')) report('drizzle-kit', versionOf('drizzle-kit'), stepsOfChanges({ write }));
  if (isChosen('prisma-migrate')) report('prisma-migrate', versionOf('prisma'), stepsOfPrisma());
  if (!write && !recipesPass(isChosen)) process.exitCode = 1;
}

/** Tries the steps with the tool, in a folder of their own. A tool that is not on this machine is skipped. */
function migrateOn(tool, stepsOf) {
  if (!isChosen(tool.name)) return;
  const version = tool.version();
  if (version === undefined) {
    console.log(`tool ${tool.name}: skipped, it is not on this machine (${tool.from})`);
    return;
  }
  const { folder, remove } = newFolder();
  try {
    report(tool.name, version, stepsOf(tool, folder), { stops: true });
  } finally {
    remove();
  }
}

/** Runs the steps, with `stops` until one fails, and prints what failed and the tool's line. */
function report(name, version, steps, { stops = false } = {}) {
  const counts = { passed: 0, failed: 0 };
  for (const [step, work] of steps) {
    try {
      work();
      counts.passed++;
    } catch (error) {
      counts.failed++;
      process.exitCode = 1;
      console.error(`${name}: ${step}\n${error.message}`);
      if (stops) break;
    }
  }
  console.log(`tool ${name} ${version}: ${counts.passed} passed, ${counts.failed} failed`);
}
