import type { FailureSnapshot, KeySnapshot, UsageSnapshot } from '../snapshot.ts';
import { amplification, failureWords, standingOf, successShare } from '../standing.ts';
import { countWords, rateWords, shareWords, waitWords } from '../words.ts';
import { element, Part, setText, table, unbroken, type Cells } from './dom.ts';
import type { HandWork } from './hand-work.ts';
import { stateMark } from './state-mark.ts';
import { Timeline } from './timeline.ts';

/** A word and what it is, for a list of facts. */
type Fact = readonly [term: string, value: string, more?: string];

const MOST_CHANGES = 8;
const MOST_FAILURES = 5;

/** Everything about the key that is selected. */
export class Detail {
  readonly element: HTMLElement;
  readonly heading = element('h2', { id: 'detail-name', tabindex: '-1' });
  readonly #mark = new Part(element('span'));
  readonly #key = element('p', { class: 'key' });
  readonly #sentence = element('p', { class: 'sentence' });
  readonly #timeline = new Timeline();
  readonly #facts = new Part(element('dl', { class: 'facts' }));
  readonly #held = new Part(element('div'));
  readonly #failures = new Part(element('div'));
  readonly #changes = new Part(element('div'));
  readonly #handWork: HandWork;

  constructor(handWork: HandWork) {
    this.#handWork = handWork;
    this.element = element(
      'section',
      { id: 'detail', 'aria-labelledby': 'detail-name', tabindex: '0' },
      element('div', { class: 'title' }, this.heading, this.#mark.element),
      this.#key,
      this.#sentence,
      this.#held.element,
      this.#timeline.element,
      this.#facts.element,
      this.#failures.element,
      this.#changes.element,
      handWork.element,
      element('p', { class: 'back' }, element('a', { href: '#keys' }, 'Back to the list')),
    );
  }

  show(key: KeySnapshot, now: number, actions: boolean): void {
    const { state, sentence } = standingOf(key, now);
    setText(this.heading, key.name);
    this.#mark.show(state, () => [stateMark(state)]);
    setText(this.#key, key.name === key.key ? '' : key.key);
    setText(this.#sentence, unbroken(sentence));
    this.#timeline.show(key);
    showFacts(this.#facts, factsOf(key, now));
    this.#showHeld(key, now);
    this.#showFailures(key);
    this.#showChanges(key);
    this.#handWork.show(key, actions);
  }

  #showHeld({ pauses, routes, paces, store }: KeySnapshot, now: number): void {
    const rows: Cells[] = [
      ...pauses.map(({ route, until, because }): Cells => [
        route ?? 'everything',
        'paused',
        causeWords(because),
        `next attempt ${leftWords(until - now)}`,
      ]),
      ...routes
        .filter(({ state }) => state !== 'closed')
        .map(({ route, state, because, nextProbeAt }): Cells => [
          route,
          `circuit ${state}`,
          because ? causeWords(because) : '',
          nextProbeAt === null
            ? ''
            : nextProbeAt <= now
              ? 'probing now'
              : `next probe in ${waitWords(nextProbeAt - now)}`,
        ]),
      ...(store?.stop ? [stopCells(store.stop, store.members, now)] : []),
      ...paces.map(({ route, ratePerSecond }): Cells => [
        route ?? 'everything',
        `paced at ${rateWords(ratePerSecond)} a second`,
        'throttled by the server',
        'until it accepts more',
      ]),
    ];
    this.#held.show(rows, () =>
      rows.length === 0
        ? []
        : [table('Held back now', ['What', 'How', 'Cause', 'Until when'], rows)],
    );
  }

  #showFailures({ failedAttempts }: KeySnapshot): void {
    this.#failures.show(failedAttempts, () => {
      if (failedAttempts.length === 0) return [];
      const rows = failedAttempts
        .slice(0, MOST_FAILURES)
        .map((failure): Cells => [
          timeWords(failure.at),
          `${failure.route ?? 'a call'}, attempt ${failure.attempt}`,
          causeWords(failure),
          element('span', { class: 'short' }, failure.category),
          failure.decision,
        ]);
      return [table('Last failures', ['When', 'What', 'Failure', 'Category', 'Decision'], rows)];
    });
  }

  #showChanges({ circuitChanges }: KeySnapshot): void {
    this.#changes.show(circuitChanges, () => {
      if (circuitChanges.length === 0) return [];
      const rows = circuitChanges
        .slice(0, MOST_CHANGES)
        .map(({ at, route, from, to, because }): Cells => [
          timeWords(at),
          `${from} → ${to}`,
          route ?? 'all routes',
          because ? causeWords(because) : '',
        ]);
      return [table('Changes of the circuit', ['When', 'Change', 'Of', 'Cause'], rows)];
    });
  }
}

const stopCells = (
  { until, throttles }: NonNullable<NonNullable<KeySnapshot['store']>['stop']>,
  members: number,
  now: number,
): Cells => [
  `all of ${countWords(members, 'process', 'processes')}`,
  'stopped',
  `${countWords(throttles, 'throttle')} in a row`,
  `one tries ${leftWords(until - now)}`,
];

