import { describe, expect, test } from '@jest/globals';
import { readPages } from './markdown.ts';

const pages = readPages().filter(
  ({ path }) => path.startsWith('docs/policies/') || path === 'docs/streams.md',
);

/** The sections that every page of a policy has, in this order; others may stand between them. */
const SHAPE = ['When', 'Use', 'Defaults', 'Events', 'Diagram', 'Do', 'Do not'];

/** The lines of a section, by its heading. */
const sectionOf = (lines: readonly string[], heading: string): readonly string[] => {
  const from = lines.indexOf(`## ${heading}`) + 1;
  const length = lines.slice(from).findIndex((line) => line.startsWith('## '));
  return lines.slice(from, length < 0 ? undefined : from + length);
};

describe.each(pages.map((page) => [page.path, page.lines] as const))('%s', (_path, lines) => {
  test('says in its first lines what the policy does', () => {
    expect(lines[0]).toMatch(/^# \w/);
    expect(lines[2]).toMatch(/^[A-Z].{40}/);
  });

  test('has the sections of all policy pages, in their order', () => {
    const headings = lines.flatMap((line) => /^## (.+)$/.exec(line)?.[1] ?? []);
    expect(headings.filter((heading) => SHAPE.includes(heading))).toEqual(SHAPE);
  });

  test('has code in its use', () => {
    expect(sectionOf(lines, 'Use')).toContain('```ts');
  });

  test('names the reasons of its defaults', () => {
    expect(sectionOf(lines, 'Defaults').join('\n')).toMatch(
      /\]\((?:\.\.\/)?(?:decisions\/)?defaults\.md/,
    );
  });

  test('has a picture or a diagram', () => {
    expect(sectionOf(lines, 'Diagram').join('\n')).toMatch(/```text|!\[.+\]\(.+\.svg\)/);
  });

  test('says more than one thing to do, and not to do', () => {
    for (const heading of ['Do', 'Do not']) {
      const points = sectionOf(lines, heading).filter((line) => /^- \*\*.+\*\*/.test(line));
      expect(points.length).toBeGreaterThan(1);
    }
  });
});
