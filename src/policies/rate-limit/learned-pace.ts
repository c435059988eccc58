import type { AnnouncedLimit } from '../../core/outcome-reader.ts';
import { AnnouncedPace, type AnnouncedBy } from './announced-pace.ts';
import type { Pace, Token } from './pace.ts';
import { Pacer } from './pacer/pacer.ts';
import type { Stop } from './stop.ts';

/**
 * The pace that is configured, held back by the pace at which the server is seen to accept, and by
 * the limits that it announces.
 */
export class LearnedPace implements Pace {
  readonly #configured: Pace;
  readonly #learnsRate: boolean;
  #pacer: Pacer | undefined;
  #announced: AnnouncedPace | undefined;

  constructor(configured: Pace, learnsRate: boolean) {
    this.#configured = configured;
    this.#learnsRate = learnsRate;
  }

  /** Learns from outcomes; made for the first of them, since most scopes never see a throttle. */
  get pacer(): Pacer {
    return (this.#pacer ??= new Pacer(this.#learnsRate));
  }

  /** Whether nothing was learned or announced that is worth keeping. */
  get isCalm(): boolean {
    return this.#pacer?.isCalm !== false && this.#announced === undefined;
  }

  /** The stop that is on, if one is. */
  get stop(): Stop | undefined {
    return this.#pacer?.stop;
  }

  /** The pace of the announced limits, if there are any. */
  get announced(): AnnouncedPace | undefined {
    return this.#announced;
  }

  /** The server announces its limits. */
  heard(now: number, limits: readonly AnnouncedLimit[], by: AnnouncedBy): void {
    if (by.isThrottled && this.#announced === undefined) return;
    (this.#announced ??= new AnnouncedPace()).heard(now, limits, this.pacer.roundTrip.ms, by);
  }

  /** Forgets what was learned and announced. */
  clear(): void {
    this.#pacer?.clear();
    this.#announced = undefined;
  }

  /** The rate that holds calls back beside the configured one, per second. */
  ratePerSecond(now: number): number {
    const learned = this.#pacer?.ratePerSecond ?? Infinity;
    return Math.min(learned, this.#announced?.ratePerSecond(now) ?? Infinity);
  }

  tryTake(now: number, weight?: number): Token | undefined {
    if (this.#heldUntil(now) > now) return undefined;
    const token = this.#configured.tryTake(now, weight);
    if (token === undefined) return undefined;
    this.#pacer?.started(token, now);
    this.#announced?.started(now);
    return token;
  }

  /** Takes a token for a route that no announced limit binds, where nothing else holds it back. */
  tryTakeUnbound(now: number, weight?: number): Token | undefined {
    const announced = this.#announced;
    if (announced === undefined || announced.dueAt(now) <= now) return undefined;
    if (this.pacedUntil(now) > now) return undefined;
    const token = this.#configured.tryTake(now, weight);
    if (token === undefined) return undefined;
    this.#pacer?.started(token, now);
    announced.passedBy();
    return token;
  }

  freeAt(now: number, ahead: number, weight?: number, tokensAhead?: number): number {
    return Math.max(
      this.#configured.freeAt(now, ahead, weight, tokensAhead),
      this.#pacer?.freeAt(now, ahead) ?? now,
      this.#announced?.freeAt(now, ahead) ?? now,
    );
  }

  dueAt(now: number, weight?: number): number {
    return Math.max(this.#configured.dueAt(now, weight), this.#heldUntil(now));
  }

  giveBack(token: Token, weight?: number): void {
    this.#configured.giveBack(token, weight);
    this.#pacer?.giveBack(token);
    this.#announced?.ended();
  }

  isFull(now: number): boolean {
    return this.endsAt <= now && this.#configured.isFull(now);
  }

  /** The moment from which forgetting what was learned and announced loses little. */
  get endsAt(): number {
    return Math.max(this.#pacer?.endsAt ?? -Infinity, this.#announced?.endsAt ?? -Infinity);
  }

  /** The moment until which what was learned holds everybody back. */
  pacedUntil(now: number): number {
    return this.#pacer?.dueAt(now) ?? now;
  }

  #heldUntil(now: number): number {
    return Math.max(this.pacedUntil(now), this.#announced?.dueAt(now) ?? now);
  }
}
