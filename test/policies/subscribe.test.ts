import { expect, test } from '@jest/globals';
import {
  asMiddleware,
  circuitBreaker,
  coalesce,
  controlOf,
  hedge,
  OptionError,
  pipeline,
  resilientFetch,
  retry,
  type ResilienceEvent,
} from '../../src/index.ts';
import { scriptedFetch, virtualClock } from '../../src/testing.ts';

const URL_ASKED = 'https://api.example.com/v1/things';

const downOnce = () => {
  const clock = virtualClock();
  const inner = scriptedFetch([{ status: 503 }, { status: 200 }], { clock });
  return { clock, inner };
};

const types = (events: readonly ResilienceEvent[]) => events.map(({ type }) => type);

test('a subscriber hears the events of a fetch that is already made', async () => {
  const { clock, inner } = downOnce();
  const fetch = resilientFetch(inner, { clock });
  const heard: ResilienceEvent[] = [];
  controlOf(fetch).subscribe((event) => heard.push(event));
  await clock.run(fetch(URL_ASKED));
  expect(types(heard)).toEqual(['attempt-ended', 'retry-scheduled', 'attempt-ended']);
});

test('hears nothing more once it has ended its subscription', async () => {
  const { clock, inner } = downOnce();
  const fetch = resilientFetch(inner, { clock });
  const heard: ResilienceEvent[] = [];
  const end = controlOf(fetch).subscribe((event) => heard.push(event));
  end();
  await clock.run(fetch(URL_ASKED));
  expect(heard).toEqual([]);
});

test('the listener of the options hears the same, before and after', async () => {
  const clock = virtualClock();
  const inner = scriptedFetch([{ status: 503 }, { status: 200 }, { status: 200 }], { clock });
  const given: ResilienceEvent[] = [];
  const later: ResilienceEvent[] = [];
  const fetch = resilientFetch(inner, { clock, onEvent: (event) => given.push(event) });
  const end = controlOf(fetch).subscribe((event) => later.push(event));
  await clock.run(fetch(URL_ASKED));
  expect(later).toEqual(given);
  end();
  await clock.run(fetch(URL_ASKED));
  expect(given).toHaveLength(later.length + 1);
});

test('a function that is both given and subscribed stays where one of the two ends', async () => {
  const { clock, inner } = downOnce();
  const heard: ResilienceEvent[] = [];
  const listener = (event: ResilienceEvent) => void heard.push(event);
  const fetch = resilientFetch(inner, { clock, onEvent: listener });
  controlOf(fetch).subscribe(listener)();
  await clock.run(fetch(URL_ASKED));
  expect(types(heard)).toEqual(['attempt-ended', 'retry-scheduled', 'attempt-ended']);
});

test('hears each attempt once, however many layers tell of it', async () => {
  const { clock, inner } = downOnce();
  const policy = pipeline(retry({ clock }), circuitBreaker({ clock }));
  const heard: ResilienceEvent[] = [];
  controlOf(policy).subscribe((event) => heard.push(event));
  const fetch = asMiddleware(policy)(inner);
  await clock.run(fetch(URL_ASKED));
  expect(types(heard)).toEqual(['attempt-ended', 'retry-scheduled', 'attempt-ended']);
});

test('hears the layers that a fetch was given ready-made', async () => {
  const clock = virtualClock();
  const inner = scriptedFetch([{ delayMs: 5_000, status: 200 }, { status: 200 }], { clock });
  const fetch = resilientFetch(inner, {
    clock,
    hedge: hedge({ clock, delayMs: 100, maxHedgeRatio: 1 }),
  });
  const heard: ResilienceEvent[] = [];
  controlOf(fetch).subscribe((event) => heard.push(event));
  await clock.run(fetch(URL_ASKED));
  expect(types(heard)).toContain('hedged');
});

test('hears of requests that share one', async () => {
  const clock = virtualClock();
  const inner = scriptedFetch([{ delayMs: 50, status: 200 }], { clock });
  const fetch = resilientFetch(inner, { clock, coalesce: coalesce({ clock }) });
  const heard: ResilienceEvent[] = [];
  controlOf(fetch).subscribe((event) => heard.push(event));
  await clock.run(Promise.all([fetch(URL_ASKED), fetch(URL_ASKED)]));
  expect(types(heard)).toContain('coalesced');
});

test('a subscriber that throws changes nothing, and the others hear on', async () => {
  const { clock, inner } = downOnce();
  const fetch = resilientFetch(inner, { clock });
  const heard: ResilienceEvent[] = [];
  controlOf(fetch).subscribe(() => {
    throw new Error('a bad day');
  });
  controlOf(fetch).subscribe((event) => heard.push(event));
  const response = await clock.run(fetch(URL_ASKED));
  expect(response.status).toBe(200);
  expect(heard).toHaveLength(3);
});

test('refuses what is no function', () => {
  const control = controlOf(resilientFetch());
  expect(() => control.subscribe(undefined as never)).toThrow(OptionError);
});
