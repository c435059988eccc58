import { describe, expect, test } from '@jest/globals';
import { run } from '../cli/run.ts';
import { readPages, type Page } from './markdown.ts';

/** An output of the program that a page shows. */
interface ShownOutput {
  /** Where it stands, as `docs/cli.md:12`. */
  readonly place: string;
  readonly command: string;
  readonly text: string;
}

/** `<!-- output of: holdfast … -->` before a block; `<!-- file: name -->` before one that it reads. */
function markedBlocks({ path, lines }: Page, mark: string): readonly ShownOutput[] {
  return lines.flatMap((line, index) => {
    const [, command] = new RegExp(`^<!-- ${mark}: (.+) -->$`).exec(line) ?? [];
    if (command === undefined) return [];
    const open = lines.findIndex((one, at) => at > index && one.startsWith('```'));
    const close = lines.findIndex((one, at) => at > open && one === '```');
    const text = lines.slice(open + 1, close).join('\n');
    return [{ place: `${path}:${index + 1}`, command, text }];
  });
}

const pages = readPages();
const files = Object.fromEntries(
  pages.flatMap((page) => markedBlocks(page, 'file').map(({ command, text }) => [command, text])),
);
const shown = pages.flatMap((page) => markedBlocks(page, 'output of'));

describe('the outputs of the program that the documentation shows', () => {
  test('exist', () => {
    expect(shown.length).toBeGreaterThan(3);
  });

  test.each(shown)('$place: $command', async ({ command, text }) => {
    const [program, ...args] = command.split(' ');
    expect(program).toBe('holdfast');
    const { printed, complained } = await run(args, { files });
    const lines = `${printed}${complained}`.trimEnd().split('\n');
    expect(text.split('\n')).toEqual(lines);
  });
});
