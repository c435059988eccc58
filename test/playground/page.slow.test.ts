import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CONTENDER_IDS } from '../../docs/playground/contenders.ts';
import { playgroundPage } from '../../scripts/playground/page.ts';
import { servePage, type ServedPage } from '../../scripts/playground/serve.ts';
import { SCENARIOS, type ScenarioName } from '../../src/simulator.ts';
import { axeViolations } from '../axe-violations.ts';
import { BROWSER, explainMissingBrowser, FLAGS } from './browser.ts';

const NAMES = Object.keys(SCENARIOS) as ScenarioName[];
const PHONE = { width: 390, height: 844 };
/**
 * What a run may take, from an empty page on. It is processor time of all threads of the page, so that
 * it holds beside other programs; where nothing else runs, a run on one core takes no longer.
 */
const RUN_SECONDS = 5;

/** A run that is short, where it does not matter. */
const QUICK = 'seconds=40&callsPerSecond=10';

if (BROWSER === undefined) explainMissingBrowser();
const inBrowser = BROWSER === undefined ? describe.skip : describe;

inBrowser('the playground', () => {
  let browser: Browser;
  let served: ServedPage;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER ?? '', args: FLAGS });
    served = await servePage(await playgroundPage(process.cwd()), 0);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    served?.server.close();
  });

  /** Opens the page, and notes every error and every request to anywhere else. */
  async function open(
    hash: string,
    { viewport = PHONE, colorScheme = 'light' as 'light' | 'dark' } = {},
  ): Promise<Page> {
    const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        complaints.push(message.text());
      }
    });
    page.on('request', (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(served.url)) {
        complaints.push(`request to ${request.url()}`);
      }
    });
    await page.goto(`${served.url}#${hash}`);
    return page;
  }

  const isOver = (page: Page) =>
    page.waitForSelector('#page[aria-busy="false"]', { timeout: 60_000 });
  const texts = (page: Page, selector: string) => page.locator(selector).allTextContents();

  /** Seconds of the processor that the page has taken: all of its threads, and the main one. */
  async function processorSeconds(page: Page): Promise<{ all: number; main: number }> {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const { metrics } = await session.send('Performance.getMetrics');
    const valueOf = (name: string) => metrics.find((one) => one.name === name)?.value ?? NaN;
    return { all: valueOf('ProcessTime'), main: valueOf('ThreadTime') };
  }

  test.each(NAMES)(
    '%s: draws the curves of all clients in less than five seconds on a phone, and asks nobody',
    async (scenario) => {
      complaints.length = 0;
      const page = await open(`scenario=${scenario}`);
      await isOver(page);
      expect((await processorSeconds(page)).all).toBeLessThan(RUN_SECONDS);
      await page.waitForFunction(() => document.querySelectorAll('.figure .line').length > 20);
      for (const id of CONTENDER_IDS) {
        expect(await page.locator(`#chart-answers path.of-${id}`).getAttribute('d')).toMatch(
          /^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){50,}/,
        );
        expect(await page.locator(`#share-${id}`).textContent()).toMatch(/^[\d.]+ %$/);
        expect(await page.locator(`#card-chart-${id}`).getAttribute('aria-label')).toMatch(
          /requests a call/,
        );
      }
      expect(await page.locator('#verdict').textContent()).toMatch(/^holdfast: .*Naive retry: /);
      expect(await page.locator('#status').textContent()).toMatch(/simulated in [\d.]+ s/);
      expect(await page.locator('#story').textContent()).toBe(SCENARIOS[scenario].story);
      await page.close();
      expect(complaints).toEqual([]);
    },
    120_000,
  );

  test('simulates beside the thread of the page, shows how far it is, and can be asked for another run', async () => {
    const page = await open('scenario=outage&seconds=180');
    const part = page.waitForFunction(() => {
      const { value = 0 } = document.querySelector('progress') ?? {};
      return value > 0.1 && value < 0.9;
    });
    await part;
    const { all, main } = await processorSeconds(page);
    expect(main).toBeLessThan(all / 2);
    await page.locator('[value="flaky"]').check();
    await page.waitForFunction(() => location.hash.includes('scenario=flaky'));
    await isOver(page);
    expect(await page.locator('#status').textContent()).toMatch(/^60 virtual seconds/);
    await page.close();
  }, 90_000);

  test('has all settings in its address, and is the same again from there', async () => {
    const page = await open(
      'scenario=herd&maxRetries=6&circuitBreaker=classic&processes=20&seed=5',
    );
    await isOver(page);
    const url = page.url();
    expect(new URLSearchParams(new URL(url).hash.slice(1)).get('callsAtStart')).toBe('8');
    const shares = await texts(page, '.share');
    const again = await open(new URL(url).hash.slice(1));
    await isOver(again);
    expect(again.url()).toBe(url);
    expect(await texts(again, '.share')).toEqual(shares);
    expect(await again.locator('#maxRetries').inputValue()).toBe('6');
    expect(await again.locator('[name="circuitBreaker"]:checked').inputValue()).toBe('classic');
    expect(await again.locator('#code-0').textContent()).toContain("mode: 'classic'");
    await page.close();
    await again.close();
  }, 90_000);

  test('says what it cannot read of a link', async () => {
    const page = await open(`scenario=flaky&maxRetries=99&${QUICK}`);
    await page.waitForSelector('#complaints:not([hidden])');
    expect(await page.locator('#complaints').textContent()).toMatch(/from 0 to 10, not “99”/);
    await page.close();
  }, 60_000);

  test.each(['light', 'dark'] as const)(
    'axe-core finds nothing, in the %s',
    async (colorScheme) => {
      const page = await open(QUICK, { colorScheme });
      await isOver(page);
      expect(await axeViolations(page)).toEqual([]);
      await page.close();
    },
  );

  test('is worked by the keyboard alone', async () => {
    const page = await open(`scenario=outage&${QUICK}`, { viewport: { width: 1280, height: 800 } });
    await isOver(page);
    const focused = () =>
      page.evaluate(() => {
        const { id, tagName, classList } = document.activeElement as HTMLElement;
        const { name, value } = document.activeElement as HTMLInputElement;
        return id || name || (value ?? classList.value) || tagName;
      });
    const reached = new Set<string>();
    for (let press = 0; press < 60; press += 1) {
      await page.keyboard.press('Tab');
      const now = await focused();
      reached.add(now);
      const outline = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const shown = element.closest('.segments') ?? element.nextElementSibling ?? element;
        return [element, shown].some((one) => getComputedStyle(one).outlineStyle !== 'none');
      });
      if (now !== 'BODY') expect({ now, outline }).toEqual({ now, outline: true });
    }
    for (const id of [
      'theme',
      'scenario',
      'reset',
      'share',
      'maxRetries',
      'circuitBreaker',
      'moment',
    ]) {
      expect(reached).toContain(id);
    }
    await page.locator('[value="outage"]').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => location.hash.includes('scenario=rate-limit'));
    await page.locator('#maxRetries').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => location.hash.includes('maxRetries=4'));
    await isOver(page);
    await page.locator('#moment').focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.querySelector('#moment-value')?.textContent === '0');
    await page.close();
  }, 90_000);

  test.each([
    [320, 640, 'light'],
    [390, 844, 'dark'],
    [1280, 800, 'light'],
    [3840, 2160, 'dark'],
  ] as const)(
    'does not scroll sideways at %i × %i, %s',
    async (width, height, colorScheme) => {
      const page = await open(`scenario=bad-endpoint&${QUICK}`, {
        viewport: { width, height },
        colorScheme,
      });
      await isOver(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(width);
      const outside = await page.evaluate(
        (most) =>
          [...document.querySelectorAll<HTMLElement>('main h2, main h3, .card, .figure, button')]
            .filter((element) => element.getBoundingClientRect().right > most + 1)
            .map((element) => element.outerHTML.slice(0, 80)),
        width,
      );
      expect(outside).toEqual([]);
      await page.close();
    },
    60_000,
  );

  test.each(['light', 'dark'] as const)(
    'has text of enough contrast, %s',
    async (colorScheme) => {
      const page = await open('scenario=outage', {
        viewport: { width: 1280, height: 800 },
        colorScheme,
      });
      await isOver(page);
      expect(await page.evaluate(contrastsBelow, 4.5)).toEqual([]);
      await page.locator('#theme').click();
      expect(await page.evaluate(contrastsBelow, 4.5)).toEqual([]);
      await page.close();
    },
    60_000,
  );

  test('gives each chart a sentence and a table for those who do not see it', async () => {
    const page = await open(`scenario=outage&${QUICK}`);
    await isOver(page);
    await page.waitForFunction(() =>
      document.querySelector('#chart-answers')?.getAttribute('aria-label')?.includes('ends at'),
    );
    for (const chart of await page.locator('.chart').all()) {
      expect(await chart.getAttribute('aria-label')).toMatch(/holdfast is highest at .* in second/);
    }
    await page.locator('#table-answers summary').click();
    expect(await page.locator('#rows-answers tr').count()).toBe(8);
    await page.close();
  }, 60_000);
});

/** The texts of the page whose contrast is lower than this: WCAG's ratio. Runs in the page. */
function contrastsBelow(least: number): readonly string[] {
  const luminance = (color: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = color.map((part) => {
      const share = part / 255;
      return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const partsOf = (color: string): readonly number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const groundOf = (element: Element): string => {
    const { backgroundColor } = getComputedStyle(element);
    const [, , , alpha = 1] = partsOf(backgroundColor);
    return alpha > 0.99 || element.parentElement === null
      ? backgroundColor
      : groundOf(element.parentElement);
  };
  const found: string[] = [];
  for (const element of document.querySelectorAll<HTMLElement>('body *')) {
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '',
    );
    if (!hasText || element.getClientRects().length === 0) continue;
    if (['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(element.tagName)) continue;
    const isDrawn = element instanceof SVGElement;
    const { color, fill } = getComputedStyle(element);
    const [one, other] = [isDrawn ? fill : color, groundOf(element)].map((text) =>
      luminance(partsOf(text)),
    );
    const [bright = 0, dim = 0] = [one ?? 0, other ?? 0].sort((a, b) => b - a);
    const ratio = (bright + 0.05) / (dim + 0.05);
    if (ratio < least) found.push(`${element.textContent?.slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return found;
}
