import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('docs/integrations.md names the versions that are tested here', () => {
  const { dependencies } = JSON.parse(read('package.json')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const rows = read('../../docs/integrations.md').matchAll(/^\| `([^`]+)`[^|]*\| (\d[^ |]*) *\|/gm);
  const documented = [...rows].map(([, name = '', version]) => [name, version]);
  expect(documented.length).toBeGreaterThanOrEqual(18);
  expect(documented).toEqual(documented.map(([name]) => [name, dependencies[name!]]));
});
