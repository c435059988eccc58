import { existsSync } from 'node:fs';

/** Where Chromium is; `undefined` where there is none. */
export const BROWSER =
  process.env['HOLDFAST_CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );

/** Says how to get a browser; in CI there has to be one. */
export function explainMissingBrowser(): void {
  const words =
    'The pages are not tested: no browser. Run `apt-get install chromium`, or set HOLDFAST_CHROMIUM to one of your own.';
  if (process.env['CI'] !== undefined) throw new Error(words);
  console.warn(words);
}

/** Nothing of the browser's own may go to the network. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
