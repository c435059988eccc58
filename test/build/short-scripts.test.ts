import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { shortenScripts } from '../../scripts/build/short-scripts.ts';

test('a script for Redis loses its comments and its indentation, and nothing else', () => {
  const source =
    "const A_SCRIPT = `\n-- Says why.\nif a then\n  b = '%d -- %d'\nend\n`;\n  // kept\n";
  expect(shortenScripts(source)).toBe(
    "const A_SCRIPT = `if a then\nb = '%d -- %d'\nend\n`;\n  // kept\n",
  );
});

test.each(['lease-script', 'circuit-script'])('%s is shorter by its comments alone', (name) => {
  const source = readFileSync(`src/adapters/redis/${name}.ts`, 'utf8');
  const words = (text: string) => text.replaceAll(/^\s*--.*$/gm, '').split(/[\s`]+/);
  expect(words(shortenScripts(source)).join(' ') === words(source).join(' ')).toBe(true);
  expect(shortenScripts(source).length).toBeLessThan(source.length - 500);
});
