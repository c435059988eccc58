import type { Clock } from '../../core/clock.ts';
import { Gcra } from '../../policies/rate-limit/gcra.ts';
import { CircuitReport } from './circuit-report.ts';
import { CIRCUIT_SCRIPT } from './circuit-script.ts';
import { readFleetNews, type FleetNews } from './fleet-news.ts';
import type { SendCommand } from './redis-client.ts';
import type { StoreErrorKind } from './store-errors.ts';
import { StoreLink, type StoreLinkListener } from './store-link.ts';

/** The parts of a shared circuit. */
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

/** The actions by hand, for the whole fleet. */
export type Command = 'open' | 'close';

/** How a process stands to the circuit of its fleet. */
export interface FleetStanding {
  /** The news that it goes by; `undefined` where it goes by its own circuit. */
  readonly news: FleetNews | undefined;
  /** How many calls wait for the store to let them go. */
  readonly waiting: number;
  /** The store could not be asked. */
  notAsked(now: number): void;
}

/** The news of a reporter. */
export interface ReporterListener extends Pick<StoreLinkListener<unknown>, 'failed' | 'recovered'> {
  /** The store has answered. What was done by hand meanwhile comes first, so such news are left out. */
  news(news: FleetNews, before: FleetNews | undefined, now: number): void;
}

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
 * Tells the store what one process sees, and asks it what that process wants to know. A failure is
 * told at once, answers when a report is due: a process that is answered asks once in a few seconds.
 */
export class FleetReporter {
  readonly #settings: SharedCircuitSettings;
  readonly #standing: FleetStanding;
  readonly #listener: ReporterListener;
  readonly #link: StoreLink<Command | undefined>;
  readonly #reports = new Gcra(REPORTS_PER_SECOND, REPORTS_AT_ONCE);
  #report = new CircuitReport();
  #news: FleetNews | undefined;
  #reportAt = -Infinity;
  #command: Command | undefined;
  #latestFailure: StoreErrorKind = 'timeout';
  #willAsk = false;
  #mustAskAgain = false;

  constructor(
    settings: SharedCircuitSettings,
    standing: FleetStanding,
    listener: ReporterListener,
  ) {
    this.#settings = settings;
    this.#standing = standing;
    this.#listener = listener;
    this.#link = new StoreLink(
      { ...settings, script: CIRCUIT_SCRIPT },
      {
        answered: (answer, asked) => this.#answered(readFleetNews(answer), asked),
        failed: (kind, error, retryAfterMs) => this.#failed(kind, error, retryAfterMs),
        recovered: (aloneMs) => listener.recovered(aloneMs),
      },
    );
  }

  /** How many share the circuit, this process included, as far as is known. */
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

  get isAsking(): boolean {
    return this.#link.isAsking;
  }

  /** When the answer is overdue that is waited for. */
  get dueAt(): number {
    return this.#link.dueAt;
  }

  /** Notes whether it is. */
  check(now: number): void {
    this.#link.check(now);
  }

  passed(isQuick: boolean, now: number): void {
    this.#report.answered(isQuick, now);
    if (now >= this.#reportAt) this.askSoon();
  }

  failed(isTimeOut: boolean, holdMs: number, now: number): void {
    this.#report.failed(isTimeOut, holdMs, now);
    this.reportFailure(now);
  }

  overdue(count: number, now: number): void {
    this.#report.overdue(count, now);
    this.reportFailure(now);
  }

  /** Reports a failure, unless many have been reported just now. */
  reportFailure(now: number): void {
    if (now >= this.#reportAt || this.#reports.tryTake(now) !== undefined) this.askSoon();
  }

  /** So many attempts are over that the store let through. */
  ended(count: number): void {
    this.#report.ended += count;
  }

  heldFailed(isTimeOut: boolean, holdMs: number): void {
    this.#report.heldFailed(isTimeOut, holdMs);
  }

  /** Tells the store what was done by hand, until it has heard it. */
  tell(command: Command): void {
    this.#command = command;
    this.#report = new CircuitReport();
    this.askSoon();
  }

  /** Asks at the end of this turn: calls that come together ask once. */
  askSoon(): void {
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
      if (!link.isAsking) this.#standing.notAsked(now);
      return;
    }
    this.#mustAskAgain = false;
    link.ask(this.#command, this.#words(now), now);
    this.#report = new CircuitReport();
  }

  #words(now: number): string[] {
    const report = this.#report;
    const { attemptTimeoutMs, random } = this.#settings;
    const { news, waiting } = this.#standing;
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
      waiting,
      report.holdMs,
      news === undefined ? 0 : news.isByHand ? 2 : 1,
      news?.ageMs ?? 0,
      news?.probes ?? 0,
      Math.min(attemptTimeoutMs + LATE_MS, KEEPS_PLACE_MS),
      Math.min(AMID_ANSWERS_MS, AMID_ANSWERS_SHARE * attemptTimeoutMs),
      this.#command ?? '',
      random(),
    ].map(String);
  }

  #answered(news: FleetNews, asked: Command | undefined): void {
    const now = this.#settings.clock.now();
    const before = this.#news;
    this.#news = news;
    this.#reportAt = now + news.reportAfterMs;
    if (news.generation !== before?.generation) this.#report.ended = 0;
    if (news.generation !== before?.generation || news.cut !== before.cut) {
      this.#report.heldErrors = this.#report.heldTimeouts = 0;
    }
    if (this.#command !== undefined && this.#command === asked) this.#command = undefined;
    if (this.#command === undefined) this.#listener.news(news, before, now);
    if (this.#mustAskAgain || this.#command !== undefined) this.askSoon();
  }

  #failed(kind: StoreErrorKind, error: unknown, retryAfterMs: number): void {
    // A script that is sent again is no failure.
    if (kind !== 'script-missing') {
      this.#latestFailure = kind;
      this.#report = new CircuitReport();
      this.#reportAt = this.#settings.clock.now() + retryAfterMs;
    }
    this.#listener.failed(kind, error, retryAfterMs);
  }
}
