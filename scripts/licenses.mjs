// The licence texts of the packages that went into the command line's files.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const LICENSE_FILE = /^(licen[cs]e|copying)(\.|-|$)/i;

/**
 * Fails the build if a bundled package has no licence text, because then it may not be shipped.
 *
 * @param {string} root
 * @param {string[]} inputs the bundle's source files, relative to `root`
 */
export function thirdPartyLicenses(root, inputs) {
  const folders = inputs.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const packages = [...new Set(folders)].filter((folder) => folder !== undefined).sort();
  const sections = packages.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((entry) => LICENSE_FILE.test(entry));
    if (file === undefined) throw new Error(`${name} is bundled into the command line but has no licence file`);
    const text = readFileSync(join(root, folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return ['The programs in this folder contain code of these packages.\n', ...sections].join(`\n${'-'.repeat(80)}\n\n`);
}
