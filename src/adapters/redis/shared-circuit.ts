import type { Attempt } from '../../core/attempt.ts';
import type { Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
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
import { Gcra } from '../../policies/rate-limit/gcra.ts';
import type { Lease } from './circuit-lease.ts';
import { CircuitReport } from './circuit-report.ts';
import { CIRCUIT_SCRIPT } from './circuit-script.ts';
import { FleetCircuit } from './fleet-circuit.ts';
import { readFleetNews, type FleetNews } from './fleet-news.ts';
import type { SendCommand } from './redis-client.ts';
import type { StoreErrorKind } from './store-errors.ts';
import { StoreLink, type StoreLinkListener } from './store-link.ts';

/** What a shared circuit is made of. */
export interface SharedCircuitSettings {
  readonly send: SendCommand;
  /** The name of the circuit in the store. */
  readonly key: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly attemptTimeoutMs: number;
  /** How long an answer of the store is waited for, in milliseconds. */
  readonly timeoutMs: number;
}

/** What a shared circuit has to tell. */
export interface SharedCircuitListener extends Pick<
  StoreLinkListener<unknown>,
  'failed' | 'recovered'
> {
  readonly changed: CircuitListener;
  /** Tells of the changes of a route's own circuit. */
  readonly changedOf: (route: string) => CircuitListener;
}

/** What is done by hand, for the whole fleet. */
type Command = 'open' | 'close';

/** Failures are reported so often at most: the store needs no more to tell that a member is failing. */
const REPORTS_PER_SECOND = 10;
const REPORTS_AT_ONCE = 3;
/** The store keeps a place for an attempt that hangs for so long at most, in milliseconds, … */
const KEEPS_PLACE_MS = 30_000;
/** … else for so much longer than the attempt may take. */
const LATE_MS = 1000;
/** Failures so close to a quick answer, in milliseconds, are no queue, … */
const AMID_ANSWERS_MS = 1000;
/** … or so much of the attempt time-out, where that is shorter. */
const AMID_ANSWERS_SHARE = 1 / 4;

/**
 * One circuit that this process shares with others. It goes by its own circuit, and tells the store
 * what it sees. Once the fleet's circuit is not closed and this process has failed too, it follows the
 * fleet's. It never does so while it is answered, and never without the store.
 */
export class SharedCircuit {
  readonly local: AdaptiveKeyCircuits;
  readonly fleet: FleetCircuit;
  readonly #settings: SharedCircuitSettings;
  readonly #listener: SharedCircuitListener;
  readonly #link: StoreLink<Command | undefined>;
  readonly #reports = new Gcra(REPORTS_PER_SECOND, REPORTS_AT_ONCE);
  #report = new CircuitReport();
  #news: FleetNews | undefined;
  #reportAt = -Infinity;
  /** The latest failure; `undefined` once something was answered. */
  #failing: { readonly because: Classification; readonly isTimeOut: boolean } | undefined;
  #command: Command | undefined;
  #latestFailure: StoreErrorKind = 'timeout';
  #willAsk = false;
  #mustAskAgain = false;
  #isMuted = false;

  constructor(settings: SharedCircuitSettings, listener: SharedCircuitListener) {
    const { clock, random, attemptTimeoutMs } = settings;
    this.#settings = settings;
    this.#listener = listener;
    const own = { clock, random, attemptTimeoutMs };
    const foundOverdue = (count: number, now: number) => this.#foundOverdue(count, now);
    const ownChanged: CircuitListener = (...change) => {
      if (!this.#isMuted) listener.changed(...change);
    };
    this.local = new AdaptiveKeyCircuits(clock, (route) =>
      route === undefined
        ? new AdaptiveCircuit({ ...own, foundOverdue }, ownChanged)
        : new AdaptiveCircuit(own, listener.changedOf(route)),
    );
    this.#link = new StoreLink(
      { ...settings, script: CIRCUIT_SCRIPT },
      {
        answered: (answer, asked) => this.#answered(readFleetNews(answer), asked),
        failed: (kind, error, retryAfterMs) => {
          listener.failed(kind, error, retryAfterMs);
          // A script that is sent again is no failure.
          if (kind !== 'script-missing') this.#storeFailed(kind, clock.now() + retryAfterMs);
        },
        recovered: (aloneMs) => listener.recovered(aloneMs),
      },
    );
    const link = this.#link;
    this.fleet = new FleetCircuit(settings, {
      get isAsking() {
        return link.isAsking;
      },
      get dueAt() {
        return link.dueAt;
      },
      check: (now) => link.check(now),
      askSoon: () => this.#askSoon(),
    });
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
    const { fleet, local } = this;
    const ownEndsAt = local.endsAt;
    return fleet.news === undefined ? ownEndsAt : Math.max(fleet.opensAt, ownEndsAt, 0);
  }

  /** How many share it, this process included, as far as is known. */
  get members(): number {
    return this.#news?.members ?? 1;
  }

  /** Since when the store does not do its work; `undefined` while it does. */
  get aloneSince(): number | undefined {
    return this.#link.aloneSince;
  }

  /** Why; `undefined` while it does. */
  get failure(): StoreErrorKind | undefined {
    return this.aloneSince === undefined ? undefined : this.#latestFailure;
  }

  /** Another call has come. */
  called(): void {
    // A process whose circuit is open may have nothing else to tell.
    if (this.aloneSince !== undefined) this.#askSoon();
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
      if (wasOverdue) this.#report.answered(true, now);
    } else if (health === 'failing' && !this.isFollowing && !this.#isOfItsRoute(context)) {
      this.#failed(reading, isTimeOutOf(attempt, reading), wasOverdue, now);
    }
  }

  /** An attempt ended that the store let through. */
  leaseEnded(lease: Lease, attempt: Attempt, reading: Classification, now: number): void {
    const { fleet } = this;
    fleet.ended();
    const isOurs = lease.generation === this.#news?.generation;
    if (isOurs) this.#report.ended += 1;
    const health = healthIn(attempt, reading);
    const isTimeOut = isTimeOutOf(attempt, reading);
    if (health === 'healthy') {
      this.#passed(attempt.ranMs, now);
    } else if (health === 'failing' && !this.isFollowing) {
      this.#failed(reading, isTimeOut, false, now);
    } else if (health === 'failing') {
      this.#failing = { because: reading, isTimeOut };
      fleet.failed(reading);
      if (isOurs && lease.cut === this.#news?.cut) {
        this.#report.heldFailed(isTimeOut, hintOf(reading));
      }
    }
    if (this.isFollowing) this.#askSoon();
  }

  /** Opens it for the whole fleet, until it is closed by hand. */
  open(now: number): void {
    this.#change(() => {
      this.fleet.release();
      this.local.circuit.forceOpen(now);
    });
    this.#command = 'open';
    this.#askSoon();
  }

  /** Closes it for the whole fleet. */
  close(now: number): void {
    this.#change(() => {
      this.fleet.release();
      this.local.close(now);
    });
    this.#failing = undefined;
    this.#report = new CircuitReport();
    this.#command = 'close';
    this.#askSoon();
  }

  #passed(ranMs: number, now: number): void {
    this.#failing = undefined;
    this.#report.answered(this.local.circuit.isQuick(ranMs), now);
    if (this.isFollowing || now >= this.#reportAt) this.#askSoon();
  }

  #failed(because: Classification, isTimeOut: boolean, isCounted: boolean, now: number): void {
    this.#failing = { because, isTimeOut };
    if (!isCounted) this.#report.failed(isTimeOut, hintOf(because), now);
    this.#reportFailure(now);
  }

  #foundOverdue(count: number, now: number): void {
    if (this.isFollowing) return;
    this.#report.overdue(count, now);
    this.#reportFailure(now);
  }

  #reportFailure(now: number): void {
    if (now >= this.#reportAt || this.#reports.tryTake(now) !== undefined) this.#askSoon();
  }

  /** Whether failures of its route say nothing of the others, as far as this process knows. */
  #isOfItsRoute(context: Context): boolean {
    for (const [route] of this.local.routes()) if (route === context.route) return true;
    return false;
  }

  #askSoon(): void {
    if (this.#willAsk) return;
    this.#willAsk = true;
    queueMicrotask(() => {
      this.#willAsk = false;
      this.#ask(this.#settings.clock.now());
    });
  }

  #ask(now: number): void {
    const link = this.#link;
    link.check(now);
    if (!link.mayAsk(now)) {
      this.#mustAskAgain = link.isAsking;
      if (!link.isAsking) this.fleet.notAsked(now);
      return;
    }
    this.#mustAskAgain = false;
    link.ask(this.#command, this.#words(now), now);
    this.#report = new CircuitReport();
  }

  #words(now: number): string[] {
    const report = this.#report;
    const { attemptTimeoutMs, random } = this.#settings;
    const { fleet } = this;
    const { ageMs, probes, isByHand } = fleet.news ?? { ageMs: 0, probes: 0, isByHand: false };
    report.forgetOld(now);
    return [
      report.errors,
      report.timeouts,
      report.quick,
      report.slow,
      this.#news?.generation ?? 0,
      this.#news?.cut ?? 0,
      report.heldErrors,
      report.heldTimeouts,
      report.ended,
      fleet.waiting,
      report.holdMs,
      isByHand ? 2 : this.isFollowing ? 1 : 0,
      ageMs,
      probes,
      Math.min(attemptTimeoutMs + LATE_MS, KEEPS_PLACE_MS),
      Math.min(AMID_ANSWERS_MS, AMID_ANSWERS_SHARE * attemptTimeoutMs),
      this.#command ?? '',
      random(),
    ].map(String);
  }

  #answered(news: FleetNews, asked: Command | undefined): void {
    const now = this.#settings.clock.now();
    const known = this.#news;
    this.#news = news;
    this.#reportAt = now + news.reportAfterMs;
    if (news.generation !== known?.generation) this.#report.ended = 0;
    if (news.generation !== known?.generation || news.cut !== known.cut) {
      this.#report.heldErrors = this.#report.heldTimeouts = 0;
    }
    if (this.#command !== undefined && this.#command === asked) this.#command = undefined;
    if (this.#command === undefined) this.#goBy(news, known, now);
    if (this.#mustAskAgain || this.#command !== undefined) this.#askSoon();
  }

  /** Follows the fleet's circuit, or its own. */
  #goBy(news: FleetNews, known: FleetNews | undefined, now: number): void {
    const { fleet, local } = this;
    const wasClosedByHand = known !== undefined && news.closings > known.closings;
    if (news.state === 'closed') {
      if (this.isFollowing || wasClosedByHand) {
        this.#change(() => {
          fleet.release();
          if (wasClosedByHand) local.close(now);
        });
      }
      return;
    }
    let left = news.granted;
    if (this.isFollowing) {
      this.#change(() => void (left = fleet.heed(news, now)));
    } else if (news.isByHand || this.#failing || local.circuit.stateAt() !== 'closed') {
      // Nobody follows who is answered: then it is the others' network that is broken.
      const { because, isTimeOut = true } = this.#failing ?? {};
      this.#change(() => {
        left = fleet.follow(news, because ?? local.circuit.because, isTimeOut, now);
        local.close(now);
      });
    }
    if (left === 0) return;
    this.#report.ended += left;
    if (news.state === 'half-open') this.#askSoon();
  }

  /** Without the store each goes by its own circuit, and begins where the fleet's stood. */
  #storeFailed(kind: StoreErrorKind, retryAt: number): void {
    this.#latestFailure = kind;
    this.#report = new CircuitReport();
    this.#reportAt = retryAt;
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
    const wasMuted = this.#isMuted;
    this.#isMuted = true;
    try {
      run();
    } finally {
      this.#isMuted = wasMuted;
    }
    const to = this.state;
    if (from === to) return;
    const openForMs = this.refusesForMs(this.#settings.clock.now());
    const openMs = to === 'open' && openForMs < Infinity ? openForMs : undefined;
    this.#listener.changed(from, to, openMs, to === 'closed' ? undefined : this.because);
  }
}
