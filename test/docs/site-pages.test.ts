import { expect, test } from '@jest/globals';
import { pageForSite, sidebarOf } from '../../scripts/docs-site/site-pages.ts';

const everything = () => true;

test.each([
  ['README.md', '[fetch](docs/fetch.md)', '[fetch](./fetch.md)'],
  ['docs/fetch.md', '[start](../README.md#see-it)', '[start](./index.md#see-it)'],
  ['docs/policies/retry.md', '[bucket](token-bucket.md)', '[bucket](./token-bucket.md)'],
  ['docs/policies/retry.md', '[all](../README.md)', '[all](../contents.md)'],
  ['docs/fetch.md', '![a plot](plots/storm.svg)', '![a plot](./plots/storm.svg)'],
  ['docs/fetch.md', '[here](#bodies)', '[here](#bodies)'],
  ['docs/fetch.md', '[RFC](https://www.rfc-editor.org/x)', '[RFC](https://www.rfc-editor.org/x)'],
])('a link of %s leads to where the page stands on the site: %s', (path, text, expected) => {
  expect(pageForSite({ path, text }, everything)).toBe(expected);
});

test('a file that the site does not have is named and not linked', () => {
  const text = 'held by [its test](../test/http/fetch.test.ts)';
  expect(pageForSite({ path: 'docs/fetch.md', text }, everything)).toBe('held by its test');
});

test('code stays as it is', () => {
  const text = '```ts\nconst x = [a](README.md)\n```';
  expect(pageForSite({ path: 'README.md', text }, everything)).toBe(text);
});

test('the sidebar follows the headings and lists of the contents', () => {
  const contents =
    '# All\n\n## Guides\n\n- [Lite](lite.md): small.\n\n## Decisions\n\n- [`a`](decisions/a.md)\n';
  expect(sidebarOf(contents)).toEqual([
    { text: 'Guides', collapsed: false, items: [{ text: 'Lite', link: '/lite' }] },
    { text: 'Decisions', collapsed: true, items: [{ text: 'a', link: '/decisions/a' }] },
  ]);
});