function factsOf(key: KeySnapshot, now: number): readonly Fact[] {
  const { lastMinute, latency, budget, concurrency, hedging, sharing, store, lastRefusal } = key;
  const share = successShare(key);
  const times = amplification(key);
  const attempts =
    lastMinute.success + lastMinute.retryable + lastMinute.throttle + lastMinute.fatal;
  const [pace] = key.paces;
  const facts: (Fact | undefined)[] = [
    ['Calls that succeed', share ? shareWords(share.share) : '–', share?.of ?? 'no calls'],
    [
      'Accepted',
      `${rateWords(key.acceptedPerSecond)}/s`,
      pace ? `pace ${rateWords(pace.ratePerSecond)}/s` : 'no pace',
    ],
    [
      'Amplification',
      times === undefined ? '–' : `${times.toFixed(2)}×`,
      `${countWords(attempts, 'attempt')} for ${countWords(lastMinute.calls, 'call')} that were sent`,
    ],
    [
      'In line',
      String(key.waiting),
      key.waitingSince === null ? 'nobody waits' : `oldest ${waitWords(now - key.waitingSince)}`,
    ],
    [
      'Time to answer',
      latency ? waitWords(latency.p50Ms) : '–',
      latency
        ? `90 % within ${waitWords(latency.p90Ms)}, 99 % within ${waitWords(latency.p99Ms)}`
        : 'no answer in the last minute',
    ],
    budget
      ? [
          'Retry budget',
          budget.tokens.toFixed(1).replace(/\.0$/, ''),
          `of ${budget.mostTokens.toFixed(1).replace(/\.0$/, '')} extra attempts`,
        ]
      : undefined,
    concurrency
      ? [
          'In flight',
          `${concurrency.inFlight} of ${concurrency.limit}`,
          countWords(concurrency.waiting, 'call waits for a place', 'calls wait for a place'),
        ]
      : undefined,
    [
      'Refused unasked',
      String(lastMinute.refused),
      lastRefusal && lastMinute.refused > 0 ? lastRefusal.because : 'in the last minute',
    ],
    ['Retries', String(lastMinute.retries), 'scheduled in the last minute'],
    hedging || lastMinute.hedged > 0
      ? ['Hedges', String(lastMinute.hedged), hedgingWords(hedging)]
      : undefined,
    some('Fail-overs', lastMinute.failedOver, 'to another endpoint'),
    some('Fallbacks', lastMinute.fallbacks, 'answered in place of a failure'),
    some('Coalesced', lastMinute.coalesced, coalescedWords(sharing)),
    some('Failed streams', lastMinute.streamsFailed, 'had begun in the last minute'),
    some('Aborted', lastMinute.aborted, 'by their callers'),
    ...key.usage.map(usageFact),
    store
      ? [
          'Shared with',
          countWords(store.members, 'process', 'processes'),
          store.failure ?? (store.stop ? 'all have stopped' : store.state),
        ]
      : undefined,
  ];
  return facts.filter((fact) => fact !== undefined);
}

const some = (term: string, count: number, more: string): Fact | undefined =>
  count === 0 ? undefined : [term, String(count), more];

/** What is left of a limit: `12,400 tokens`, of how many and in what time. */
function usageFact({ unit, perMs, amount, left }: UsageSnapshot): Fact {
  const term = `Left of ${unit}`;
  const value = Math.floor(left).toLocaleString('en');
  return [term, value, `of ${amount.toLocaleString('en')} in ${waitWords(perMs)}`];
}

const coalescedWords = (sharing: KeySnapshot['sharing']): string =>
  sharing !== null && sharing.requests > 0
    ? `${countWords(sharing.callers, 'call')} share ${countWords(sharing.requests, 'request')} now`
    : 'calls shared a request';

function hedgingWords(hedging: KeySnapshot['hedging']): string {
  if (hedging?.heldBackBecause) return hedging.heldBackBecause;
  return hedging?.delayMs == null ? 'in the last minute' : `after ${waitWords(hedging.delayMs)}`;
}

function showFacts(part: Part, facts: readonly Fact[]): void {
  part.show(facts, () =>
    facts.map(([term, value, more]) =>
      element(
        'div',
        {},
        element('dt', {}, term),
        element('dd', { class: 'value' }, value),
        more === undefined ? undefined : element('dd', { class: 'more' }, more),
      ),
    ),
  );
}

/** Status and code, then the server's own words where it has some. */
function causeWords(failure: FailureSnapshot): string {
  const short = failureWords(failure);
  return failure.message === null || failure.message === short
    ? short
    : `${short}: ${failure.message}`;
}

const leftWords = (ms: number): string => (ms <= 0 ? 'now' : `in ${waitWords(ms)}`);

/** The time of day, in the reader's own zone. */
const timeWords = (at: number): string => new Date(at).toLocaleTimeString([], { hour12: false });
