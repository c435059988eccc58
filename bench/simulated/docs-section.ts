import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';

const PAGE = join('docs', 'performance.md');
const PLOTS = join('docs', 'plots');

/** Puts a text between its two markers in docs/performance.md: `<!-- storm hotos -->`, `<!-- /storm hotos -->`. */
export async function writeText(name: string, text: string): Promise<void> {
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = page.indexOf(start);
  const until = page.indexOf(end);
  if (from < 0 || until < from)
    throw new Error(`${PAGE} has no place for "${name}": ${start} ${end}`);
  const written = `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(until)}`;
  const settings = JSON.parse(readFileSync('.prettierrc.json', 'utf8')) as object;
  writeFileSync(PAGE, await format(written, { ...settings, parser: 'markdown' }));
}

/** Writes a picture into docs/plots. */
export function writePlot(file: string, svg: string): void {
  mkdirSync(PLOTS, { recursive: true });
  writeFileSync(join(PLOTS, file), svg);
}
