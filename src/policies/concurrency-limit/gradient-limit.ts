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

/** A probe cuts the limit to this share for a moment: the queue that it has built, if any, is gone then. */
const PROBE_SHARE = 0.25;
/** So many answers tell enough of a probe, or as many as it lets run at once: it costs places. */
const PROBE_ANSWERS = 5;
const MOST_PROBE_ANSWERS = 30;
/** The least distance between two probes, in milliseconds and in baselines. */
const PROBE_EVERY_MS = 30_000;
const PROBE_EVERY_BASELINES = 100;
/** A limit that has fallen to less than this share since the last probe is probed before its time. */
const FALLEN_SHARE = 0.25;
/** Answers that stay as slow as this, in spite of a probe's cut, are not slow by our load. */
const UNMOVED = 0.75;

/** A look at the server with less load on it. */
interface Probe {
  /** The limit meanwhile. */
  readonly limit: number;
  /** The typical time before, in milliseconds; `undefined` for the first one. */
  readonly beforeMs: number | undefined;
}

/**
 * A limit by the gradient of latency, in the manner of Netflix's Gradient2 and of TCP Vegas: while
 * answers take about as long as without load the limit grows, and where they take longer than
 * `tolerance` times as long it shrinks in proportion. Drops cut it by half of their share, as in DCTCP
 * (RFC 8257).
 *
 * What an answer takes without load, the baseline, is learned from probes alone, which cut the limit for
 * a moment, and never under the load that there is without them. It begins with a probe.
 *
 * It knows no clock: all times come with the attempts.
 */
export class GradientLimit implements MovingLimit {
  readonly #settings: GradientSettings;
  #limit: number;
  /** The typical time without load, in milliseconds; `undefined` before the first probe has ended. */
  #baselineMs: number | undefined = undefined;
  /** Attempts from before this moment ran under a limit that has been changed since. */
  #epoch = -Infinity;
  #window = new SampleWindow();
  #probe: Probe | undefined;
  #probesFrom = -Infinity;
  #limitAtProbe: number;

  constructor(settings: GradientSettings) {
    this.#settings = settings;
    this.#limit = settings.initial;
    this.#limitAtProbe = settings.initial;
    this.#probe = { limit: probedLimit(settings.initial), beforeMs: undefined };
  }

  get current(): number {
    return this.#probe?.limit ?? Math.floor(this.#limit);
  }

  entered(inFlight: number): void {
    if (inFlight > this.#window.peak) this.#window.peak = inFlight;
  }

  ended({ startedOn, endedOn, as }: EndedAttempt): void {
    if (startedOn < this.#epoch) return;
    const window = this.#window;
    if (as === 'dropped') window.dropped();
    else window.answered(endedOn - startedOn);
    if (!window.isEnough(this.#probe && probeAnswers(this.#probe))) return;
    this.#window = new SampleWindow();
    if (this.#probe === undefined) this.#judge(window, endedOn);
    else this.#endProbe(this.#probe, window, endedOn);
  }

  #judge(window: SampleWindow, now: number): void {
    const { dropShare, typicalMs, peak } = window;
    if (dropShare > 0) return this.#cut(1 - dropShare / 2, now);
    if (peak < this.#limit * USED_SHARE) return;
    const hasFallen = this.#limit < this.#limitAtProbe * FALLEN_SHARE;
    if (this.#baselineMs === undefined || now >= this.#probesFrom || hasFallen) {
      return this.#startProbe(typicalMs, now);
    }
    // One at a time has no queue of ours: the window is a probe.
    if (this.current === 1) this.#learn(window, 0);
    const ratio = typicalMs / this.#baselineMs;
    const gradient = this.#settings.tolerance / ratio;
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

  #startProbe(typicalMs: number, now: number): void {
    this.#probe = { limit: probedLimit(this.#limit), beforeMs: typicalMs };
    this.#limitAtProbe = this.#limit;
    this.#epoch = now;
  }

  #endProbe({ beforeMs }: Probe, window: SampleWindow, now: number): void {
    const { dropShare } = window;
    this.#probe = undefined;
    this.#epoch = now;
    // Without a queue of ours there are drops: no time of this server is a baseline now.
    if (dropShare > 0) return this.#cut(1 - dropShare / 2, now);
    this.#learn(window, beforeMs ?? 0);
    const baselineMs = this.#baselineMs ?? 0;
    this.#probesFrom = now + Math.max(PROBE_EVERY_MS, PROBE_EVERY_BASELINES * baselineMs);
  }

  /**
   * Faster answers than the baseline are a better baseline. Answers that are slow and did not mind the
   * cut are slow for another reason than our load, which may last. All else leaves it as it is: other
   * processes may have a queue there.
   */
  #learn({ typicalMs, answers }: SampleWindow, beforeMs: number): void {
    const { tolerance } = this.#settings;
    const baselineMs = (this.#baselineMs ??= typicalMs);
    if (typicalMs < baselineMs) {
      const trust = answers / (answers + PROBE_ANSWERS);
      this.#baselineMs = baselineMs * (typicalMs / baselineMs) ** trust;
    } else if (typicalMs > baselineMs * tolerance && typicalMs > beforeMs * UNMOVED) {
      this.#baselineMs = typicalMs;
    }
  }
}

const probedLimit = (limit: number): number => Math.max(Math.floor(limit * PROBE_SHARE), 1);

const probeAnswers = ({ limit }: Probe): number =>
  Math.min(Math.max(limit, PROBE_ANSWERS), MOST_PROBE_ANSWERS);
