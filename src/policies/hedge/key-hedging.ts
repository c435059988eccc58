import { isThrottleOfKey, type Classification } from '../../core/classification.ts';
import type { HedgingReading } from '../control-part.ts';
import type { HedgeSettings } from './hedge-options.ts';
import { LatencyQuantile } from './latency-quantile.ts';

/** So many hedges can be saved up: what a busy moment needs, and no more. */
const MOST_SAVED = 20;
/** A hedge costs one more for each so many hedges in a row that were not answered first. */
const LOSSES_A_TOKEN = 20;
/** Over about so many calls it is counted how many take longer than the delay. */
const CALLS_IN_VIEW = 20;
/** So many calls more than expected that take longer than the delay: everything is slow. */
const LATE_MARGIN = 0.2;
/** The share of late calls that a fixed delay is meant for. */
const LATE_AT_FIXED_DELAY = 0.05;
/** Sooner than this multiple of the median a second attempt would hardly be answered first. */
const LEAST_MEDIANS = 2;
/** Learned delays differ by this factor at least, so that those of many keys share a few lists. */
const DELAY_FACTOR = 1.1;

/** What is known of the attempts of one key: when one is slow, and whether a second one is of use. */
export class KeyHedging {
  readonly #settings: HedgeSettings;
  /** The first samples; `undefined` once there are enough. */
  #samples: number[] | undefined = [];
  #quantile: LatencyQuantile | undefined;
  #median: LatencyQuantile | undefined;
  #saved = 0;
  #lateShare = 0;
  #lossesInRow = 0;
  /** Whether the latest answer was a throttle, or the circuit is being tried out. */
  #isTroubled = false;

  constructor(settings: HedgeSettings) {
    this.#settings = settings;
  }

  /** After how many milliseconds an attempt is slow; `undefined` while that is not known. */
  get delayMs(): number | undefined {
    const { delayMs } = this.#settings;
    if (delayMs !== 'learned') return delayMs;
    if (this.#quantile === undefined || this.#median === undefined) return undefined;
    const log = Math.max(this.#quantile.logMs, this.#median.logMs + Math.log(LEAST_MEDIANS));
    const step = Math.log(DELAY_FACTOR);
    return Math.exp(Math.ceil(log / step) * step);
  }

  /** A call begins that may be hedged. */
  called(): void {
    this.#saved = Math.min(this.#saved + this.#settings.maxHedgeRatio, MOST_SAVED);
  }

  /** The first attempt of a call succeeded after so long. */
  took(ms: number, isBeforeDelay: boolean): void {
    this.#isTroubled = false;
    if (isBeforeDelay) this.#saw(0);
    this.#quantile?.took(ms);
    this.#median?.took(ms);
    this.#collect(ms);
  }

  /** The first attempt of a call was cut short, or lost, after so long. */
  tookLongerThan(ms: number): void {
    this.#quantile?.tookLongerThan(ms);
    this.#median?.tookLongerThan(ms);
    // Of an attempt that was short nothing is known.
    if (this.#samples?.every((sample) => sample < ms)) this.#collect(ms);
  }

  /** An attempt was throttled, or went through a circuit that is half-open. */
  troubled(): void {
    this.#isTroubled = true;
  }

  /** An attempt has failed so. */
  failed(classification: Classification): void {
    if (isThrottleOfKey(classification)) this.troubled();
  }

  /** The first attempt of a call takes longer than the delay. */
  late(): void {
    this.#saw(1);
  }

  /** Pays for a second attempt, in one step with the question whether it can be paid for. */
  take(): boolean {
    if (this.heldBackBecause !== undefined) return false;
    this.#saved -= this.#price;
    return true;
  }

  /** A second attempt that was paid for was not sent. */
  giveBack(): void {
    this.#saved += this.#price;
  }

  /** A second attempt was answered first, or not. */
  hedged(won: boolean): void {
    this.#lossesInRow = won ? 0 : this.#lossesInRow + 1;
  }

  get heldBackBecause(): string | undefined {
    if (this.delayMs === undefined) return 'too few attempts have ended';
    if (this.#isTroubled) return 'the server throttles, or its circuit is half-open';
    if (this.#lateShare > this.#mostLate) return 'everything is slow';
    // Many twentieths do not add up to a whole number.
    if (this.#saved < this.#price - 1e-9) return 'maxHedgeRatio is reached';
    return undefined;
  }

  read(): HedgingReading {
    const { delayMs, heldBackBecause } = this;
    return { delayMs, hedges: Math.floor(this.#saved + 1e-9), heldBackBecause };
  }

  get #price(): number {
    return Math.min(Math.max(1, this.#lossesInRow / LOSSES_A_TOKEN), MOST_SAVED);
  }

  get #mostLate(): number {
    const { delayMs, quantile } = this.#settings;
    return LATE_MARGIN + (delayMs === 'learned' ? 1 - quantile : LATE_AT_FIXED_DELAY);
  }

  #saw(late: 0 | 1): void {
    this.#lateShare += (late - this.#lateShare) / CALLS_IN_VIEW;
  }

  #collect(ms: number): void {
    const { delayMs, minimumSamples, quantile } = this.#settings;
    const samples = this.#samples;
    if (samples === undefined || delayMs !== 'learned') return;
    samples.push(ms);
    if (samples.length < minimumSamples) return;
    samples.sort((one, other) => one - other);
    const at = (share: number) => samples[Math.ceil(share * samples.length) - 1] as number;
    this.#quantile = new LatencyQuantile(quantile, at(quantile));
    this.#median = new LatencyQuantile(0.5, at(0.5));
    this.#samples = undefined;
  }
}
