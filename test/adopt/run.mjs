// Databases that other tools themselves have migrated, on the built package: adopted, migrated, checked and exported
// back, until the tool itself has nothing to do. Needs `npm run build` first.
//
// The tools are installed in node_modules/.cache/tools, as package.json and package-lock.json beside this file say. The
// driver is the better-sqlite3 of this project.
import { stepsOf } from './adopt.mjs';
import { install, versionOf, withFolder } from './project.mjs';
import { tools } from './tools/index.mjs';

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`tools: skipped, some are packages for linux-x64 and this is ${process.platform}-${process.arch}`);
} else {
  install();
  const chosen = process.argv.slice(2);
  const all = tools.filter((tool) => chosen.length === 0 || chosen.includes(tool.package));
  process.exitCode = all.map(report).every((passed) => passed) ? 0 : 1;
}

/** Prints the tool's line, and what failed. Nothing after a step that failed is tried. */
function report(tool) {
  const name = `${tool.package} ${versionOf(tool.package)}`;
  let step;
  let passed = 0;
  try {
    withFolder((folder) => {
      for (step of stepsOf(tool, folder)) passed++;
    });
    console.log(`tool ${name}: ${passed} passed, 0 failed`);
    return true;
  } catch (error) {
    console.error(`${tool.package}: ${step}\n${error.message}`);
    console.log(`tool ${name}: ${passed - 1} passed, 1 failed`);
    return false;
  }
}
