import assert from 'node:assert/strict';

/** What a reader does on the site: each gets a page in a window of its own, which `options` describes. */
export const behaviours = [
  {
    title: 'the sidebar leads to every page that docs/README.md lists',
    async work(page, { open, base, listed }) {
      await open(page, base);
      const links = await page.$$eval('.VPSidebar a.VPLink', (all) => all.map((a) => new URL(a.href).pathname));
      assert.deepEqual(
        listed.filter((path) => !links.includes(path)),
        [],
      );
    },
  },
  finds('how do I test a migration', 'Testing migrations'),
  finds('restore a backup', 'Backing up and restoring'),
  finds('ROWS_LOST', 'ROWS_LOST'),
  finds('locked', 'LOCKED'),
  finds('declare a loss', 'How losses are measured'),
  {
    title: 'a page links its source for an edit',
    async work(page, { open, base, repository }) {
      await open(page, `${base}guides/testing-migrations`);
      const link = await page.getByText('Edit this page').getAttribute('href');
      assert.equal(link, `${repository}/edit/main/docs/guides/testing-migrations.md`);
    },
  },
  {
    title: 'a reader of a dark system gets dark pages, and can switch',
    options: { colorScheme: 'dark' },
    async work(page, { open, base }) {
      await open(page, `${base}guides/testing-migrations`);
      assert.ok((await brightness(page)) < 60);
      await page.getByRole('switch', { name: 'Switch to light theme' }).click();
      await page.waitForFunction(() => !document.documentElement.classList.contains('dark'));
      assert.ok((await brightness(page)) > 200);
    },
  },
  {
    title: 'wide tables and code scroll on a small screen',
    options: { width: 360 },
    async work(page, { open, base }) {
      await open(page, `${base}explanation/performance`);
      const tables = await page.$$eval('.vp-doc table', (all) => all.map((one) => [one.scrollWidth, one.clientWidth]));
      assert.ok(tables.some(([scroll, client]) => scroll > client));
      await open(page, `${base}reference/cli`);
      const help = await page.$eval('.vp-doc pre', (one) => [one.scrollWidth, one.clientWidth]);
      assert.ok(help[0] > help[1]);
    },
  },
  {
    title: 'the menu of a small screen shows the sidebar',
    options: { width: 360 },
    async work(page, { open, base }) {
      await open(page, base);
      await page.locator('.VPLocalNav button.menu').click();
      await page.locator('.VPSidebar').getByText('Testing migrations', { exact: true }).click();
      await page.waitForURL(`**${base}guides/testing-migrations`);
    },
  },
  {
    title: 'the keyboard reaches search, menu and pages, and shows where it is',
    async work(page, { open, base }) {
      await open(page, `${base}guides/testing-migrations`);
      const reached = [];
      for (let presses = 0; presses < 14; presses++) {
        await page.keyboard.press('Tab');
        reached.push(await page.evaluate(focusOf));
      }
      assert.deepEqual(
        reached.filter(({ isShown }) => !isShown),
        [],
      );
      for (const place of ['VPNavBarSearch', 'VPNavBarMenu', 'VPSidebar'])
        assert.ok(
          reached.some(({ places }) => places.includes(place)),
          `${place} is not reached`,
        );
    },
  },
  {
    title: 'agents find llms.txt, every page that it links, and llms-full.txt',
    async work(page, { base, homepage, repository }) {
      const get = async (path) => (await page.request.get(path)).text();
      const index = await get(`${base}llms.txt`);
      const links = [...index.matchAll(/\]\((\S+?)\)/g)].map(([, link]) => link);
      assert.ok(links.length > 40);
      for (const link of links.filter((one) => !one.startsWith(repository))) {
        assert.ok(link.startsWith(homepage), link);
        assert.match(await get(base + link.slice(homepage.length)), /^(?:<!--[^]*?-->\n+)?# /, link);
      }
      assert.match(await get(`${base}llms-full.txt`), /^# Testing migrations$/m);
    },
  },
];

/** One of the first three results leads to the page of this title. */
function finds(question, title) {
  return {
    title: `the search finds "${question}"`,
    async work(page, { open, base }) {
      await open(page, base);
      await page.locator('.VPNavBarSearch button').first().click();
      await page.locator('#localsearch-input').fill(question);
      await page.locator('#localsearch-list .result').first().waitFor();
      const results = await page.$$eval('#localsearch-list .result', (all) =>
        all.slice(0, 3).map((one) => one.innerText),
      );
      assert.ok(
        results.some((text) => text.split('\n').some((line) => line.trim() === title)),
        `found: ${results.map((text) => text.replaceAll('\n', ' > ')).join(' | ')}`,
      );
    },
  };
}

/** Of the page's background, from 0 to 255. */
async function brightness(page) {
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const parts = colour
    .match(/[\d.]+/g)
    .slice(0, 3)
    .map(Number);
  return parts.reduce((sum, part) => sum + part, 0) / 3;
}

/** Runs in the page. */
function focusOf() {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const places = [];
  for (let one = element; one !== null; one = one.parentElement) places.push(...one.classList);
  return {
    text: element.textContent.trim().slice(0, 40),
    isShown: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0 && box.width > 0,
    places,
  };
}
