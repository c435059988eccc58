import { posix } from 'node:path';

/** A page of the repository, and where it stands on the site. */
export interface SourcePage {
  /** Its path from the repository's root: `docs/policies/retry.md`. */
  readonly path: string;
  readonly text: string;
}

/** Pages that have another name on the site. */
const RENAMED: Readonly<Record<string, string>> = {
  'README.md': 'index.md',
  'docs/README.md': 'contents.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'CODE_OF_CONDUCT.md': 'code-of-conduct.md',
};

/** The pages outside of `docs` that the site has. */
export const PAGES_BESIDE_DOCS = Object.keys(RENAMED).filter((path) => !path.startsWith('docs/'));

/** Where a file of the repository stands on the site; `undefined` where it is not part of it. */
export const placeOnSite = (path: string): string | undefined =>
  RENAMED[path] ?? (path.startsWith('docs/') ? path.slice('docs/'.length) : undefined);

/**
 * A page as the site has it: links lead to where the pages stand there. What the site does not have
 * (a test, a source file) is named by its path and not linked.
 *
 * @param exists - whether the repository has a file of this path
 */
export function pageForSite({ path, text }: SourcePage, exists: (path: string) => boolean): string {
  const place = placeOnSite(path) ?? path;
  return outsideOfCode(text, (line) =>
    line.replaceAll(
      /(!?)\[([^\]]*)\]\(([^)\s]+)\)/g,
      (whole, bang: string, words: string, to: string) => {
        if (/^(?:[a-z]+:|#)/i.test(to)) return whole;
        const [file = '', anchor] = to.split('#');
        const target = posix.join(posix.dirname(path), file);
        const there = placeOnSite(target);
        if (there === undefined || !(exists(target) || there.startsWith('api/'))) return words;
        const relative = posix.relative(posix.dirname(place), there);
        const link = relative.startsWith('.') ? relative : `./${relative}`;
        return `${bang}[${words}](${link}${anchor === undefined ? '' : `#${anchor}`})`;
      },
    ),
  );
}

/** Changes the lines of a page that stand in no fenced block. */
function outsideOfCode(text: string, change: (line: string) => string): string {
  let fence: string | undefined;
  return text
    .split('\n')
    .map((line) => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
      if (fence === undefined && mark === undefined) return change(line);
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence)) fence = undefined;
      return line;
    })
    .join('\n');
}

/** A heading of the sidebar with its pages. */
export interface SidebarGroup {
  readonly text: string;
  readonly collapsed: boolean;
  readonly items: readonly { readonly text: string; readonly link: string }[];
}

/** The sidebar: the headings and lists of `docs/README.md`, which are the order of the pages. */
export function sidebarOf(contents: string): readonly SidebarGroup[] {
  const groups: { text: string; collapsed: boolean; items: { text: string; link: string }[] }[] =
    [];
  for (const line of contents.split('\n')) {
    const heading = /^##+ (.+)$/.exec(line)?.[1];
    if (heading !== undefined) {
      groups.push({ text: heading, collapsed: heading === 'Decisions', items: [] });
      continue;
    }
    const [, text, link] = /^- \[([^\]]+)\]\(([^)\s]+)\.md\)/.exec(line) ?? [];
    if (text === undefined || link === undefined) continue;
    groups.at(-1)?.items.push({ text: text.replaceAll('`', ''), link: `/${link}` });
  }
  return groups.filter(({ items }) => items.length > 0);
}
