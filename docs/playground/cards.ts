import { cardChart } from './card-chart.ts';
import { CONTENDER_IDS, CONTENDERS, type ContenderId } from './contenders.ts';
import { byId, escaped, remInPixels, setText } from './elements.ts';
import type { ContenderRun, RunState } from './run-state.ts';
import { contenderText, outcomeMark, outcomeText } from './verdict.ts';
import { durationText, percentText } from './words.ts';

/** The contenders side by side: one number, a drawing, and the facts. */
export class Cards {
  constructor() {
    byId('cards').innerHTML = CONTENDER_IDS.map((id) => {
      const { name, about } = CONTENDERS[id];
      return `<li class="card of-${id}" id="card-${id}"><h3><span class="swatch" aria-hidden="true"></span>${escaped(name)}</h3>
<p class="share" id="share-${id}"></p><p class="share-label" id="share-label-${id}"></p>
<div class="card-chart" id="card-chart-${id}" role="img"></div>
<p class="outcome" id="outcome-${id}"></p><dl class="facts"><div><dt>requests a call</dt><dd id="requests-${id}"></dd></div><div><dt><abbr title="99 of 100 answered calls took no longer">p99</abbr></dt><dd id="p99-${id}"></dd></div></dl><p class="about">${escaped(about)}</p></li>`;
    }).join('');
  }

  show(run: RunState, moment: number): void {
    const all = CONTENDER_IDS.flatMap((id) => run.contenders[id].seconds);
    const highest = Math.max(5, ...all.map(({ sent, started, ok }) => Math.max(sent, started, ok)));
    for (const id of CONTENDER_IDS) {
      this.#showNumbers(id, run);
      this.#draw(id, run, highest, moment);
    }
  }

  #showNumbers(id: ContenderId, run: RunState): void {
    const { totals, seconds, failure } = run.contenders[id];
    const share = totals?.answeredShare ?? shareSoFar(seconds);
    setText(byId(`share-${id}`), failure === undefined ? percentText(share) : 'cannot run');
    const label = (totals?.hopeless ?? 0) > 0 ? 'of the other calls answered' : 'of calls answered';
    setText(byId(`share-label-${id}`), failure === undefined ? label : '');
    byId(`card-${id}`).classList.toggle('is-running', totals === undefined);
    const outcome = byId(`outcome-${id}`);
    outcome.dataset['mark'] = totals === undefined ? '' : outcomeMark(totals);
    const running = `${seconds.length} of ${run.length} s`;
    setText(outcome, failure ?? (totals === undefined ? running : outcomeText(totals)));
    const sent = seconds.reduce((sum, second) => sum + second.sent, 0);
    const started = seconds.reduce((sum, second) => sum + second.started, 0);
    const requests = totals?.requestsPerCall ?? (started > 0 ? sent / started : NaN);
    setText(byId(`requests-${id}`), Number.isNaN(requests) ? '–' : requests.toFixed(2));
    setText(byId(`p99-${id}`), durationText(totals?.p99Ms));
  }

  #draw(id: ContenderId, run: RunState, highest: number, moment: number): void {
    const place = byId(`card-chart-${id}`);
    const textSize = 0.75 * remInPixels();
    const { totals, seconds } = run.contenders[id];
    const frame = {
      width: Math.max(80, place.clientWidth),
      height: Math.max(60, place.clientHeight),
      textSize,
      length: run.length,
      trouble: run.trouble,
      moment,
    };
    place.innerHTML = cardChart(id, seconds, highest, frame);
    if (totals !== undefined) {
      place.setAttribute('aria-label', contenderText(CONTENDERS[id].name, totals));
    }
  }
}

function shareSoFar(seconds: ContenderRun['seconds']): number {
  const ended = seconds.reduce((sum, { ok, failed, refused }) => sum + ok + failed + refused, 0);
  return seconds.reduce((sum, { ok }) => sum + ok, 0) / ended;
}
