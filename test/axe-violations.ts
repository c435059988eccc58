import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe-core objects to on a page, a line for each place. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // As the inspector evaluates it: the page's own policy lets no script in.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} (${failureSummary})`),
  );
}
