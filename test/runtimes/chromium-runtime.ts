import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packages } from './places.ts';
import type { ProgramInput, ProgramOutput } from './program/program.ts';
import { RUN_MS, type Runtime } from './runtime.ts';

/** What of playwright-core is used; the package may not be installed when this is checked. */
interface Playwright {
  readonly chromium: {
    launchPersistentContext(folder: string, options: object): Promise<Context>;
  };
}
interface Context {
  browser(): { version(): string } | null;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}
interface Page {
  on(event: 'pageerror', listener: (error: Error) => void): void;
  goto(url: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
}

const binary = (): string | undefined =>
  process.env.HOLDFAST_CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** Nothing of its own may go to the network, which may be closed. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The page that `test-server.ts` serves; it is asked for under another host name than the server. */
export const PAGE = (program: string): Readonly<Record<string, string>> => ({
  '/page/': '<!doctype html><meta charset="utf-8"><title>holdfast</title>',
  '/page/program.js': program,
  '/favicon.ico': '',
});

/** Debian's Chromium, driven by playwright-core: a page of one origin calls a server of another. */
export const chromiumRuntime: Runtime = {
  id: 'chromium',
  title: 'Chromium',
  missing() {
    if (binary() === undefined)
      return 'no browser: apt-get install chromium (--install does it), or set HOLDFAST_CHROMIUM to one of your own';
    if (existsSync(join(packages, 'playwright-core'))) return undefined;
    return 'not installed: npm ci --prefix test/runtimes';
  },
  async run({ input, folder }) {
    const entry = pathToFileURL(join(packages, 'playwright-core', 'index.mjs')).href;
    const { chromium } = (await import(entry)) as Playwright;
    const profile = join(folder, 'profile');
    await mkdir(profile, { recursive: true });
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: binary(),
      headless: true,
      args: FLAGS,
      timeout: 60_000,
    });
    const limit = setTimeout(() => void context.close(), RUN_MS);
    try {
      const page = await context.newPage();
      const pageErrors: string[] = [];
      page.on('pageerror', (error) => pageErrors.push(String(error)));
      await page.goto(`${input.serverUrl.replace('127.0.0.1', 'localhost')}/page/`);
      const output = await page.evaluate<ProgramOutput>(inPage(input));
      const isQuiet = pageErrors.length === 0;
      return {
        version: context.browser()?.version() ?? 'of an unknown version',
        output,
        hostResults: [
          {
            name: 'no error reaches the page itself',
            result: isQuiet ? 'pass' : 'fail',
            ...(isQuiet ? undefined : { reason: pageErrors.join('; ') }),
          },
        ],
      };
    } finally {
      clearTimeout(limit);
      await context.close();
    }
  },
};

const inPage = (input: ProgramInput): string =>
  `import('./program.js').then(({ runConformance }) => runConformance(${JSON.stringify(input)}))`;
