import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const binary = (): string | undefined =>
  process.env['HOLDFAST_CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** Whether this machine has a browser. Where it has none a line says how to get it; in CI that is a failure. */
export function hasBrowser(): boolean {
  if (binary() !== undefined) return true;
  const how =
    'no browser on this machine: apt-get install -y chromium, or set HOLDFAST_CHROMIUM to one of your own';
  // Any value but these two, as the tools of CI systems read it.
  if (!['', 'false', undefined].includes(process.env['CI'])) throw new Error(how);
  process.stderr.write(`skipped: ${how}\n`);
  return false;
}

/** Starts the browser, without a window. Nothing of its own goes to the network. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: binary() ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
