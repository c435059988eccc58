import { Cards } from './cards.ts';
import { ChartsSection } from './charts-section.ts';
import { copyText } from './clipboard.ts';
import { CodeSection } from './code-section.ts';
import { byId, setText } from './elements.ts';
import { progressOf, type RunState } from './run-state.ts';
import { ScenarioPicker } from './scenario-picker.ts';
import { SettingsForm } from './settings-form.ts';
import { defaultsOf, hashOf, inScenario, readHash, type Settings } from './settings.ts';
import { Simulation } from './simulation.ts';
import { setUpTheme } from './theme.ts';
import { headlineOf, verdictOf } from './verdict.ts';
import { secondsText } from './words.ts';

/** A slider that moves does not start a run at each step. */
const SETTLE_MS = 200;

/** How long after the trouble the page looks, unless another second is chosen. */
const AFTER_TROUBLE_MS = 4_000;

/** The time between two pictures of a run. */
const PICTURE_MS = 150;

setUpTheme();
const picker = new ScenarioPicker((scenario) => change(inScenario(scenario, settings)));
const form = new SettingsForm((changed) => change(changed, SETTLE_MS));
const cards = new Cards();
const charts = new ChartsSection();
const code = new CodeSection();
const simulation = new Simulation((changed) => {
  run = changed;
  drawSoon();
});
const momentInput = byId('moment', HTMLInputElement);

let settings: Settings = defaultsOf('outage');
let run: RunState | undefined;
/** The second that is looked at; `undefined` for the latest one, and in the end for a telling one. */
let chosenMoment: number | undefined;
let startTimer: ReturnType<typeof setTimeout> | undefined;
let isDrawing = false;

/** Takes settings over, into the page, the address and a new run. */
function change(changed: Settings, delayMs = 0): void {
  if (changed.scenario !== settings.scenario) chosenMoment = undefined;
  settings = changed;
  history.replaceState(null, '', `#${hashOf(settings)}`);
  byId('complaints').hidden = true;
  show(delayMs);
}

function show(delayMs: number): void {
  picker.show(settings.scenario);
  form.show(settings);
  code.show(settings);
  clearTimeout(startTimer);
  startTimer = setTimeout(() => simulation.start(settings), delayMs);
}

function readAddress(): void {
  const { settings: read, complaints } = readHash(location.hash);
  settings = read;
  chosenMoment = undefined;
  const notice = byId('complaints');
  notice.hidden = complaints.length === 0;
  setText(notice, complaints.length === 0 ? '' : `${complaints.join(' ')} The default is used.`);
  show(0);
}

function momentOf({ contenders, length, trouble, tookMs }: RunState): number {
  if (chosenMoment !== undefined) return Math.min(chosenMoment, length - 1);
  if (tookMs === undefined) {
    return Math.max(0, ...Object.values(contenders).map(({ seconds }) => seconds.length - 1));
  }
  // Where the clients differ most: soon after the trouble, or amid one that lasts.
  const { fromMs, untilMs } = trouble;
  const endsMs = 1_000 * length;
  const tellingMs = untilMs < endsMs ? untilMs + AFTER_TROUBLE_MS : (fromMs + endsMs) / 2;
  return Math.min(length - 1, Math.round(tellingMs / 1_000));
}

/** Draws once for all that happens before the next picture; fewer pictures while a run takes the processor. */
function drawSoon(): void {
  if (isDrawing) return;
  isDrawing = true;
  const isRunning = run !== undefined && run.tookMs === undefined;
  setTimeout(
    () =>
      requestAnimationFrame(() => {
        isDrawing = false;
        if (run !== undefined) draw(run);
      }),
    isRunning ? PICTURE_MS : 0,
  );
}

function draw(state: RunState): void {
  const moment = momentOf(state);
  const isOver = state.tookMs !== undefined;
  const progress = byId('progress', HTMLProgressElement);
  progress.value = progressOf(state);
  progress.classList.toggle('is-over', isOver);
  byId('page').setAttribute('aria-busy', String(!isOver));
  cards.show(state, moment);
  charts.show(state, moment);
  momentInput.max = String(state.length - 1);
  momentInput.value = String(moment);
  momentInput.style.setProperty('--share', String(moment / Math.max(1, state.length - 1)));
  setText(byId('moment-value'), String(moment));
  if (!isOver) return;
  const headline = headlineOf(state);
  setText(byId('results-title'), headline);
  setText(byId('verdict'), verdictOf(state));
  setText(
    byId('status'),
    `${state.length} virtual seconds, four clients, simulated in ${secondsText(state.tookMs ?? 0)}.`,
  );
}

momentInput.addEventListener('input', () => {
  chosenMoment = Number(momentInput.value);
  drawSoon();
});
for (const type of ['pointermove', 'pointerdown'] as const) {
  byId('page').addEventListener(type, (event) => {
    if (run?.tookMs === undefined) return;
    const second = ChartsSection.secondAt(event, run.length);
    if (second === undefined || second === chosenMoment) return;
    chosenMoment = second;
    drawSoon();
  });
}
byId('reset').addEventListener('click', () => change(defaultsOf(settings.scenario)));
byId('share').addEventListener('click', ({ currentTarget }) => {
  void copyText(location.href, currentTarget as HTMLButtonElement);
});
globalThis.addEventListener('hashchange', readAddress);
new ResizeObserver(drawSoon).observe(byId('page'));

// Beside the results there is room for the settings; below them they wait to be opened.
const isWide = matchMedia('(width >= 68rem)');
const unfold = () => (byId('settings-details', HTMLDetailsElement).open = isWide.matches);
isWide.addEventListener('change', unfold);
unfold();

readAddress();
history.replaceState(null, '', `#${hashOf(settings)}`);
