import type { Classification } from '../../core/classification.ts';
import { controlledBy, type PauseReading } from '../../policies/control.ts';
import type { Layer } from '../../core/layers.ts';
import type { FetchArguments } from '../fetch-arguments.ts';
import { Endpoint, addressOfArguments, withoutSlash } from './endpoint.ts';
import { tellingRank } from './endpoint-fault.ts';
import type { EndpointSettings, EndpointsSettings } from './endpoints-options.ts';
import type { Standing } from './standing.ts';

/** A probe of a server that fails costs an extra request: at most one call in forty makes one … */
const CALLS_BETWEEN_PROBES = 40;
/** … or one each time that so many distances have passed, where there are few calls. */
const DISTANCES_BETWEEN_PROBES = 20;

/** An endpoint as a call finds it. */
type State = 'in' | 'due' | 'suspected' | 'barred';
const STATES: readonly State[] = ['in', 'due', 'suspected', 'barred'];

/** An endpoint that a call may ask. */
export interface Candidate {
  readonly endpoint: Endpoint;
  /** The standings that this call tries, where it is a probe. */
  readonly probes: readonly Standing[];
}

/** All endpoints of a policy, by priority. */
export class EndpointGroup {
  readonly endpoints: readonly Endpoint[];
  readonly settings: EndpointsSettings;
  readonly #bases: readonly { readonly origin: string; readonly path: string }[];
  /** Whether chance decides, since some have the same priority. */
  readonly #isDrawn: boolean;
  #calls = 0;
  #probedAtCall = -Infinity;
  #probedAt = -Infinity;

  constructor(list: readonly EndpointSettings[], settings: EndpointsSettings) {
    this.settings = settings;
    this.endpoints = list
      .map((one, index) => new Endpoint(one, index, settings))
      .toSorted((one, other) => other.priority - one.priority);
    this.#isDrawn = new Set(this.endpoints.map(({ priority }) => priority)).size < list.length;
    const urls = [...list.map(({ url }) => url), ...(settings.base ? [settings.base] : [])];
    this.#bases = urls
      .map((url) => new URL(String(url)))
      .map(({ origin, pathname }) => ({ origin, path: withoutSlash(pathname) }))
      .toSorted((one, other) => other.path.length - one.path.length);
  }

