import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PICTURES, PICTURES_FOLDER } from '../../scripts/pictures/pictures.ts';
import { readPages, ROOT } from './markdown.ts';

const folder = join(ROOT, PICTURES_FOLDER);

test.each(Object.entries(PICTURES))(
  'the picture of %s is as `npm run docs:pictures` draws it',
  async (name, draw) => {
    expect(await draw()).toBe(readFileSync(join(folder, `${name}.svg`), 'utf8'));
  },
);

test('every picture stands on the page of its policy, and says in words what it shows', () => {
  expect(readdirSync(folder).toSorted()).toEqual(
    Object.keys(PICTURES)
      .map((name) => `${name}.svg`)
      .toSorted(),
  );
  const texts = new Map(readPages().map(({ path, lines }) => [path, lines.join('\n')]));
  const missing = Object.keys(PICTURES).filter(
    (name) =>
      !new RegExp(`!\\[.{40,}\\]\\(\\.\\./plots/policies/${name}\\.svg\\)`).test(
        texts.get(`docs/policies/${name}.md`) ?? '',
      ),
  );
  expect(missing).toEqual([]);
});
