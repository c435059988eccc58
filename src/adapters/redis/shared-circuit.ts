import type { Attempt } from '../../core/attempt.ts';
import type { Classification } from '../../core/classification.ts';
import type { Context } from '../../core/context.ts';
import { AdaptiveCircuit } from '../../policies/circuit-breaker/adaptive-circuit.ts';
import {
  AdaptiveKeyCircuits,
  isTimeOutOf,
} from '../../policies/circuit-breaker/adaptive-key-circuits.ts';
import { healthIn } from '../../policies/circuit-breaker/circuit-gate.ts';
import {
  hintOf,
  type CircuitListener,
  type CircuitState,
} from '../../policies/circuit-breaker/circuit-state.ts';
import { RoundTrip } from '../../policies/circuit-breaker/round-trip.ts';
import type { Lease } from './circuit-lease.ts';
import { FleetCircuit } from './fleet-circuit.ts';
import type { FleetNews } from './fleet-news.ts';
import {
  FleetReporter,
  type ReporterListener,
  type SharedCircuitSettings,
} from './fleet-reporter.ts';

/** The news of a shared circuit. */
export interface SharedCircuitListener extends Pick<ReporterListener, 'failed' | 'recovered'> {
  readonly changed: CircuitListener;
  /** Tells of the changes of a route's own circuit. */
  readonly changedOf: (route: string) => CircuitListener;
}

/** The latest failure of a process that has not been answered since. */
interface LatestFailure {
  /** `undefined` for an attempt that is overdue. */
  readonly because: Classification | undefined;
  readonly isTimeOut: boolean;
}

/**
 * One circuit that this process shares with others. It goes by its own circuit, and tells the store
 * what it sees. Once the fleet's circuit is not closed and this process has failed too, it follows the
 * fleet's. It never does so while it is answered, and never without the store.
 */
export class SharedCircuit {
  /** Its own circuits, by which it goes unless it follows the fleet's. */
  readonly local: AdaptiveKeyCircuits;
  readonly fleet: FleetCircuit;
  readonly store: FleetReporter;
  readonly #settings: SharedCircuitSettings;
  readonly #listener: SharedCircuitListener;
  readonly #roundTrip: RoundTrip;
  #failing: LatestFailure | undefined;
  #isMuted = false;

