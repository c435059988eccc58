import { paletteFor } from './colour.ts';
import { resultTable } from './result-table.ts';
import { liveScreen, plainScreen } from './screen.ts';
import { outages } from './situations/outage.ts';
import type { Result, Situation } from './situation.ts';
import { errorTable } from './situations/error-table.ts';
import { lost } from './situations/lost.ts';
import { notTwice } from './situations/not-twice.ts';
import { streams } from './situations/streams.ts';
import { waiting } from './situations/waiting.ts';
import { serve } from './serve.ts';
import { PLAIN_PATIENCE_MS, runSituation } from './stage.ts';
import { showOnDashboard } from './web-show.ts';
import { widthOf } from './width.ts';
import { count, seconds } from './words.ts';
import { wrap } from './wrapping.ts';

const USAGE = `npm start -- [--plain] [--only words] [--web] [--serve]

  Torments holdfast with every row of the OnDemand error table, waits, lost connections, streams,
  tokens and an outage, on real sockets of this machine, and says for each whether it did as documented.

  --plain        one line after the other, also in a terminal
  --only words   only situations whose title contains these words
  --web          the same again and again on a dashboard in the browser, until Ctrl-C
  --serve        no situations: a faulty server to play with by hand, until Ctrl-C`;

/** What is played, in sentences that stand alone. */
const introduction = (situations: number): readonly string[] => [
  'OnDemand is an AI platform whose HTTP API documents its error codes; holdfast began with its error table, and works for any HTTP API.',
  `${count(situations, 'situation')}, on real sockets of this machine. Each plays side by side: through resilientFetch, which behaves like fetch, through resultFetch, which gives a Result (a crowd uses both), and through plain fetch, for comparison. The expectations are shown before the run.`,
  `Plain fetch is given up after ${seconds(PLAIN_PATIENCE_MS)} without an answer.`,
];

const CLOSING =
  'Attempts and waits are those of resilientFetch; resultFetch was held to the same expectations, and plain fetch to none.';

const SITUATIONS: readonly Situation[] = [
  ...errorTable,
  ...waiting,
  ...lost,
  ...notTwice,
  ...streams,
  ...outages,
];

interface Choices {
  readonly plain: boolean;
  readonly only: string;
  readonly serve: boolean;
  readonly web: boolean;
}

function readArguments(given: readonly string[]): Choices | string {
  let plain = false;
  let serveOnly = false;
  let web = false;
  let only = '';
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index];
    if (word === '--plain') plain = true;
    else if (word === '--serve') serveOnly = true;
    else if (word === '--web') web = true;
    else if (word === '--only' && given[index + 1] !== undefined) only = given[(index += 1)] ?? '';
    else return word === '--help' ? '' : `${word} is not understood.\n\n`;
  }
  return { plain, only, web, serve: serveOnly };
}

/** Runs the situations one after the other; gives the exit code. */
async function main(chosen: readonly Situation[], plain: boolean): Promise<number> {
  const out = process.stdout;
  const { env } = process;
  const coloured = out.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const live = coloured && !plain && !env['CI'];
  const palette = paletteFor(coloured);
  const width = () => widthOf(out, env);
  const startedAt = performance.now();
  const screen = live ? liveScreen(out, palette) : plainScreen(out, palette);
  const stop = (signal: NodeJS.Signals) => {
    screen.restore();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);

  const results: Result[] = [];
  try {
    screen.print(
      palette.strong('holdfast: what happens when an API misbehaves'),
      ...introduction(chosen.length).flatMap((text) => wrap(text, width())),
    );
    for (const [index, situation] of chosen.entries()) {
      screen.started(situation, index + 1, chosen.length);
      const result = await runSituation(situation, screen);
      results.push(result);
      screen.finished(result);
    }
  } finally {
    screen.restore();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }

  const wrong = results.filter(({ differences }) => differences.length > 0).length;
  const took = seconds(performance.now() - startedAt);
  const summary =
    wrong === 0
      ? palette.good(`✓ ${results.length} of ${results.length} as documented, in ${took}.`)
      : palette.bad(
          `✗ ${wrong} of ${results.length} not as documented (${took}); ≠ says what differed.`,
        );
  screen.print(
    '',
    ...resultTable(results, palette, width()),
    ...wrap(CLOSING, width()).map(palette.dim),
    '',
    summary,
  );
  return wrong === 0 ? 0 : 1;
}

const printLine = (text: string) => void process.stdout.write(`${text}\n`);

const choices = readArguments(process.argv.slice(2));
if (typeof choices === 'string') {
  process.stdout.write(`${choices}${USAGE}\n`);
  process.exitCode = choices === '' ? 0 : 2;
} else if (choices.serve) {
  await serve(printLine);
} else {
  const { only, plain, web } = choices;
  const chosen = SITUATIONS.filter(({ title }) => title.toLowerCase().includes(only.toLowerCase()));
  if (chosen.length === 0) {
    process.stderr.write(`No situation's title contains “${only}”.\n`);
    process.exitCode = 2;
  } else if (web) {
    await showOnDashboard(chosen, printLine);
    // Nobody waits for the end of what was being played.
    process.exit();
  } else {
    process.exitCode = await main(chosen, plain);
  }
}