  /** What follows the base in an address; `undefined` for one that is none of the endpoints'. */
  restOf(asked: FetchArguments): string | undefined {
    const { origin, pathname, search, hash } = new URL(addressOfArguments(asked));
    const base = this.#bases.find(
      ({ origin: own, path }) => own === origin && `${pathname}/`.startsWith(`${path}/`),
    );
    return base && pathname.slice(base.path.length) + search + hash;
  }

  /** A call begins. */
  count(): void {
    this.#calls += 1;
  }

  /**
   * Whom a call may ask, in this order: one that may be back, those that take calls, those that may
   * be tried again. Where there is none, the first that is only suspected, for a call that has asked
   * nobody yet: nobody has told us to stay away.
   */
  candidates(
    now: number,
    isSafeToProbe: boolean,
    scopeOf: (endpoint: Endpoint) => string,
    tried: ReadonlySet<Endpoint>,
  ): readonly Candidate[] {
    const left = this.#inOrder().filter((endpoint) => !tried.has(endpoint));
    const found = left.map((endpoint) => {
      const standings = endpoint.standingsOf(() => scopeOf(endpoint));
      const out = standings.filter(({ isOut }) => isOut);
      return { endpoint, out, state: stateOf(out, now, isSafeToProbe) };
    });
    const candidate = ({ endpoint, out, state }: (typeof found)[number]): Candidate => ({
      endpoint,
      probes: state === 'due' ? out : [],
    });
    const fit = found.filter(({ state }) => state === 'in');
    const due = found.filter(({ state }) => state === 'due');
    const best = fit[0]?.endpoint.priority ?? -Infinity;
    const [probe] = due
      .filter(({ endpoint, out }) => endpoint.priority >= best && this.#isAffordable(out, now))
      .toSorted((one, other) => latestDue(one.out) - latestDue(other.out));
    const others = due.filter((one) => one !== probe);
    const asked = [...(probe === undefined ? [] : [probe]), ...fit, ...others];
    if (asked.length > 0 || tried.size > 0) return asked.map(candidate);
    return found
      .filter(({ state }) => state === 'suspected')
      .slice(0, 1)
      .map(candidate);
  }

  /** A call begins to try an endpoint that was out. */
  begin(probes: readonly Standing[], now: number): void {
    for (const standing of probes) standing.probeBegins(now);
    if (!probes.some(({ fault }) => fault === 'failing')) return;
    this.#probedAtCall = this.#calls;
    this.#probedAt = now;
  }

  end(probes: readonly Standing[]): void {
    for (const standing of probes) standing.probeEnds();
  }

  /** When the first of them may be asked again, and the failure that tells most of why not now. */
  whyNobody(
    now: number,
    scopeOf: (endpoint: Endpoint) => string,
  ): { readonly retryAfterMs: number; readonly causedBy: Classification | undefined } {
    const out = this.endpoints.map((endpoint) =>
      endpoint.standingsOf(() => scopeOf(endpoint)).filter(({ isOut }) => isOut),
    );
    const [worst] = out.flat().toSorted((one, other) => rankOf(other) - rankOf(one));
    const soonest = Math.min(...out.map(latestDue));
    return { retryAfterMs: Math.ceil(Math.max(0, soonest - now)), causedBy: worst?.because };
  }

  /** Shows in `controlOf` who is out, and lets it be lifted. */
  controlled<L extends Layer>(layer: L): L {
    const { clock } = this.settings;
    const ofKey = (key: string) => this.endpoints.filter((endpoint) => endpoint.key === key);
    const restore = (key: string) => {
      for (const endpoint of ofKey(key)) {
        for (const standing of endpoint.standings()) standing.restore(clock.now());
      }
    };
    return controlledBy(layer, {
      keys: () => this.endpoints.map(({ key }) => key),
      read: (key) => ({
        pauses: ofKey(key)
          .flatMap((endpoint) => Array.from(endpoint.standings()))
          .flatMap(({ because, dueAt }): PauseReading[] => {
            if (because === undefined) return [];
            return [{ route: undefined, leftMs: Math.max(0, dueAt - clock.now()), because }];
          }),
      }),
      resume: restore,
      reset: restore,
    });
  }

  /** By priority, and by chance and weight among those of one. */
  #inOrder(): readonly Endpoint[] {
    if (!this.#isDrawn) return this.endpoints;
    const { random } = this.settings;
    // The order of such draws is that of a draw by weight without putting back.
    const draws = new Map(
      this.endpoints.map((one) => [one, -Math.log(1 - random()) / one.weight] as const),
    );
    const drawOf = (one: Endpoint): number => draws.get(one) ?? 0;
    return this.endpoints.toSorted(
      (one, other) => other.priority - one.priority || drawOf(one) - drawOf(other),
    );
  }

  #isAffordable(out: readonly Standing[], now: number): boolean {
    if (!out.some(({ fault }) => fault === 'failing')) return true;
    const { probeEveryMs } = this.settings;
    return (
      this.#calls - this.#probedAtCall >= CALLS_BETWEEN_PROBES ||
      now - this.#probedAt >= DISTANCES_BETWEEN_PROBES * probeEveryMs
    );
  }
}

const latestDue = (out: readonly Standing[]): number => Math.max(...out.map(({ dueAt }) => dueAt));

const rankOf = ({ fault, because }: Standing): number =>
  because === undefined ? 0 : tellingRank(fault, because);

function stateOf(out: readonly Standing[], now: number, isSafeToProbe: boolean): State {
  let worst = 0;
  for (const standing of out) {
    const isDue = standing.isDue(now, isSafeToProbe ? 0 : standing.patienceOfUnsafeMs);
    const state = isDue ? 'due' : standing.isBarred ? 'barred' : 'suspected';
    worst = Math.max(worst, STATES.indexOf(state));
  }
  return STATES[worst] ?? 'in';
}
