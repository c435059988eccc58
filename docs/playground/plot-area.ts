import type { Trouble } from 'holdfast/simulator';
import type { Values } from './curves.ts';

/** How large a drawing is, and the time that it shows. */
export interface Frame {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** The size of small text, in pixels. */
  readonly textSize: number;
  /** How many seconds the horizontal axis has. */
  readonly length: number;
  readonly trouble: Trouble;
  /** The second that is looked at. */
  readonly moment: number;
}

/** Places of values in a drawing. */
export class PlotArea {
  readonly frame: Frame;
  readonly top: number;
  readonly bottom: number;
  readonly #highest: number;

  constructor(frame: Frame, highest: number, margins: { top: number; bottom: number }) {
    this.frame = frame;
    this.#highest = highest;
    this.top = margins.top;
    this.bottom = frame.height - margins.bottom;
  }

  x(second: number): number {
    const { width, length } = this.frame;
    return round(1 + (second / Math.max(1, length - 1)) * (width - 2));
  }

  y(value: number): number {
    const share = Math.min(1, value / this.#highest);
    return round(this.bottom - share * (this.bottom - this.top));
  }

  /** The path of a line, with gaps where there is no value. */
  line(values: Values): string {
    let pen = 'M';
    const steps = values.map((value, second) => {
      if (value === undefined) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${this.x(second)} ${this.y(value)}`;
      pen = 'L';
      return step;
    });
    return steps.join('');
  }

  /** The path of the area below a line that has no gaps. */
  area(values: readonly number[]): string {
    if (values.length === 0) return '';
    const end = this.x(values.length - 1);
    return `${this.line(values)}L${end} ${this.bottom}L${this.x(0)} ${this.bottom}Z`;
  }

  /** The period of the trouble. */
  band(): string {
    const { trouble, length } = this.frame;
    const from = this.x(trouble.fromMs / 1_000);
    const until = this.x(Math.min(trouble.untilMs / 1_000, length - 1));
    return `<rect class="trouble" x="${from}" y="${this.top}" width="${round(until - from)}" height="${round(this.bottom - this.top)}"/>`;
  }

  /** The second that is looked at. */
  cursor(): string {
    const x = this.x(this.frame.moment);
    return `<line class="cursor" x1="${x}" x2="${x}" y1="${this.top}" y2="${this.bottom}"/>`;
  }
}

const round = (value: number): number => Math.round(10 * value) / 10;

/** The next of 1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10 times a power of ten. */
export function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (
    power *
    ([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((nice) => nice * power >= value - 1e-9) ?? 10)
  );
}
