import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ALL_EVENTS, publishEvents } from '../../src/diagnostics.ts';
import { controlOf, resilientFetch, type ResilienceEvent } from '../../src/index.ts';
import { scriptedFetch } from '../../src/testing.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** What is heard on a channel. */
function heardOn(name: string): ResilienceEvent[] {
  const heard: ResilienceEvent[] = [];
  const listener = (message: unknown) => void heard.push(message as ResilienceEvent);
  subscribe(name, listener);
  ends.push(() => void unsubscribe(name, listener));
  return heard;
}

const RETRY = { baseDelayMs: 1 };

describe('events on diagnostics_channel', () => {
  test('are published on the channel of their type, and on that of all', async () => {
    const all = heardOn(ALL_EVENTS);
    const ended = heardOn('holdfast:attempt-ended');
    const fetch = resilientFetch(scriptedFetch([503, 200]), {
      onEvent: publishEvents,
      retry: RETRY,
    });
    await fetch('https://api.example.com/');
    expect(ended.map(({ type }) => type)).toEqual(['attempt-ended', 'attempt-ended']);
    expect(all.map(({ type }) => type)).toEqual([
      'attempt-ended',
      'retry-scheduled',
      'attempt-ended',
    ]);
    expect(all[0]).toBe(ended[0]);
  });

  test('are published nowhere while nobody has subscribed, and where nobody listens to their type', async () => {
    const fetch = resilientFetch(scriptedFetch([200, 200]));
    controlOf(fetch).subscribe(publishEvents);
    await fetch('https://api.example.com/');
    const refused = heardOn('holdfast:refused');
    await fetch('https://api.example.com/');
    expect(refused).toEqual([]);
    expect(channel('holdfast:attempt-ended').hasSubscribers).toBe(false);
  });

  test('reach those who subscribe later', async () => {
    const fetch = resilientFetch(scriptedFetch([200, 200]), { onEvent: publishEvents });
    await fetch('https://api.example.com/');
    const all = heardOn(ALL_EVENTS);
    await fetch('https://api.example.com/');
    expect(all).toHaveLength(1);
  });
});
