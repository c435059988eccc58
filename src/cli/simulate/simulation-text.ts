import type { ScenarioSecond } from '../../adapters/simulator/scenarios/scenario-second.ts';
import { shortDuration } from '../terminal/duration.ts';
import type { Paint, Tone } from '../terminal/paint.ts';
import { wrapped } from '../terminal/wrap.ts';
import { endedIn, mostOf, totalsText, type ClientRun, type Simulation } from './simulation.ts';

/** How a simulation is laid out. */
export interface PlotLayout {
  readonly columns: number;
  readonly paint: Paint;
}

/** The rows of the large plot. */
const HEIGHT = 6;
/** The place for names and scales on the left. */
const GUTTER = 10;
const EIGHTHS = ['', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A simulation for a person to look at: a plot for each client, all to one scale. */
export function simulationText(simulation: Simulation, layout: PlotLayout): string {
  const { title, story, runs, seed } = simulation;
  const { columns, paint } = layout;
  const plot = new Plot(simulation, layout);
  const lines = [
    paint('strong', title),
    ...wrapped(story, columns),
    ...wrapped(parametersText(simulation), columns).map((line) => paint('faint', line)),
    ...runs.flatMap((one) => [''].concat(plot.linesOf(one, columns))),
    '',
    ...plot.legend(columns),
    ...wrapped(`Virtual time, seed ${seed}: the same command gives the same plot.`, columns).map(
      (line) => paint('faint', line),
    ),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function parametersText({ runs: [first] }: Simulation): string {
  const parameters = Object.entries(first?.run.parameters ?? {});
  return parameters.map(([name, value]) => `${name} ${value}`).join(', ');
}

class Plot {
  readonly #paint: Paint;
  readonly #width: number;
  readonly #mostEnded: number;
  readonly #mostSent: number;
  readonly #mostLatency: number;

  constructor(simulation: Simulation, { columns, paint }: PlotLayout) {
    this.#paint = paint;
    this.#width = columns - GUTTER - 1;
    this.#mostEnded = mostOf(simulation, endedIn);
    this.#mostSent = mostOf(simulation, ({ sent }) => sent);
    this.#mostLatency = mostOf(simulation, ({ p99Ms }) => p99Ms ?? 0);
  }

  linesOf({ name, run }: ClientRun, columns: number): readonly string[] {
    const bins = binned(run.seconds, this.#width);
    const { totals, trouble } = run;
    const hasCircuits = run.seconds.some(({ circuits }) => circuits !== undefined);
    return [
      this.#paint('accent', name),
      ...wrapped(totalsText(totals), columns - 2).map((line) => `  ${line}`),
      ...this.#calls(bins),
      this.#row(
        'requests',
        bins.map(({ sent }) => level(sent, this.#mostSent)),
        `${this.#mostSent}/s`,
      ),
      this.#row(
        'p99',
        bins.map(({ p99Ms }) => (p99Ms === undefined ? ' ' : level(p99Ms, this.#mostLatency))),
        shortDuration(this.#mostLatency),
      ),
      ...(hasCircuits ? [this.#row('circuits', bins.map(circuitOf))] : []),
      this.#trouble(trouble, run.seconds.length),
      this.#axis(run.seconds.length),
    ];
  }

  legend(columns: number): readonly string[] {
    const lines = wrapped(LEGEND, columns);
    return lines.map((line) =>
      Object.entries(SIGNS).reduce(
        (painted, [name, sign]) =>
          painted.replace(
            `${sign} ${name}`,
            () => `${this.#paint(TONES[name] ?? 'strong', sign)} ${name}`,
          ),
        line,
      ),
    );
  }

  #calls(bins: readonly ScenarioSecond[]): readonly string[] {
    const rows = Array.from({ length: HEIGHT }, (_, index) => HEIGHT - 1 - index);
    return rows.map((row) => {
      const scale = row === HEIGHT - 1 ? `${this.#mostEnded}/s` : row === 0 ? 'calls' : '';
      const cells = bins.map((bin) => this.#cell(bin, row));
      return `${scale.padStart(GUTTER - 1)} ${this.#painted(cells)}`;
    });
  }

  /** What stands at this height: the answered calls below, the failed and the refused ones on top. */
  #cell({ ok, failed, refused }: ScenarioSecond, row: number): Cell {
    const height = (count: number) => (count / this.#mostEnded) * HEIGHT;
    const middle = row + 0.5;
    if (height(ok + failed + refused) > height(ok) + 1 / 16) {
      if (middle <= height(ok)) return ['good', SIGNS.answered];
      if (middle <= height(ok + failed)) return ['bad', SIGNS.failed];
      return middle <= height(ok + failed + refused) ? ['warning', SIGNS.refused] : EMPTY;
    }
    const eighths = Math.round(Math.min(Math.max(height(ok) - row, 0), 1) * 8);
    return eighths === 0 ? EMPTY : ['good', EIGHTHS[eighths] ?? ' '];
  }

  /** Neighbours of one colour are painted together. */
  #painted(cells: readonly Cell[]): string {
    let line = '';
    for (let from = 0; from < cells.length;) {
      const [tone] = cells[from] ?? EMPTY;
      let to = from;
      while (to < cells.length && cells[to]?.[0] === tone) to += 1;
      const text = cells.slice(from, to).map(([, sign]) => sign);
      line += tone === undefined ? text.join('') : this.#paint(tone, text.join(''));
      from = to;
    }
    return line;
  }

  #row(name: string, cells: readonly string[], most = ''): string {
    const label = most === '' || name.length + most.length > GUTTER - 2 ? name : `${name} ${most}`;
    return `${label.padStart(GUTTER - 1)} ${cells.join('')}`;
  }

  #trouble({ name, fromMs, untilMs }: ClientRun['run']['trouble'], seconds: number): string {
    const place = (ms: number) =>
      Math.min(Math.round((ms / 1_000 / seconds) * this.#width), this.#width);
    const [from, until] = [place(fromMs), place(untilMs)];
    const bar = '─'.repeat(Math.max(until - from, 1));
    const label = ` ${name} `;
    const shown = label.length + 2 <= bar.length ? `──${label}${bar.slice(label.length + 2)}` : bar;
    const beside = shown === bar && from > label.length ? label.padStart(from) : ' '.repeat(from);
    return `${'trouble'.padStart(GUTTER - 1)} ${beside}${this.#paint('bad', shown)}`;
  }

  #axis(seconds: number): string {
    const every = [5, 10, 15, 20, 30, 60].find((one) => (one / seconds) * this.#width >= 7) ?? 60;
    let line = '';
    for (let second = 0; second < seconds; second += every) {
      line = line.padEnd(Math.round((second / seconds) * this.#width)) + `${second} s`;
    }
    return ' '.repeat(GUTTER) + line;
  }
}

type Cell = readonly [tone: Tone | undefined, sign: string];
const EMPTY: Cell = [undefined, ' '];
const SIGNS = { answered: '█', failed: '▒', refused: '░' } as const;
const TONES: Readonly<Record<string, Tone>> = {
  answered: 'good',
  failed: 'bad',
  refused: 'warning',
};
const LEGEND =
  'Calls that ended in each second: █ answered, ▒ failed, ░ refused unsent. Circuits: · closed, ▒ half-open, O open.';

const level = (value: number, most: number): string =>
  EIGHTHS[Math.max(value > 0 ? 1 : 0, Math.round((value / most) * 8))] || ' ';

function circuitOf({ circuits, openRoutes }: ScenarioSecond): string {
  if (circuits === undefined) return ' ';
  const { open, halfOpen, closed } = circuits;
  if (open > 0 && open >= halfOpen) return 'O';
  return halfOpen > 0 || (openRoutes > 0 && closed > 0) ? '▒' : '·';
}

/** One second for each column: it is drawn wider, or several of them are drawn as one. */
function binned(seconds: readonly ScenarioSecond[], width: number): readonly ScenarioSecond[] {
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * seconds.length) / width);
    const until = Math.max(Math.floor(((column + 1) * seconds.length) / width), from + 1);
    return worstOf(seconds.slice(from, until));
  });
}

/** Of several seconds that share a column the one with the most losses is shown: none may be hidden. */
const worstOf = (seconds: readonly ScenarioSecond[]): ScenarioSecond =>
  seconds.reduce((worst, second) =>
    second.failed + second.refused > worst.failed + worst.refused ? second : worst,
  );
