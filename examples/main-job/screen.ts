import type { WriteStream } from 'node:tty';
import { highlight, type Palette } from './colour.ts';
import { differenceLines } from './result-table.ts';
import type { Observation, Result, Situation, TimedEvent } from './situation.ts';
import { callersWords, count, eventWords, holdfastWords, seconds, serverWords } from './words.ts';
import { LEAST_FOR_TWO, sideBySide } from './side-by-side.ts';
import { widthOf } from './width.ts';
import { cut, wrap } from './wrapping.ts';

/** Shows a run while it lasts. */
export interface Screen {
  started(situation: Situation, number: number, of: number): void;
  event(event: TimedEvent): void;
  plainly(lines: readonly string[]): void;
  progress(lines: readonly string[]): void;
  finished(result: Result): void;
  /** Prints lines that stay. */
  print(...lines: readonly string[]): void;
  /** Leaves the terminal as it was. */
  restore(): void;
}

const INDENT = 14;
const INDENT_OF_COLUMNS = 2;

/** A label and its text, in the columns of the run. */
function labelled(label: string, text: string, palette: Palette, width: number): string[] {
  return wrap(text, width - INDENT).map((line, index) => {
    const margin = `    ${(index === 0 ? label : '').padEnd(INDENT - 4)}`;
    return `${palette.dim(margin)}${highlight(line, palette)}`;
  });
}

/** The plan of a situation, before it runs. */
const announcement = ({ server, expected }: Situation, palette: Palette, width: number) => [
  ...labelled('plan', `the server ${server}`, palette, width),
  ...labelled('expected', expected.map(({ words }) => words).join(' · '), palette, width),
];

/** The story of a situation, from the server to the caller. */
function story(result: Result, palette: Palette, width: number): string[] {
  const { situation, seen, plainly, differences } = result;
  const [first] = seen;
  if (first === undefined) return [];
  return [
    ...labelled('server', serverWords(first), palette, width),
    ...labelled('fetch', plainWords(plainly), palette, width),
    ...labelled('holdfast', holdfastWords(first, situation), palette, width),
    ...labelled('caller', callersWords(seen), palette, width),
    ...(situation.picture?.(first) ?? []).map((line) => cut(`${' '.repeat(INDENT)}${line}`, width)),
    ...differences.flatMap((text) => differenceLines(text, palette, width)),
  ];
}

/** The same for a window: plain fetch on the left, holdfast on the right. */
function comparison(result: Result, palette: Palette, width: number): readonly string[] {
  const { situation, seen, plainly, differences } = result;
  const [first] = seen;
  if (first === undefined || width < LEAST_FOR_TWO) return story(result, palette, width);
  const left = [count(plainly.requests.length, 'request'), `→ ${callersWords([plainly])}`];
  const right = [holdfastWords(first, situation), `→ ${callersWords(seen)}`];
  return [
    ...inTwoColumns(left, right, palette, width),
    ...(situation.picture?.(first) ?? []).map((line) => cut(`    ${line}`, width)),
    ...differences.flatMap((text) => differenceLines(text, palette, width)),
  ];
}

/** Both stories beside each other, under their names. A narrow window has room for one. */
function inTwoColumns(
  plain: readonly string[],
  ours: readonly string[],
  palette: Palette,
  width: number,
): readonly string[] {
  if (width < LEAST_FOR_TWO) return ours.map((line) => `    ${cut(line, width - 5)}`);
  const inner = width - INDENT_OF_COLUMNS;
  const margin = ' '.repeat(INDENT_OF_COLUMNS);
  const [names = ''] = sideBySide(['plain fetch'], ['holdfast'], inner);
  return [
    palette.dim(margin + names),
    ...sideBySide(plain, ours, inner).map((line) => highlight(margin + line, palette)),
  ];
}

/** Plain fetch beside it: how often it asked, and what its caller got. */
const plainWords = (plainly: Observation) =>
  `alone: ${count(plainly.requests.length, 'request')}; its caller got ${callersWords([plainly])}`;

