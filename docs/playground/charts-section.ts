import { curvesOf, lineText, type Curve } from './curves.ts';
import { byId, escaped, remInPixels, setText } from './elements.ts';
import { lineChart } from './line-chart.ts';
import type { RunState } from './run-state.ts';

const TABLE_STEP_SECONDS = 5;

/** A chart for each measure, with its values at the moment that is looked at, and as a table. */
export class ChartsSection {
  readonly #list = byId('charts');
  #drawn = '';

  show(run: RunState, moment: number): void {
    const curves = curvesOf(run);
    const wanted = curves
      .map(({ id, lines }) => `${id}: ${lines.map(({ name }) => name).join()}`)
      .join();
    if (wanted !== this.#drawn) {
      this.#list.innerHTML = curves.map(figureText).join('');
      this.#drawn = wanted;
    }
    for (const curve of curves) this.#draw(curve, run, moment);
  }

  /** The second under the pointer; `undefined` where it is on no chart. */
  static secondAt(event: PointerEvent, length: number): number | undefined {
    const place = (event.target as Element).closest('.chart, .card-chart');
    if (place === null) return undefined;
    const { left, width } = place.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return Math.round(share * (length - 1));
  }

  #draw(curve: Curve, run: RunState, moment: number): void {
    const { id, lines, text } = curve;
    const place = byId(`chart-${id}`);
    const frame = {
      width: Math.max(120, place.clientWidth),
      height: Math.max(90, place.clientHeight),
      textSize: 0.75 * remInPixels(),
      length: run.length,
      trouble: run.trouble,
      moment,
    };
    place.innerHTML = lineChart(curve, frame);
    for (const [index, { values }] of lines.entries()) {
      const value = values[moment];
      setText(byId(`value-${id}-${index}`), value === undefined ? '–' : text(value));
    }
    if (run.tookMs === undefined) return;
    place.setAttribute(
      'aria-label',
      `${curve.title}. ${lines.map((line) => lineText(line, text)).join('; ')}.`,
    );
    const details = byId(`table-${id}`, HTMLDetailsElement);
    const fill = () => {
      if (details.open) byId(`rows-${id}`).innerHTML = rowsText(curve, run.length);
    };
    details.ontoggle = fill;
    fill();
  }
}

function figureText({ id, title, about, lines }: Curve): string {
  const legend = lines.map(
    (line, index) =>
      `<li class="of-${line.id}${line.isSecond ? ' second' : ''}"><svg class="sample" viewBox="0 0 24 8" aria-hidden="true"><path class="line of-${line.id}${line.isSecond ? ' second' : ''}" d="M0 4H24"/></svg><span>${escaped(line.name)}</span> <b id="value-${id}-${index}"></b></li>`,
  );
  const heads = lines.map(({ name }) => `<th scope="col">${escaped(name)}</th>`);
  return `<figure class="figure" id="figure-${id}"><figcaption><h3>${escaped(title)}</h3><p>${escaped(about)}</p></figcaption>
<ul class="legend">${legend.join('')}</ul>
<div class="chart" id="chart-${id}" role="img" aria-label="${escaped(title)}"></div>
<details id="table-${id}"><summary>As a table<span class="unseen">: ${escaped(title)}</span></summary><div class="scroll" tabindex="0" role="region" aria-label="${escaped(title)}, as a table"><table><thead><tr><th scope="col">Second</th>${heads.join('')}</tr></thead><tbody id="rows-${id}"></tbody></table></div></details></figure>`;
}

function rowsText({ lines, text }: Curve, length: number): string {
  const rows: string[] = [];
  for (let second = 0; second < length; second += TABLE_STEP_SECONDS) {
    const cells = lines.map(({ values }) => {
      const value = values[second];
      return `<td>${value === undefined ? '–' : escaped(text(value))}</td>`;
    });
    rows.push(`<tr><th scope="row">${second}</th>${cells.join('')}</tr>`);
  }
  return rows.join('');
}
