import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The folder of the page's sources, from the root. */
const PAGE = 'src/adapters/dashboard/page';
/** The module that holds the page, from the root. */
export const PAGE_MODULE = 'src/adapters/dashboard/page-text.ts';

/** A script or a style of the page, bundled and made small. */
async function textOf(root: string, entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, PAGE, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    // Everything is within ASCII, whatever a proxy takes the page for.
    charset: 'ascii',
    logLevel: 'warning',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

const hashOf = (text: string): string =>
  `sha256-${createHash('sha256').update(text).digest('base64')}`;

/**
 * The text of the module that holds the page.
 *
 * @param root - the folder of `package.json`
 */
export async function pageModule(root: string): Promise<string> {
  const [script, style] = await Promise.all([textOf(root, 'main.ts'), textOf(root, 'style.css')]);
  // Either would end the element in which it stands.
  if (/<\/(script|style)/i.test(script + style)) throw new Error('the page closes itself');
  return [
    '// Written by `npm run dashboard:page` from the folder `page`. Not edited.',
    '',
    ...[
      ['STYLE', style],
      ['STYLE_HASH', hashOf(style)],
      ['SCRIPT', script],
      ['SCRIPT_HASH', hashOf(script)],
    ].map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};`),
    '',
  ].join('\n');
}
