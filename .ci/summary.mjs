// Adds up what the suites reported: `node summary.mjs <broken steps> <folder of results>`. Fails if anything did.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [broken, folder] = process.argv.slice(2);
const total = { passed: 0, failed: 0 };

for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), 'utf8');
  if (file.endsWith('.json')) addVitest(JSON.parse(text));
  if (file.endsWith('.log')) addLines(text);
}
// A step that broke without a failing test still has to be seen.
total.failed = Math.max(total.failed, Number(broken));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** A file that could not even be loaded has no failed test in it. */
function addVitest({ numPassedTests, numFailedTests, testResults }) {
  total.passed += numPassedTests;
  total.failed += numFailedTests;
  total.failed += testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
}

function addLines(text) {
  for (const [, passed, failed] of text.matchAll(
    /^(?:(?:node|bun|deno|tool) \S+ \S+|(?:D1|rqlite)[^:\n]*|browser|site): (\d+) passed, (\d+) failed/gm,
  )) {
    total.passed += Number(passed);
    total.failed += Number(failed);
  }
}
