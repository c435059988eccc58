import {
  asMiddleware,
  endpoints,
  pipeline,
  type EndpointOptions,
  type EndpointsOptions,
  type Fetch,
  type Policy,
  type ResilienceEvent,
} from '../../../src/index.ts';
import {
  repeat,
  scriptedFetch,
  virtualClock,
  type ScriptedCall,
  type ScriptedStep,
} from '../../../src/testing.ts';

export const EU = 'https://eu.example.com';
export const US = 'https://us.example.com';
export const ASIA = 'https://asia.example.com';
export const API = `${EU}/things`;

/** What a place answers: a step, or one that is chosen for each request. */
export type PlaceStep = ScriptedStep | ((call: ScriptedCall) => ScriptedStep);

export interface Setting {
  readonly options?: EndpointsOptions;
  /** The policies inside the endpoints. */
  readonly inside?: readonly Policy[];
  readonly outside?: readonly Policy[];
  readonly list?: readonly EndpointOptions[];
  readonly clock?: ReturnType<typeof virtualClock>;
}

/** A fetch over places, each of which answers by its own step; it may be changed on the way. */
export function placesOf(steps: Record<string, PlaceStep>, setting: Setting = {}) {
  const { clock = virtualClock(), inside = [], outside = [], options } = setting;
  const answer: Record<string, PlaceStep> = { ...steps };
  const events: ResilienceEvent[] = [];
  const upstream = scriptedFetch(
    [
      repeat((call: ScriptedCall) => {
        const step = answer[new URL(call.url).origin];
        return (
          typeof step === 'function' ? (step as (one: ScriptedCall) => ScriptedStep)(call) : step
        ) as never;
      }),
    ],
    { clock },
  );
  const list = setting.list ?? Object.keys(steps).map((url) => ({ url }));
  const policy = endpoints(list, {
    clock,
    random: () => 0.5,
    // Every listener hears of each attempt too.
    onEvent: (event) => event.type !== 'attempt-ended' && events.push(event),
    ...options,
  });
  const fetch: Fetch = asMiddleware(pipeline(...outside, policy, ...inside))(upstream);
  const asked = () => upstream.calls.map(({ url }) => url);
  return { clock, upstream, fetch, events, asked, answer, policy };
}
