// Looks at the built site in a browser: `npm run test:site`, which builds it first. The site is served on this machine,
// and nothing else is requested.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readContents } from '../scripts/docs/contents.mjs';
import { addressesOf, readPages, siteTarget } from '../scripts/docs/pages.mjs';
import { behaviours } from './check/behaviours.mjs';
import { startChromium } from './check/chromium.mjs';
import { linkChecker } from './check/links.mjs';
import { serve } from './check/serve.mjs';

const root = join(import.meta.dirname, '..');
const folder = join(import.meta.dirname, 'dist');
const { repository, homepage } = addressesOf(root);
const base = new URL(homepage).pathname;

const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.html') && file !== '404.html')
  .map((file) => base + file.replace(/(?:^|(?<=\/))index\.html$/, '').replace(/\.html$/, ''))
  .toSorted();

const { browser, reasons } = await startChromium();
if (browser === undefined) {
  console.log(`site: skipped, no Chromium starts (${reasons.join('; ')}); CHROMIUM_PATH can name one`);
} else {
  const server = await serve(folder, base);
  const counts = { passed: 0, failed: 0 };
  const step = async (title, work) => {
    try {
      await work();
      counts.passed++;
    } catch (error) {
      counts.failed++;
      console.error(`site: ${title}\n${error.message}`);
    }
  };
  try {
    await checkPages(step, server.address);
    const site = { open, base, repository, homepage, listed: listedPages() };
    for (const { title, options = {}, work } of behaviours)
      await step(title, () =>
        withPage(server.address, options, async (page, problems) => {
          await work(page, site);
          assert.deepEqual(problems, []);
        }),
      );
  } finally {
    await browser.close();
    server.close();
  }
  console.log(`site: ${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

/** Where the links of docs/README.md lead. */
function listedPages() {
  const pageAt = (route) => homepage + route.replace(/(^|\/)index$/, '$1');
  const target = siteTarget(root, readPages(root), { repository, pageAt });
  const links = readContents(root).flatMap(({ rows }) => rows.flatMap(({ links }) => links));
  return links.map(({ path, anchor }) => new URL(target(path, anchor)).pathname);
}

/** Every page, at the width of a small telephone, in several tabs at once. */
async function checkPages(step, address) {
  const deadLinks = linkChecker({ root, folder, base, repository });
  const left = pages.values();
  const tab = () =>
    withPage(address, { width: 360 }, async (page, problems) => {
      for (const path of left)
        await step(path, async () => {
          problems.length = 0;
          await open(page, path);
          assert.deepEqual(problems, []);
          assert.deepEqual(deadLinks(path), [], 'dead links');
          const { titles, width } = await page.evaluate(() => ({
            titles: document.querySelectorAll('main h1').length,
            width: document.documentElement.scrollWidth,
          }));
          assert.equal(titles, 1, `${titles} titles`);
          assert.ok(width <= 360, `the page is ${width} px wide on a screen of 360 px`);
        });
    });
  await Promise.all([tab(), tab(), tab()]);
}

/** A page in a window of its own. `problems` gets its errors, and what it requests from elsewhere. */
async function withPage(address, { width = 1280, colorScheme = 'light' }, work) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, baseURL: address });
  const problems = [];
  try {
    // Not by a route, which would switch the browser's cache off. The browser finds no other host anyway.
    context.on('request', (request) => {
      if (!request.url().startsWith(`${address}/`)) problems.push(`requests ${request.url()}`);
    });
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    await work(page, problems);
  } finally {
    await context.close();
  }
}

/** Until Vue has taken over the page: before that, no button works. */
async function open(page, path) {
  const response = await page.goto(path);
  assert.equal(response.status(), 200, path);
  await page.waitForFunction(() => document.querySelector('#app')?.__vue_app__ !== undefined);
}