  constructor(settings: SharedCircuitSettings, listener: SharedCircuitListener) {
    const { clock, random, attemptTimeoutMs } = settings;
    this.#settings = settings;
    this.#listener = listener;
    this.#roundTrip = new RoundTrip(attemptTimeoutMs);
    const own = { clock, random, attemptTimeoutMs };
    const foundOverdue = (count: number, now: number): void => {
      if (this.isFollowing) return;
      this.#failing ??= { because: undefined, isTimeOut: true };
      this.store.overdue(count, now);
    };
    const changed: CircuitListener = (...change) => {
      if (!this.#isMuted) listener.changed(...change);
    };
    this.local = new AdaptiveKeyCircuits(clock, (route) =>
      route === undefined
        ? new AdaptiveCircuit({ ...own, foundOverdue }, changed)
        : new AdaptiveCircuit(own, listener.changedOf(route)),
    );
    // They need each other, and neither does anything before the first call.
    const fleetOf = (): FleetCircuit => this.fleet;
    this.store = new FleetReporter(
      settings,
      {
        get news() {
          return fleetOf().news;
        },
        get waiting() {
          return fleetOf().waiting;
        },
        notAsked: (now) => fleetOf().notAsked(now),
      },
      {
        news: (news, before, now) => this.#goBy(news, before, now),
        failed: (kind, error, retryAfterMs) => {
          listener.failed(kind, error, retryAfterMs);
          if (kind !== 'script-missing') this.#goAlone();
        },
        recovered: (aloneMs) => listener.recovered(aloneMs),
      },
    );
    this.fleet = new FleetCircuit(settings, this.store);
  }

  /** Whether the store says who may go. */
  get isFollowing(): boolean {
    return this.fleet.news !== undefined;
  }

  get state(): CircuitState {
    return this.fleet.news?.state ?? this.local.circuit.stateAt();
  }

  get because(): Classification | undefined {
    return this.isFollowing ? this.fleet.because : this.local.circuit.because;
  }

  /** For how long nobody will be let through, in milliseconds. */
  refusesForMs(now: number): number {
    return this.isFollowing ? this.fleet.refusesForMs(now) : this.local.circuit.refusesForMs(now);
  }

  get waiting(): number {
    return this.fleet.waiting + this.local.waiting;
  }

  /** Until when forgetting it would lose something. */
  get endsAt(): number {
    if (this.waiting > 0) return Infinity;
    const ownEndsAt = this.local.endsAt;
    return this.isFollowing ? Math.max(this.fleet.opensAt, ownEndsAt, 0) : ownEndsAt;
  }

  /** Another call has come. */
  called(): void {
    // A process whose circuit is open may have nothing else to tell.
    if (this.store.aloneSince !== undefined) this.store.askSoon();
  }

  /** An attempt ended that its own circuit let through. */
  settled(
    attempt: Attempt,
    reading: Classification,
    context: Context,
    wasOverdue: boolean,
    now: number,
  ): void {
    const health = healthIn(attempt, reading);
    if (health === 'healthy') {
      this.#passed(attempt.ranMs, now);
      // It has counted as a time-out that it was not.
      if (wasOverdue) this.store.passed(true, now);
    } else if (health === 'failing' && !this.isFollowing && !this.#isOfItsRoute(context)) {
      this.#failed({ because: reading, isTimeOut: isTimeOutOf(attempt, reading) }, wasOverdue, now);
    }
  }

  /** An attempt ended that the store let through. */
  leaseEnded(lease: Lease, attempt: Attempt, reading: Classification, now: number): void {
    const { fleet, store } = this;
    fleet.ended();
    const isOfNow = lease.generation === fleet.news?.generation;
    if (isOfNow) store.ended(1);
    const health = healthIn(attempt, reading);
    if (health === 'healthy') {
      this.#passed(attempt.ranMs, now);
    } else if (health === 'failing') {
      const failure = { because: reading, isTimeOut: isTimeOutOf(attempt, reading) };
      if (!this.isFollowing) return this.#failed(failure, false, now);
      this.#failing = failure;
      fleet.failed(reading);
      if (isOfNow && lease.cut === fleet.news.cut) {
        store.heldFailed(failure.isTimeOut, hintOf(reading));
      }
    }
    if (this.isFollowing) store.askSoon();
  }

  /** Opens it for the whole fleet, until it is closed by hand. */
  open(now: number): void {
    this.#change(() => {
      this.fleet.release();
      this.local.circuit.forceOpen(now);
    });
    this.store.tell('open');
  }

  /** Closes it for the whole fleet, and forgets what has been counted. */
  close(now: number): void {
    this.#change(() => {
      this.fleet.release();
      this.local.close(now);
    });
    this.#failing = undefined;
    this.store.tell('close');
  }

  #passed(ranMs: number, now: number): void {
    this.#failing = undefined;
    this.store.passed(ranMs <= this.#roundTrip.quickWithinMs, now);
    if (this.isFollowing) this.store.askSoon();
    else this.#roundTrip.learn(ranMs, now);
  }

  #failed(failure: LatestFailure, isCounted: boolean, now: number): void {
    this.#failing = failure;
    if (isCounted) this.store.reportFailure(now);
    else this.store.failed(failure.isTimeOut, hintOf(failure.because), now);
  }

  /** Whether failures of its route say nothing of the others, as far as this process knows. */
  #isOfItsRoute(context: Context): boolean {
    for (const [route] of this.local.routes()) if (route === context.route) return true;
    return false;
  }

  /** Follows the fleet's circuit, or its own. */
  #goBy(news: FleetNews, before: FleetNews | undefined, now: number): void {
    const { fleet, local } = this;
    if (news.state === 'closed') {
      const isByHand = before !== undefined && news.closings > before.closings;
      return this.#change(() => {
        if (this.isFollowing) fleet.release();
        if (isByHand) local.close(now);
      });
    }
    let left = news.granted;
    if (this.isFollowing) {
      this.#change(() => void (left = fleet.heed(news, now)));
    } else if (news.isByHand || this.#failing) {
      // Nobody follows who is answered: then it is the others' network that is broken.
      const { because = local.circuit.because, isTimeOut = true } = this.#failing ?? {};
      this.#change(() => {
        left = fleet.follow(news, because, isTimeOut, now);
        local.close(now);
      });
    }
    if (left === 0) return;
    this.store.ended(left);
    if (news.state === 'half-open') this.store.askSoon();
  }

  /** Without the store it goes by its own circuit, which begins as the fleet's stood. */
  #goAlone(): void {
    const { news, because } = this.fleet;
    if (news === undefined) return;
    const now = this.#settings.clock.now();
    this.#change(() => {
      this.fleet.release();
      const { circuit } = this.local;
      if (news.isByHand) return circuit.forceOpen(now);
      // Of its own it has sent no probe.
      circuit.restore({ state: 'open', openForMs: 0, openings: 0, because: because?.rule }, now);
    });
  }

  /** Tells of one change where several circuits change at once. */
  #change(run: () => void): void {
    const from = this.state;
    this.#isMuted = true;
    run();
    this.#isMuted = false;
    const to = this.state;
    if (from === to) return;
    const openForMs = this.refusesForMs(this.#settings.clock.now());
    const openMs = to === 'open' && openForMs < Infinity ? openForMs : undefined;
    this.#listener.changed(from, to, openMs, to === 'closed' ? undefined : this.because);
  }
}
