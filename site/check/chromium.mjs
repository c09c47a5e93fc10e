import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const modules = join(import.meta.dirname, '../node_modules');
const unpacked = join(modules, '.chromium');

const at = (executablePath) => () => ({ executablePath });
const named = process.env.CHROMIUM_PATH;
/** The browsers that may be here, in this order. */
const candidates =
  named === undefined
    ? [fromPackage, at('/usr/bin/chromium'), at('/usr/bin/chromium-browser'), at('/usr/bin/google-chrome')]
    : [at(named)];

/** Starts the first browser that starts, or says why none does. */
export async function startChromium() {
  const reasons = [];
  for (const candidate of candidates) {
    const options = candidate();
    if (!existsSync(options.executablePath)) {
      reasons.push(`there is no ${options.executablePath}`);
      continue;
    }
    try {
      // As root, in containers as in CI, Chromium has no sandbox. It only sees pages of this project.
      const args = ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
      return { browser: await chromium.launch({ ...options, args }), reasons };
    } catch (error) {
      reasons.push(`${options.executablePath}: ${error.message.split('\n')[0]}`);
    }
  }
  return { reasons };
}

/** The browser of @sparticuz/chromium, which brings the libraries and a font along. */
function fromPackage() {
  if (process.platform === 'linux' && process.arch === 'x64' && !existsSync(unpacked)) unpack();
  const libraries = [join(unpacked, 'al2023/lib'), process.env.LD_LIBRARY_PATH].filter(Boolean);
  return {
    executablePath: join(unpacked, 'chromium'),
    env: { ...process.env, LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: join(unpacked, 'fonts.conf') },
  };
}

/** Into another folder first: a process that is killed meanwhile leaves no half. */
function unpack() {
  const packed = (name) => brotliDecompressSync(readFileSync(join(modules, '@sparticuz/chromium/bin', `${name}.br`)));
  const folder = mkdtempSync(`${unpacked}-`);
  writeFileSync(join(folder, 'chromium'), packed('chromium'), { mode: 0o755 });
  for (const name of ['al2023', 'fonts', 'swiftshader']) {
    // The libraries of the last one are beside the program.
    const into = name === 'swiftshader' ? folder : join(folder, name);
    mkdirSync(into, { recursive: true });
    execFileSync('tar', ['-x', '-C', into], { input: packed(`${name}.tar`) });
  }
  writeFileSync(join(folder, 'fonts.conf'), fontsConf);
  try {
    renameSync(folder, unpacked);
  } catch (error) {
    // Another process was faster.
    rmSync(folder, { recursive: true });
    if (!existsSync(unpacked)) throw error;
  }
}

const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${unpacked}/fonts</dir>
  <cachedir>${unpacked}/fonts-cache</cachedir>
</fontconfig>
`;
