import type { EndedAttempt, MovingLimit } from './moving-limit.ts';
import { SampleWindow } from './sample-window.ts';

/** What a {@link GradientLimit} starts from and keeps to. */
export interface GradientSettings {
  readonly initial: number;
  readonly floor: number;
  readonly ceiling: number;
  readonly tolerance: number;
}

/** No window cuts the limit by more. */
const LEAST_GRADIENT = 0.5;
/** The limit grows by its root, as many as may queue; half of it where answers begin to be slower. */
const HEADROOM = 1;
const SLOWER = 1.2;
const HEADROOM_WHERE_SLOWER = 0.5;
/** With fewer than this share of the limit in flight at once, the limit is not used. */
const USED_SHARE = 0.5;
/** How much of a difference the baseline takes over from one window that is like it. */
const DRIFT = 0.1;

/** A probe cuts the limit to this share for a moment: the queue that it has built, if any, is gone then. */
const PROBE_SHARE = 0.25;
/** So many answers tell enough of a probe: it costs places. */
const PROBE_ANSWERS = 5;
/** The least distance between two probes, in milliseconds and in baselines. */
const PROBE_EVERY_MS = 30_000;
const PROBE_EVERY_BASELINES = 100;
/** Answers that stay as slow as this, in spite of a probe's cut, are not slow by our load. */
const UNMOVED = 0.85;

/** A look at the server with less load on it. */
interface Probe {
  /** The limit that it is compared with, and goes back to. */
  readonly limit: number;
  /** The typical time under that limit, in milliseconds. */
  readonly typicalMs: number;
}

/**
 * A limit by the gradient of latency, in the manner of Netflix's Gradient2 and of TCP Vegas: while
 * answers take about as long as without load the limit grows, and where they take longer than
 * `tolerance` times as long it shrinks in proportion. Drops cut it by half of their share, as in DCTCP
 * (RFC 8257). It knows no clock: all times come with the attempts.
 */
export class GradientLimit implements MovingLimit {
  readonly #settings: GradientSettings;
  #limit: number;
  /** The typical time without load, in milliseconds; `undefined` before the first window. */
  #baselineMs: number | undefined = undefined;
  /** Attempts from before this moment ran under a limit that has been cut since. */
  #epoch = -Infinity;
  #window = new SampleWindow();
  #probe: Probe | undefined = undefined;
  #probesFrom = -Infinity;

  constructor(settings: GradientSettings) {
    this.#settings = settings;
    this.#limit = settings.initial;
  }

  get current(): number {
    const { floor, ceiling } = this.#settings;
    if (this.#probe !== undefined) return probedLimit(this.#limit);
    return Math.min(Math.max(Math.floor(this.#limit), floor), ceiling);
  }

  entered(inFlight: number): void {
    if (inFlight > this.#window.peak) this.#window.peak = inFlight;
  }

  ended({ startedOn, endedOn, as }: EndedAttempt): void {
    if (startedOn < this.#epoch) return;
    const window = this.#window;
    if (as === 'dropped') window.dropped();
    else window.answered(endedOn - startedOn);
    if (!window.isEnough(this.#probe && PROBE_ANSWERS)) return;
    this.#window = new SampleWindow();
    this.#judge(window, endedOn);
  }

  #judge(window: SampleWindow, now: number): void {
    const { dropShare, typicalMs, peak } = window;
    const probe = this.#probe;
    this.#probe = undefined;
    if (dropShare > 0) return this.#cut(1 - dropShare / 2, now);
    if (probe !== undefined) return this.#learnFromProbe(probe, window, now);
    this.#baselineMs ??= typicalMs;
    const ratio = typicalMs / this.#baselineMs;
    const isUsed = peak >= this.current * USED_SHARE;
    if (!isUsed || ratio < SLOWER) this.#driftTo(typicalMs);
    if (!isUsed) return;
    const gradient = this.#settings.tolerance / ratio;
    if (gradient < 1 && now >= this.#probesFrom) return this.#startProbe(typicalMs, now);
    if (gradient < 1) this.#cut(Math.max(gradient, LEAST_GRADIENT), now);
    this.#grow(ratio < SLOWER ? HEADROOM : HEADROOM_WHERE_SLOWER);
  }

  #cut(share: number, now: number): void {
    this.#epoch = now;
    this.#set(this.#limit * share);
  }

  #grow(headroom: number): void {
    this.#set(this.#limit + headroom * Math.sqrt(this.#limit));
  }

  #set(limit: number): void {
    const { floor, ceiling } = this.#settings;
    this.#limit = Math.min(Math.max(limit, floor), ceiling);
  }

  #driftTo(typicalMs: number): void {
    const baselineMs = this.#baselineMs as number;
    this.#baselineMs = baselineMs * (typicalMs / baselineMs) ** DRIFT;
  }

  #startProbe(typicalMs: number, now: number): void {
    this.#probe = { limit: this.#limit, typicalMs };
    this.#epoch = now;
  }

  /**
   * Faster answers than the baseline are a better baseline. Answers that are slow and did not mind the
   * cut are slow for another reason than our load, which may last.
   */
  #learnFromProbe({ typicalMs: beforeMs }: Probe, window: SampleWindow, now: number): void {
    const { typicalMs, answers } = window;
    const baselineMs = this.#baselineMs as number;
    if (typicalMs < baselineMs) {
      const trust = answers / (answers + PROBE_ANSWERS);
      this.#baselineMs = baselineMs * (typicalMs / baselineMs) ** trust;
    } else if (
      typicalMs > baselineMs * this.#settings.tolerance &&
      typicalMs > beforeMs * UNMOVED
    ) {
      this.#baselineMs = typicalMs;
    }
    this.#probesFrom =
      now + Math.max(PROBE_EVERY_MS, PROBE_EVERY_BASELINES * (this.#baselineMs as number));
    this.#epoch = now;
  }
}

const probedLimit = (limit: number): number => Math.max(Math.floor(limit * PROBE_SHARE), 1);
