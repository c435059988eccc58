import { COLUMN_MS, COLUMNS, SERIES, type KeySnapshot } from '../snapshot.ts';
import { countWords, rateWords } from '../words.ts';
import { circuitStrip, columnPaths, highestColumn, SERIES_WORDS, stretchesOf } from './columns.ts';
import { element, Part, setAttributes, setText, shape } from './dom.ts';

/** The parts of the picture, as shares of its height: the columns, a gap, the strip of the circuit. */
const COLUMNS_SHARE = 0.8;
const STRIP_SHARE = 0.15;
/** A word has room in a stretch so many times as wide as the strip is high. */
const ROOM_FOR_A_WORD = 3.4;
/** Before it stands on the page. */
const FIRST_SIZE = { width: 600, height: 135 };

/** The history of a key: its attempts in columns, and the states of its circuit below. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #svg = new Part(shape('svg', { role: 'img', class: 'timeline' }));
  readonly #highest = element('span', { class: 'highest' });
  readonly #legend = new Part(element('ul', { class: 'legend' }));

  constructor() {
    this.element = element(
      'figure',
      {},
      element(
        'figcaption',
        {},
        element('span', {}, 'Attempts and circuit, last 5 minutes'),
        this.#highest,
      ),
      this.#svg.element,
      element(
        'p',
        { class: 'axis', 'aria-hidden': 'true' },
        element('span', {}, '5 min ago'),
        element('span', {}, 'now'),
      ),
      this.#legend.element,
    );
  }

  show(key: KeySnapshot): void {
    const width = this.#svg.element.clientWidth || FIRST_SIZE.width;
    const height = this.#svg.element.clientHeight || FIRST_SIZE.height;
    const strip = { top: height * (1 - STRIP_SHARE), height: height * STRIP_SHARE };
    const { history, circuitHistory, lastMinute } = key;
    setAttributes(this.#svg.element, {
      viewBox: `0 0 ${width} ${height}`,
      'aria-label': descriptionOf(key),
    });
    const highest = highestColumn(key) / (COLUMN_MS / 1_000);
    setText(this.#highest, `up to ${rateWords(highest)} a second`);
    this.#svg.show([width, height, history, circuitHistory, key.circuit === null], () => [
      patterns(),
      ...columnPaths(key, width, height * COLUMNS_SHARE),
      ...(key.circuit ? circuitStrip(key, width, strip.top, strip.height) : []),
      ...(key.circuit ? stretchWords(key, width, strip) : []),
    ]);
    this.#legend.show(lastMinute, () =>
      SERIES.map((series) =>
        element(
          'li',
          {},
          shape(
            'svg',
            { viewBox: '0 0 14 14', 'aria-hidden': 'true' },
            shape('path', { d: 'M0 0h14v14H0z', class: `series ${series}` }),
          ),
          `${SERIES_WORDS[series]} `,
          element('b', {}, String(lastMinute[series])),
        ),
      ),
    );
  }
}

/** What the picture shows, for those who do not see it. */
function descriptionOf({ history, circuitHistory }: KeySnapshot): string {
  const counts = SERIES.map((series) => {
    const total = history[series].reduce((sum, count) => sum + count, 0);
    return `${total} ${SERIES_WORDS[series]}`;
  });
  const times = stretchesOf(circuitHistory).filter(({ letter }) => letter === 'o').length;
  const opened =
    times === 0 ? 'never opened' : `open in ${countWords(times, 'stretch', 'stretches')}`;
  return `Attempts of the last five minutes: ${counts.join(', ')}. The circuit: ${opened}.`;
}

function stretchWords(
  { circuitHistory }: KeySnapshot,
  width: number,
  strip: { readonly top: number; readonly height: number },
): readonly Node[] {
  const step = width / COLUMNS;
  return stretchesOf(circuitHistory)
    .filter(
      ({ letter, columns }) => letter === 'o' && columns * step >= ROOM_FOR_A_WORD * strip.height,
    )
    .map(({ from, columns }) =>
      shape(
        'text',
        {
          x: String((from + columns / 2) * step),
          y: String(strip.top + strip.height / 2),
          class: 'stretch',
        },
        'open',
      ),
    );
}

/** Hatchings, so that the parts of a column differ without their colours. */
function patterns(): Node {
  const pattern = (id: string, size: number, path: string) =>
    shape(
      'pattern',
      { id, width: String(size), height: String(size), patternUnits: 'userSpaceOnUse' },
      shape('rect', { width: String(size), height: String(size), class: `ground ${id}` }),
      shape('path', { d: path, class: `lines ${id}` }),
    );
  return shape(
    'defs',
    {},
    pattern('throttle', 4, 'M0 1h4'),
    pattern('retryable', 6, 'M-1 7 7-1M-1 1 1-1M5 7 7 5'),
    pattern('fatal', 4, 'M1 0v4M0 1h4'),
    pattern('refused', 6, 'M-1-1 7 7M-1 5 1 7M5-1 7 1'),
  );
}