/** Lines one after the other, for a file, a pipe or a build's log. */
export function plainScreen(
  out: NodeJS.WritableStream & { readonly columns?: number },
  palette: Palette,
): Screen {
  const width = () => widthOf(out, process.env);
  const print = (...lines: readonly string[]) => void out.write(`${lines.join('\n')}\n`);
  let group: string | undefined;
  let shownAt = 0;
  return {
    started(situation, number, of) {
      if (situation.group !== group) print('', situation.group.toUpperCase());
      ({ group } = situation);
      shownAt = performance.now();
      print('', palette.strong(`[${number}/${of}] ${situation.title}`));
      print(...announcement(situation, palette, width()));
    },
    event: () => undefined,
    plainly: () => undefined,
    progress([first = '']) {
      if (performance.now() - shownAt < 500) return;
      shownAt = performance.now();
      print(...labelled('…', first, palette, width()));
    },
    finished(result) {
      const good = result.differences.length === 0;
      const mark = good ? palette.good('✓ as documented') : palette.bad('✗ not as documented');
      print(
        ...story(result, palette, width()),
        `    ${mark} ${palette.dim(`in ${seconds(result.tookMs)}`)}`,
      );
    },
    print,
    restore: () => undefined,
  };
}

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_BELOW = '\u001B[J';
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const EVENTS_SHOWN = 4;

/** Finished situations scroll away above; the running one is drawn again and again below them. */
export function liveScreen(out: WriteStream, palette: Palette): Screen {
  let drawn = 0;
  let current: { situation: Situation; number: number; of: number; startedAt: number } | undefined;
  let recent: string[] = [];
  let details: readonly string[] = [];
  let plain: readonly string[] = [];
  let group: string | undefined;

  const width = () => widthOf(out, process.env);
  const erase = () => {
    if (drawn > 0) out.write(`\u001B[${drawn}A\r${CLEAR_BELOW}`);
    drawn = 0;
  };
  const draw = () => {
    erase();
    const lines = frame();
    if (lines.length === 0) return;
    out.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };

  function frame(): string[] {
    if (current === undefined) return [];
    const { situation, number, of, startedAt } = current;
    const elapsed = performance.now() - startedAt;
    const spin = SPINNER[Math.floor(elapsed / FRAME_MS) % SPINNER.length] ?? '';
    const done = Math.round(((number - 1) / of) * 30);
    const bar = `${'━'.repeat(done)}${palette.dim('━'.repeat(30 - done))}`;
    const heading = cut(`${spin} ${situation.title}  ${seconds(elapsed)}`, width());
    const announced = announcement(situation, palette, width());
    const shown = details.length > 0 ? details : recent;
    const below = inTwoColumns(plain, shown, palette, width());
    // Never taller than the window, since lines that scrolled away cannot be drawn over.
    const lines = [palette.warm(heading), ...announced, ...below].slice(
      0,
      Math.max(2, (out.rows || 24) - 3),
    );
    return ['', ...lines, `    ${bar} ${number - 1} of ${count(of, 'situation')}`];
  }

  out.write(HIDE_CURSOR);
  const ticker = setInterval(draw, FRAME_MS);
  const print = (...lines: readonly string[]) => {
    erase();
    out.write(`${lines.join('\n')}\n`);
    draw();
  };
  return {
    started(situation, number, of) {
      if (situation.group !== group) print('', palette.warm(situation.group));
      ({ group } = situation);
      current = { situation, number, of, startedAt: performance.now() };
      recent = [];
      details = [];
      plain = [];
      draw();
    },
    event({ event }) {
      recent = [...recent, eventWords(event)].slice(-EVENTS_SHOWN);
    },
    plainly(lines) {
      plain = lines.slice(-EVENTS_SHOWN);
    },
    progress(lines) {
      details = lines;
    },
    finished(result) {
      current = undefined;
      const mark = result.differences.length === 0 ? palette.good('✓') : palette.bad('✗');
      const title = palette.strong(result.situation.title);
      print(
        `${mark} ${title}  ${palette.dim(seconds(result.tookMs))}`,
        ...comparison(result, palette, width()),
      );
    },
    print,
    restore() {
      clearInterval(ticker);
      current = undefined;
      erase();
      out.write(SHOW_CURSOR);
    },
  };
}
