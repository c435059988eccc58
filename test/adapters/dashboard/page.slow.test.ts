import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { dashboard, type Dashboard } from 'holdfast/dashboard';
import type { Browser, Page } from 'playwright-core';
import { axeViolations } from '../../axe-violations.ts';
import { listening, type FrameworkServer } from '../server/framework-servers.ts';
import { hasBrowser, startBrowser } from './browser.ts';
import { namelessOrSmall, paleTexts } from './legibility.ts';
import { troubledProgram, type TroubledProgram } from './troubled-program.ts';

const describeWithBrowser = hasBrowser() ? describe : describe.skip;
jest.setTimeout(60_000);

const TOKEN = 'a token of these tests';
const PICTURES = join(process.cwd(), '.pictures');

const SIZES = {
  small: { width: 320, height: 640 },
  phone: { width: 390, height: 844 },
  laptop: { width: 1280, height: 800 },
  wall: { width: 3840, height: 2160 },
} as const;
const SCHEMES = ['light', 'dark'] as const;

describeWithBrowser('the page, in a real browser, of a program with real upstreams', () => {
  let program: TroubledProgram;
  let board: Dashboard;
  let server: FrameworkServer;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    program = await troubledProgram();
    board = dashboard(program.fetches, { title: 'shop', actions: { token: TOKEN }, updateMs: 200 });
    server = await listening(
      createServer((request, response) => void board.handler(request, response)).listen(
        0,
        '127.0.0.1',
      ),
    );
    url = `${server.url}/internal/holdfast`;
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    board.close();
    await Promise.all([server.close(), program.close()]);
  });

  /** Opens the page; whatever it complains about, or asks for elsewhere, is a failure. */
  async function withPage(
    options: Parameters<Browser['newPage']>[0],
    use: (page: Page) => Promise<void>,
  ): Promise<void> {
    const page = await browser.newPage({ viewport: SIZES.laptop, ...options });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const isOwn = request.url().startsWith(server.url) || request.url().startsWith('data:');
      if (!isOwn) complaints.push(`asked ${request.url()}`);
    });
    try {
      await page.goto(url);
      await page.waitForSelector('.keys tbody tr');
      await use(page);
    } finally {
      await page.close();
    }
    expect(complaints).toEqual([]);
  }

  const firstRow = (page: Page) => page.locator('.keys tbody tr').first();
  const rowOf = (page: Page, name: string) =>
    page.locator('.keys tbody tr').filter({ has: page.getByRole('button', { name, exact: true }) });

  /** What the first screen says without scrolling. */
  const firstScreen = (page: Page) =>
    page.evaluate(() =>
      [...document.querySelectorAll('.verdict, .keys tbody tr')]
        .filter((node) => node.getBoundingClientRect().bottom <= innerHeight)
        .map((node) => (node as HTMLElement).innerText.replaceAll(/\s+/g, ' '))
        .join('\n'),
    );

  /** Takes a picture in each size and scheme, and looks for what is wrong in any of them. */
  async function inSizes(name: string, sizes: readonly (keyof typeof SIZES)[]): Promise<void> {
    await withPage({}, async (page) => {
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        for (const size of sizes) {
          await page.setViewportSize(SIZES[size]);
          await page.waitForTimeout(200);
          await page.screenshot({ path: join(PICTURES, `${name}-${size}-${colorScheme}.png`) });
          const overhang = await page.evaluate(
            () => document.documentElement.scrollWidth - innerWidth,
          );
          expect([size, overhang]).toEqual([size, 0]);
          expect(await page.evaluate(paleTexts)).toEqual([]);
          expect(await page.evaluate(namelessOrSmall)).toEqual([]);
        }
        expect(await axeViolations(page)).toEqual([]);
      }
    });
  }

  test('a calm program: nothing needs attention, and nothing is spoken', async () => {
    await withPage({}, async (page) => {
      await page.waitForFunction(() =>
        [...document.querySelectorAll('.keys .mark')].every(
          ({ textContent }) => textContent === 'answers',
        ),
      );
      expect(await page.locator('.verdict').textContent()).toBe(
        'None of 4 upstreams needs attention.',
      );
      const spoken = page.locator('[aria-live]');
      const before = await spoken.textContent();
      await page.waitForTimeout(2_000);
      expect(await spoken.textContent()).toBe(before);
    });
    await inSizes('calm', ['small', 'laptop']);
  });

  test('has the roles of a table, and names for all that can be used', async () => {
    await withPage({ viewport: SIZES.phone }, async (page) => {
      const tree = await page.locator('.list').ariaSnapshot();
      expect(tree).toContain('table "All upstreams, those that need attention first"');
      expect(tree).toMatch(/columnheader "State"/);
      expect(tree).toMatch(/rowheader "chat answers, /);
      expect(await page.getByRole('img').first().getAttribute('aria-label')).toMatch(
        /^Attempts of the last five minutes: \d+ success/,
      );
    });
  });

  test('the keyboard alone reaches every key, and keeps its place while the page changes', async () => {
    await withPage({}, async (page) => {
      for (const name of ['chat', 'media', 'payments']) {
        await page.keyboard.press('Tab');
        expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name);
      }
      await page.keyboard.press('Enter');
      expect(await page.locator('h2').textContent()).toBe('payments');
      await page.waitForTimeout(1_500);
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('payments');
      expect(await rowOf(page, 'payments').getByRole('button').getAttribute('aria-expanded')).toBe(
        'true',
      );
    });
    await withPage({ viewport: SIZES.phone }, async (page) => {
      await page.getByRole('button', { name: 'search' }).press('Enter');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('detail-name');
    });
  });

  test('whoever wants no motion gets none', async () => {
    await withPage({ reducedMotion: 'reduce' }, async (page) => {
      const durations = await page.evaluate(() =>
        [...document.querySelectorAll('*')].map((node) => {
          const { transitionDuration, animationName } = getComputedStyle(node);
          return `${transitionDuration} ${animationName}`;
        }),
      );
      expect([...new Set(durations)]).toEqual(['0s none']);
    });
  });

  test('an outage: which upstream, since when, why and until when, on the first screen', async () => {
    await withPage({}, async (page) => {
      await page.evaluate(() => {
        const heard: string[] = [];
        Object.assign(globalThis, { heard });
        new MutationObserver(() => {
          heard.push(document.querySelector('[aria-live]')?.textContent ?? '');
        }).observe(document.querySelector('[aria-live]')!, { childList: true });
      });
      program.servers.payments.startOutage({
        kind: 'error',
        status: 503,
        errorCode: 'db_down',
        message: 'The database is down',
      });
      await page.waitForFunction(
        () => document.querySelector('.keys tbody tr .mark')?.textContent === 'open',
      );
      await page.waitForTimeout(1_000);
      const screen = await firstScreen(page);
      expect(screen).toMatch(/^1 of 4 upstreams needs attention: payments\.$/m);
      expect(screen).toMatch(
        /^open payments open for (less than 1|\d+) s, 503 db_down ×\d+, (next probe in \d.+|probing now)/m,
      );
      expect(await page.title()).toBe('(1) payments – shop');
      const heard = await page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
      expect(heard.at(-1)).toMatch(/^payments: open/);
      expect(heard.length).toBeLessThan(4);
    });
    await inSizes('outage', ['small', 'phone', 'laptop', 'wall']);
    await withPage({}, async (page) => {
      program.servers.payments.endOutage();
      await page.waitForFunction(
        () => document.querySelector('.keys tbody tr .mark')?.textContent === 'answers',
        undefined,
        { timeout: 20_000 },
      );
      await page.getByRole('button', { name: 'payments' }).click();
      expect(
        await page.locator('.cards', { hasText: 'Changes of the circuit' }).innerText(),
      ).toMatch(/closed → open/);
    });
  });

  test('a throttle: the pace, the share that succeeds, and the oldest waiter', async () => {
    await withPage({}, async (page) => {
      program.servers.chat.limitRate({ ratePerSecond: 5, burst: 1, retryAfter: 'none' });
      await page.waitForFunction(
        () => document.querySelector('.keys tbody tr .mark')?.textContent === 'throttled',
        undefined,
        { timeout: 20_000 },
      );
      await page.waitForTimeout(2_000);
      expect(await firstScreen(page)).toMatch(
        /^throttled chat throttled for \d+ s, 429 rate_limit_exceeded ×\d+, .* of calls succeed/m,
      );
    });
    await inSizes('throttled', ['phone', 'laptop']);
    program.servers.chat.limitRate(undefined);
  });

  test('text of a server that looks like markup is shown as text', async () => {
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    program.servers.media.play(
      { kind: 'error', status: 400, errorCode: '<b>bold</b>', message: markup },
      { times: 40 },
    );
    await withPage({}, async (page) => {
      await rowOf(page, 'media').click();
      await page.waitForFunction(
        () => document.querySelector('#detail .cards')?.textContent.includes('onerror'),
        undefined,
        { timeout: 20_000 },
      );
      expect(await page.locator('#detail').innerText()).toContain('<b>bold</b>');
      expect(await page.locator('img, b:text("bold"), #detail script').count()).toBe(0);
      expect(await page.title()).toContain('shop');
    });
  });

  test('a circuit is opened and closed by hand, with the token only', async () => {
    await withPage({}, async (page) => {
      page.on('dialog', (dialog) => void dialog.accept());
      await page.getByRole('button', { name: 'search' }).click();
      const result = page.locator('.result');
      const open = page.getByRole('button', { name: 'Force the circuit open' });
      await page.getByLabel('Token').fill(TOKEN);
      await open.click();
      await result.getByText('Force the circuit open: done.').waitFor();
      await rowOf(page, 'search')
        .locator('.sentence', { hasText: /^opened by hand/ })
        .waitFor();
      await page.getByRole('button', { name: 'Close the circuit' }).click();
      await rowOf(page, 'search')
        .locator('.sentence', { hasText: /^answers/ })
        .waitFor({ timeout: 20_000 });
      expect(await firstRow(page).textContent()).not.toContain('by hand');
    });
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole('button', { name: 'search' }).click();
    await page.getByLabel('Token').fill('another token');
    await page.getByRole('button', { name: 'Close the circuit' }).click();
    await page.getByText('This is not the token.').waitFor();
    await page.close();
  });

  test('a page that has lost its program says how old it is', async () => {
    const lost = dashboard(program.fetches, { title: 'lost', updateMs: 100 });
    const lostServer = await listening(
      createServer((request, response) => void lost.handler(request, response)).listen(
        0,
        '127.0.0.1',
      ),
    );
    const page = await browser.newPage();
    await page.goto(lostServer.url);
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    await lostServer.close();
    const connection = page.locator('.connection', { hasText: 'no connection' });
    await connection.waitFor();
    expect(await connection.textContent()).toMatch(/^no connection, this is .* old$/);
    await page.close();
    lost.close();
  });
});
