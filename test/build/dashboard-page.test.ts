import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { PAGE_MODULE, pageModule } from '../../scripts/build/dashboard-page.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the page in the repository is what its sources make: npm run dashboard:page', async () => {
  expect(readFileSync(join(ROOT, PAGE_MODULE), 'utf8')).toBe(await pageModule(ROOT));
});
