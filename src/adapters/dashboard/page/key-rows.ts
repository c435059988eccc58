import type { KeySnapshot } from '../snapshot.ts';
import { standingOf, successShare, type Standing } from '../standing.ts';
import { rateWords, shareWords } from '../words.ts';
import { circuitStrip, columnPaths } from './columns.ts';
import { element, Part, setAttributes, setText, shape, unbroken } from './dom.ts';
import { stateMark, TONES } from './state-mark.ts';

const SPARK_WIDTH = 120;
const SPARK_HEIGHT = 28;
const STRIP_HEIGHT = 4;

const HEADINGS = ['State', 'Upstream', 'Last 5 minutes', 'Accepted', 'Succeed'] as const;

/** The line of one key. */
class KeyRow {
  readonly element = element('tr', { role: 'row' });
  readonly #mark = new Part(element('td', { role: 'cell', class: 'state' }));
  readonly #name: HTMLButtonElement;
  readonly #sentence = element('p', { class: 'sentence' });
  readonly #spark: Part<SVGElement>;
  readonly #accepted = numberCell(HEADINGS[3]);
  readonly #success = numberCell(HEADINGS[4]);

  constructor(select: () => void) {
    this.#name = element('button', { type: 'button', class: 'name', 'aria-controls': 'detail' });
    this.#spark = new Part(
      shape('svg', {
        viewBox: `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT + STRIP_HEIGHT + 2}`,
        class: 'spark',
        preserveAspectRatio: 'none',
        'aria-hidden': 'true',
      }),
    );
    this.element.append(
      this.#mark.element,
      element(
        'th',
        { role: 'rowheader', scope: 'row', class: 'upstream' },
        this.#name,
        this.#sentence,
      ),
      element('td', { role: 'cell', class: 'sparks' }, this.#spark.element),
      this.#accepted.cell,
      this.#success.cell,
    );
    this.element.addEventListener('click', select);
  }

  show(key: KeySnapshot, standing: Standing, isSelected: boolean): void {
    const { state, sentence } = standing;
    this.#mark.show(state, () => [stateMark(state)]);
    setText(this.#name, key.name);
    setText(this.#sentence, unbroken(sentence));
    setAttributes(this.#name, {
      'aria-expanded': String(isSelected),
      title: key.name === key.key ? undefined : key.key,
    });
    setAttributes(this.element, { class: `${TONES[state]}${isSelected ? ' selected' : ''}` });
    this.#spark.show([key.history, key.circuitHistory], () => [
      ...columnPaths(key, SPARK_WIDTH, SPARK_HEIGHT),
      ...(key.circuit ? circuitStrip(key, SPARK_WIDTH, SPARK_HEIGHT + 2, STRIP_HEIGHT) : []),
    ]);
    const share = successShare(key);
    setText(this.#accepted.value, `${rateWords(key.acceptedPerSecond)}/s`);
    setText(this.#success.value, share ? shareWords(share.share) : '–');
  }
}

function numberCell(heading: string) {
  const value = element('span');
  return {
    value,
    cell: element('td', { role: 'cell', class: 'number', 'data-heading': heading }, value),
  };
}

/** The lines of all keys, those that need a person first. */
export class KeyRows {
  readonly element: HTMLTableElement;
  readonly #body = element('tbody', { role: 'rowgroup' });
  readonly #rows = new Map<string, KeyRow>();
  readonly #select: (id: string) => void;

  constructor(select: (id: string) => void) {
    this.#select = select;
    this.element = element(
      'table',
      { role: 'table', class: 'keys', id: 'keys' },
      element('caption', { class: 'unseen' }, 'All upstreams, those that need attention first'),
      element(
        'thead',
        { role: 'rowgroup' },
        element(
          'tr',
          { role: 'row' },
          ...HEADINGS.map((heading) =>
            element('th', { role: 'columnheader', scope: 'col' }, heading),
          ),
        ),
      ),
      this.#body,
    );
  }

  show(keys: readonly KeySnapshot[], now: number, selected: string | undefined): void {
    for (const id of this.#rows.keys()) {
      if (!keys.some((key) => key.id === id)) this.#rows.delete(id);
    }
    const elements = keys.map((key) => {
      const row = this.#rows.get(key.id) ?? new KeyRow(() => this.#select(key.id));
      this.#rows.set(key.id, row);
      row.show(key, standingOf(key, now), key.id === selected);
      return row.element;
    });
    this.#arrange(elements);
  }

  /** Moves what stands elsewhere. A row that has the focus would lose it, so it waits. */
  #arrange(elements: readonly HTMLElement[]): void {
    const isSame =
      elements.length === this.#body.children.length &&
      elements.every((row, index) => this.#body.children[index] === row);
    if (isSame) return;
    const focused = document.activeElement;
    this.#body.replaceChildren(...elements);
    if (focused instanceof HTMLElement && this.#body.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  }
}
