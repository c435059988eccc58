import { COMMON_OPTIONS } from './command-line.ts';
import { takesValue, type Command, type Example, type Options } from './command.ts';
import type { Paint } from './terminal/paint.ts';
import { besides, wrapped } from './terminal/wrap.ts';

/** How a help text is laid out. */
export interface HelpLayout {
  /** The width in characters. */
  readonly columns: number;
  readonly paint: Paint;
}

/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 100;

const EXAMPLES: readonly Example[] = [
  {
    does: 'why is this answer retried, or not?',
    line: 'curl -v https://api.example.com/things 2>&1 | holdfast explain',
  },
];

/** The text of `holdfast --help`. */
export function helpOfProgram(commands: readonly Command[], layout: HelpLayout): string {
  const width = widthOf(layout);
  const column = columnFor(commands.map(({ name }) => name));
  return page(layout, [
    ['', wrapped('holdfast: what a wrapped fetch does about failed API calls, and why', width)],
    ['Usage', ['  holdfast <command> [options]']],
    [
      'Commands',
      commands.flatMap(({ name, summary }) => besides(name, summary, { indent: 2, column, width })),
    ],
    ['Examples', examplesOf([...EXAMPLES, ...commands.flatMap(firstExample)], layout)],
    [
      'Exit codes',
      exitLines(
        {
          0: 'fine',
          1: 'a finding (doctor), or a failure: an input that cannot be read',
          2: 'wrong usage; the message names the option and what it expects',
        },
        width,
      ),
    ],
    [
      'More',
      [
        '  holdfast <command> --help   its options and examples',
        '  holdfast --version          the version',
      ],
    ],
  ]);
}

// The first example of explain leads the list already.
const firstExample = ({ name, examples }: Command): readonly Example[] =>
  name === 'explain' ? [] : examples.slice(0, 1);

/** The text of `holdfast <command> --help`. */
export function helpOfCommand(command: Command, layout: HelpLayout): string {
  const { name, summary, operand, about, examples, options, exits } = command;
  const width = widthOf(layout);
  const usage = [`holdfast ${name}`, '[options]', operand?.placeholder].filter(Boolean).join(' ');
  return page(layout, [
    ['', wrapped(`holdfast ${name}: ${summary}`, width)],
    ['Usage', [`  ${usage}`]],
    ['', paragraphs(about, width)],
    ['Examples', examplesOf(examples, layout)],
    ['Options', optionLines({ ...options, ...COMMON_OPTIONS }, width)],
    ['Exit codes', exitLines({ ...exits, 2: 'wrong usage' }, width)],
  ]);
}

const exitLines = (exits: Readonly<Record<number, string>>, width: number): readonly string[] =>
  Object.entries(exits).flatMap(([code, meaning]) =>
    besides(code, meaning, { indent: 2, column: 5, width }),
  );

const widthOf = ({ columns }: HelpLayout): number => Math.min(columns, WIDEST);

/** Where the texts begin beside these names. */
const columnFor = (names: readonly string[]): number =>
  Math.max(...names.map((name) => name.length)) + 4;

type Section = readonly [title: string, lines: readonly string[]];

function page({ paint }: HelpLayout, sections: readonly Section[]): string {
  const blocks = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) =>
      (title === '' ? lines : [paint('strong', title)].concat(lines)).join('\n'),
    );
  return `${blocks.join('\n\n')}\n`;
}

/** Paragraphs with an empty line between them. */
const paragraphs = (texts: readonly string[], width: number): readonly string[] =>
  texts.flatMap((text, index) => [...(index === 0 ? [] : ['']), ...wrapped(text, width)]);

const examplesOf = (examples: readonly Example[], layout: HelpLayout): readonly string[] =>
  examples.flatMap(({ does, line }) => [layout.paint('faint', `  # ${does}`), `  ${line}`]);

/** Texts stand beside short names, and below long ones; below all of them where it is narrow. */
const columnOfTexts = (width: number): number => (width < 60 ? 8 : 26);

const optionLines = (options: Options, width: number): readonly string[] =>
  Object.entries(options).flatMap(([name, option]) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    const value = takesValue(option) ? ` ${option.value}` : '';
    const layout = { indent: 2, column: columnOfTexts(width), width };
    return besides(`${short}--${name}${value}`, option.help, layout);
  });
