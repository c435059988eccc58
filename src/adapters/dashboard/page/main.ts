import type { DashboardSnapshot, KeySnapshot } from '../snapshot.ts';
import { STATES, standingOf } from '../standing.ts';
import { ageWords, countWords } from '../words.ts';
import { Announcements } from './announcements.ts';
import { Detail } from './detail.ts';
import { element, setAttributes, setText } from './dom.ts';
import { Feed } from './feed.ts';
import { HandWork } from './hand-work.ts';
import { KeyRows } from './key-rows.ts';

/** A stream says every 15 s that it lives. After so long without a word it is gone. */
const STALE_MS = 20_000;
/** Where lines and detail stand beside each other; the style says the same. */
const SIDE_BY_SIDE = '(min-width: 64rem)';

const base = location.pathname.replace(/\/?$/, '/');

const heading = element('h1');
const verdict = element('p', { class: 'verdict' });
const connection = element('p', { class: 'connection' });
const empty = element('p', { class: 'empty' });
const announcements = new Announcements();
const rows = new KeyRows(select);
const detail = new Detail(new HandWork(base));
const feed = new Feed(base, show);

/** The key that a person has chosen; `undefined` while the most urgent one is shown. */
let chosen: string | undefined;

document.body.append(
  element('header', {}, element('div', {}, heading, verdict), connection),
  element(
    'main',
    {},
    element('section', { class: 'list', 'aria-label': 'Upstreams' }, empty, rows.element),
    detail.element,
  ),
  announcements.element,
);
setText(connection, 'connecting');
setText(empty, 'Nothing has been heard yet.');
detail.element.hidden = true;
rows.element.hidden = true;
// Times that are left run down between two parts of the stream.
setInterval(show, 500);

function select(id: string): void {
  chosen = id;
  show();
  if (matchMedia(SIDE_BY_SIDE).matches) return;
  detail.heading.focus();
  detail.element.scrollIntoView();
}

function show(): void {
  const { latest } = feed;
  showConnection(latest);
  if (latest === undefined) return;
  const { now } = feed;
  const keys = inOrder(latest.keys, now);
  setText(heading, latest.title);
  setText(verdict, verdictOn(latest, keys, now));
  const selected = keys.find(({ id }) => id === chosen) ?? keys[0];
  rows.element.hidden = keys.length === 0;
  empty.hidden = keys.length > 0;
  detail.element.hidden = selected === undefined;
  rows.show(keys, now, selected?.id);
  if (selected !== undefined) detail.show(selected, now, latest.actions);
  announcements.show(keys, now);
}

function showConnection(latest: DashboardSnapshot | undefined): void {
  const isStale = latest !== undefined && feed.silentMs > STALE_MS;
  const isLost = latest !== undefined && (!feed.isConnected || isStale);
  const problem = latest?.problem ?? undefined;
  setAttributes(connection, { 'data-state': isLost || problem ? 'lost' : 'live' });
  if (latest === undefined) {
    if (feed.hasFailed) setText(connection, 'no connection yet, trying again');
  } else if (isLost) {
    setText(connection, `no connection, this is ${ageWords(feed.silentMs)} old`);
  } else {
    setText(connection, problem ?? 'live');
  }
}

/** The most urgent first, then by name: a line moves only when its state changes. */
function inOrder(keys: readonly KeySnapshot[], now: number): readonly KeySnapshot[] {
  const urgency = new Map(
    keys.map((key) => [key.id, Math.min(STATES.indexOf(standingOf(key, now).state), CALM)]),
  );
  return keys.toSorted(
    (one, other) =>
      (urgency.get(one.id) ?? 0) - (urgency.get(other.id) ?? 0) ||
      one.name.localeCompare(other.name, 'en', { numeric: true }),
  );
}

/** Answering and idle keys stand together, or they would change places with every call. */
const CALM = STATES.indexOf('answers');

function verdictOn(
  { leftOut }: DashboardSnapshot,
  keys: readonly KeySnapshot[],
  now: number,
): string {
  const urgent = keys.filter((key) => standingOf(key, now).needsAttention);
  const [first] = urgent;
  const more = leftOut > 0 ? ` ${countWords(leftOut, 'further key')} not shown.` : '';
  document.title =
    first === undefined
      ? heading.textContent
      : `(${urgent.length}) ${first.name} – ${heading.textContent}`;
  if (first === undefined) {
    if (keys.length < 2) return keys.length === 0 ? '' : `The upstream needs no attention.${more}`;
    return `None of ${keys.length} upstreams needs attention.${more}`;
  }
  const names = urgent.slice(0, 3).map(({ name }) => name);
  const others = urgent.length - names.length;
  const listed = others > 0 ? [...names, `${others} more`] : names;
  return `${urgent.length} of ${countWords(keys.length, 'upstream')} ${urgent.length === 1 ? 'needs' : 'need'} attention: ${listed.join(', ')}.${more}`;
}
