import type { Clock } from '../../core/clock.ts';
import type { ResilienceEvent } from '../../core/events.ts';
import type { CircuitReading, KeyState, StoreReading } from '../../policies/control-part.ts';
import type { Control } from '../../policies/control.ts';
import { failureOf, failureOrNull } from './failure-words.ts';
import { KeyRecord } from './key-record.ts';
import type { CircuitSnapshot, DashboardSnapshot, KeySnapshot } from './snapshot.ts';

/** A fetch or policy that is watched. */
export interface WatchedSource {
  /** The name that a person has for it; `undefined` where its keys say enough. */
  readonly name: string | undefined;
  readonly control: Control;
}

interface Watched extends WatchedSource {
  readonly records: Map<string, KeyRecord>;
}

/** A key that was shown, and what works it. */
export interface ShownKey {
  readonly control: Control;
  readonly key: string;
}

/** The news of all sources, and how they stand. */
export class BoardModel {
  readonly #sources: readonly Watched[];
  readonly #clock: Clock;
  readonly #maxKeys: number;
  /** The difference between the two scales, so that a wall clock that is set disturbs no count. */
  readonly #epochOffset: number;
  readonly #shown = new Map<string, ShownKey>();
  #forget: readonly (() => void)[];

  /** Listens from now on, until {@link BoardModel.close}. */
  constructor(sources: readonly WatchedSource[], maxKeys: number, clock: Clock) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
    this.#epochOffset = clock.epochNow() - clock.now();
    this.#sources = sources.map((source) => ({ ...source, records: new Map() }));
    this.#forget = this.#sources.map((source) =>
      source.control.subscribe((event) => this.#hear(source, event)),
    );
  }

  get now(): number {
    return this.#clock.now() + this.#epochOffset;
  }

  /** The control and the key behind an id that was shown last; `undefined` where there is none. */
  find(id: string): ShownKey | undefined {
    return this.#shown.get(id);
  }

  read(): Pick<DashboardSnapshot, 'at' | 'leftOut' | 'keys'> {
    const at = this.now;
    const found = this.#sources.flatMap((source, index) => {
      const keys = [...new Set([...source.records.keys(), ...source.control.keys()])];
      return keys.map((key) => ({ source, index, key, ofKeys: keys.length }));
    });
    const shown = found.slice(0, this.#maxKeys);
    this.#shown.clear();
    for (const { source, index, key } of shown) {
      this.#shown.set(idOf(index, key), { control: source.control, key });
    }
    return {
      at,
      leftOut: found.length - shown.length,
      keys: shown.map(({ source, index, key, ofKeys }): KeySnapshot => {
        const record = source.records.get(key) ?? new KeyRecord(at);
        return Object.assign(
          { id: idOf(index, key), name: nameOf(source.name, key, ofKeys), key },
          standingIn(source.control.state(key), record, at),
          record.read(at),
        );
      }),
    };
  }

  close(): void {
    for (const forget of this.#forget) forget();
    this.#forget = [];
  }

  #hear(source: Watched, event: ResilienceEvent): void {
    const { now } = this;
    this.#recordOf(source, event.key, now).hear(event, now);
    if (event.type === 'failed-over') this.#recordOf(source, event.to, now).arrived(now);
  }

  #recordOf({ records }: Watched, key: string, now: number): KeyRecord {
    const known = records.get(key);
    if (known !== undefined) return known;
    if (records.size >= this.#maxKeys) dropQuietest(records);
    const made = new KeyRecord(now);
    records.set(key, made);
    return made;
  }
}

/** Of a full store the key that was silent longest leaves. */
function dropQuietest(records: Map<string, KeyRecord>): void {
  let quietest: string | undefined;
  let leastHeardAt = Infinity;
  for (const [key, { lastHeardAt }] of records) {
    if (lastHeardAt >= leastHeardAt) continue;
    quietest = key;
    leastHeardAt = lastHeardAt;
  }
  if (quietest !== undefined) records.delete(quietest);
}

const idOf = (source: number, key: string): string => `${source}:${key}`;

/** The name that was given, with the host where it stands for several; or the key without its scheme. */
function nameOf(given: string | undefined, key: string, keys: number): string {
  const host = key.replace(/^https?:\/\//, '');
  if (given === undefined) return host;
  return keys > 1 ? `${given} · ${host}` : given;
}

type Standing = Pick<
  KeySnapshot,
  | 'circuit'
  | 'routes'
  | 'pauses'
  | 'paces'
  | 'waiting'
  | 'waitingSince'
  | 'budget'
  | 'concurrency'
  | 'hedging'
  | 'sharing'
  | 'usage'
  | 'store'
>;

function standingIn(state: KeyState, record: KeyRecord, at: number): Standing {
  const { circuit, routes, pauses, paces, waiting, longestWaitMs } = state;
  const { budget, concurrency, hedging, sharing, usage, store } = state;
  return {
    circuit: circuit ? circuitIn(circuit, record.circuitSince(undefined), at) : null,
    routes: Object.entries(routes).map(([route, reading]) =>
      Object.assign({ route }, circuitIn(reading, record.circuitSince(route), at)),
    ),
    pauses: pauses.map(({ route, leftMs, because }) => ({
      route: route ?? null,
      until: at + leftMs,
      because: failureOf(because),
    })),
    paces: paces.map(({ route, ratePerSecond }) => ({ route: route ?? null, ratePerSecond })),
    waiting,
    waitingSince: waiting > 0 ? at - longestWaitMs : null,
    budget: budget ? { tokens: budget.tokens, mostTokens: budget.mostTokens } : null,
    concurrency: concurrency
      ? {
          limit: concurrency.limit,
          inFlight: concurrency.inFlight,
          waiting: concurrency.waiting,
        }
      : null,
    hedging: hedging
      ? {
          delayMs: hedging.delayMs ?? null,
          heldBackBecause: hedging.heldBackBecause ?? null,
        }
      : null,
    sharing: sharing ? { requests: sharing.requests, callers: sharing.callers } : null,
    usage: usage.map(({ unit, perMs, amount, left }) => ({ unit, perMs, amount, left })),
    store: store ? storeIn(store, at) : null,
  };
}

const storeIn = ({ state, members, failure, stop }: StoreReading, at: number) => ({
  state,
  members,
  failure: failure ?? null,
  stop: stop
    ? { since: at - stop.forMs, until: at + stop.leftMs, throttles: stop.throttles }
    : null,
});

const circuitIn = (
  { state, openForMs, because }: CircuitReading,
  since: number | null,
  at: number,
): CircuitSnapshot => ({
  state,
  since: state === 'closed' ? null : since,
  nextProbeAt: state === 'open' && Number.isFinite(openForMs) ? at + openForMs : null,
  isByHand: state === 'open' && openForMs === Infinity,
  because: failureOrNull(because),
});
