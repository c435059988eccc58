import { FailureWindow, type FailureWindowSettings } from './failure-window.ts';

/** What one circuit is told. */
export interface CircuitSettings extends FailureWindowSettings {
  readonly openMs: number;
  readonly maxOpenMs: number;
  readonly halfOpenProbes: number;
  readonly probeTimeoutMs: number;
}

/** Open times are spread from 90 % to 110 %. */
const JITTER = 0.1;

interface Closed {
  readonly kind: 'closed';
  readonly window: FailureWindow;
}

interface Open {
  readonly kind: 'open';
  /** On the clock's monotonic scale; `Infinity` when forced. */
  readonly until: number;
  /** How many times in a row the circuit has opened without closing in between. */
  readonly openings: number;
}

interface HalfOpen {
  readonly kind: 'half-open';
  readonly openings: number;
  /** When each probe under way is given up. */
  readonly probes: Map<Ticket, number>;
  succeeded: number;
}

type State = Closed | Open | HalfOpen;
export type CircuitState = State['kind'];

/** A circuit's state in a form that can be stored and restored. */
export interface CircuitSnapshot {
  readonly state: CircuitState;
  /** How much longer it stays open, in milliseconds; `null` for as long as it is forced to. */
  readonly openForMs: number | null;
  readonly openings: number;
}

/** Lets one attempt through; its outcome counts only while the state that let it through lasts. */
export interface Ticket {
  readonly state: Closed | HalfOpen;
}

/** What an outcome says of the server's health; `'neither'` where it says nothing. */
export type Health = 'healthy' | 'failing' | 'neither';

/** A refusal: when the circuit may let somebody through again, in milliseconds from now. */
export interface Refusal {
  readonly retryAfterMs: number;
}

/**
 * One key's circuit: `closed` counts, `open` refuses, `half-open` lets a few probes through.
 * Each state is an object of its own, so an outcome from before a change finds its state gone and
 * is ignored.
 */
export class Circuit {
  readonly #settings: CircuitSettings;
  readonly #random: () => number;
  readonly #changed: (from: CircuitState, to: CircuitState, openMs?: number) => void;
  #state: State;
  #firstTicket: Ticket;

  constructor(
    settings: CircuitSettings,
    random: () => number,
    changed: (from: CircuitState, to: CircuitState, openMs?: number) => void,
  ) {
    this.#settings = settings;
    this.#random = random;
    this.#changed = changed;
    const closed: Closed = { kind: 'closed', window: new FailureWindow(settings) };
    this.#state = closed;
    this.#firstTicket = { state: closed };
  }

  /** Whether it was opened by hand, which nobody but the hand may undo. */
  get forcedOpen(): boolean {
    return this.#state.kind === 'open' && this.#state.until === Infinity;
  }

  /** For how long nobody will be let through, in milliseconds; 0 unless it is open. */
  refusesForMs(now: number): number {
    return this.#state.kind === 'open' ? Math.max(this.#state.until - now, 0) : 0;
  }

  stateAt(now: number): CircuitState {
    return this.#state.kind === 'open' && now >= this.#state.until ? 'half-open' : this.#state.kind;
  }

  /** The ticket of a closed circuit, for which nobody need look at a clock. */
  get freeTicket(): Ticket | undefined {
    return this.#state.kind === 'closed' ? this.#firstTicket : undefined;
  }

  /** Lets an attempt through, or says when to come back. */
  admit(now: number): Ticket | Refusal {
    const state = this.#state;
    if (state.kind === 'closed') return this.#firstTicket;
    if (state.kind === 'half-open') return this.#admitProbe(state, now);
    const retryAfterMs = this.refusesForMs(now);
    if (retryAfterMs > 0) return { retryAfterMs };
    const { openings } = state;
    this.#become({ kind: 'half-open', openings, probes: new Map(), succeeded: 0 });
    // Asked anew: whoever was told of the change may have closed the circuit or forced it open.
    return this.admit(now);
  }

  #admitProbe(state: HalfOpen, now: number): Ticket | Refusal {
    let firstGivenUpAt = Infinity;
    for (const [probe, givenUpAt] of state.probes) {
      // A probe that hangs must not keep the circuit half-open for ever.
      if (givenUpAt <= now) state.probes.delete(probe);
      else firstGivenUpAt = Math.min(firstGivenUpAt, givenUpAt);
    }
    const wanted = this.#settings.halfOpenProbes - state.succeeded;
    if (state.probes.size >= wanted) {
      // A probe decides long before it is given up: an open time is as long as one need stay away.
      return { retryAfterMs: Math.min(firstGivenUpAt - now, this.#settings.openMs) };
    }
    const ticket: Ticket = { state };
    state.probes.set(ticket, now + this.#settings.probeTimeoutMs);
    return ticket;
  }

  /**
   * Takes an outcome in.
   *
   * @param hintMs - how long the server said to stay away, if it did
   */
  settle(ticket: Ticket, health: Health, now: number, hintMs: number | undefined): void {
    const { state } = ticket;
    if (state !== this.#state) return;
    if (state.kind === 'half-open') {
      state.probes.delete(ticket);
      if (health === 'failing') this.#open(now, state.openings, hintMs);
      if (health !== 'healthy') return;
      state.succeeded += 1;
      if (state.succeeded >= this.#settings.halfOpenProbes) this.close();
    } else if (health === 'healthy') {
      state.window.succeeded(now);
    } else if (health === 'failing' && state.window.failed(now)) {
      this.#open(now, 0, hintMs);
    }
  }

  /** Opens it until it is closed by hand. */
  forceOpen(): void {
    this.#become({ kind: 'open', until: Infinity, openings: 0 });
  }

  /** Closes it and forgets what it has counted. */
  close(): void {
    const closed: Closed = { kind: 'closed', window: new FailureWindow(this.#settings) };
    this.#firstTicket = { state: closed };
    this.#become(closed);
  }

  snapshot(now: number): CircuitSnapshot {
    const state = this.#state;
    if (state.kind === 'closed') return { state: 'closed', openForMs: 0, openings: 0 };
    const openForMs = state.kind === 'open' ? Math.max(state.until - now, 0) : 0;
    return {
      state: this.stateAt(now),
      openForMs: openForMs === Infinity ? null : openForMs,
      openings: state.openings,
    };
  }

  restore(snapshot: CircuitSnapshot, now: number): void {
    if (snapshot.state === 'closed') return this.close();
    // Probes of another process are not ours to wait for: half-open is an open time that is over.
    const { openForMs, openings } = snapshot;
    const until = openForMs === null ? Infinity : now + openForMs;
    this.#become({ kind: 'open', until, openings }, openForMs ?? undefined);
  }

  #open(now: number, openings: number, hintMs = 0): void {
    const { openMs, maxOpenMs } = this.#settings;
    // Many processes that lost the same server must not probe it as one, at the longest time too.
    const spread = 1 - JITTER + this.#random() * 2 * JITTER;
    const grown = Math.min(openMs * 2 ** openings, maxOpenMs / (1 + JITTER)) * spread;
    const forMs = Math.ceil(Math.max(grown, hintMs));
    this.#become({ kind: 'open', until: now + forMs, openings: openings + 1 }, forMs);
  }

  #become(next: State, openMs?: number): void {
    const previous = this.#state;
    this.#state = next;
    if (previous.kind !== next.kind) this.#changed(previous.kind, next.kind, openMs);
  }
}
