import type { Classification } from '../../core/classification.ts';
import type { Pace, Token } from './pace.ts';
import { RampUp } from './ramp-up.ts';
import { Stop } from './stop.ts';

/**
 * The pace that is configured, held back by what the server is seen to accept: nothing (a
 * {@link Stop}), or again, after nothing (a {@link RampUp}).
 */
export class LearnedPace implements Pace {
  readonly #configured: Pace;
  #stop: Stop | undefined;
  #ramp: RampUp | undefined;

  constructor(configured: Pace) {
    this.#configured = configured;
  }

  /** The stop that is on, if one is. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  /** Lets nothing through but one probe at a time. */
  halt(now: number, distanceMs: number, ratePerSecond: number, because: Classification): Stop {
    this.#ramp = undefined;
    return (this.#stop = new Stop(now, distanceMs, ratePerSecond, because));
  }

  /** The server accepts again. */
  goOn(now: number): void {
    if (this.#stop === undefined) return;
    this.#ramp = new RampUp(now, this.#stop.ratePerSecond);
    this.#stop = undefined;
  }

  /** Forgets what was learned. */
  clear(): void {
    this.#stop = undefined;
    this.#ramp = undefined;
  }

  tryTake(now: number): Token | undefined {
    const stop = this.#stop;
    const ramp = this.#rampAt(now);
    if (stop !== undefined && !stop.mayProbe(now)) return undefined;
    if (ramp !== undefined && ramp.freeAt(now, 0) > now) return undefined;
    const token = this.#configured.tryTake(now);
    if (token !== undefined) {
      stop?.probe(token, now);
      ramp?.took(now);
    }
    return token;
  }

  freeAt(now: number, ahead: number): number {
    const configured = this.#configured.freeAt(now, ahead);
    if (this.#stop !== undefined) {
      const opensAt = this.#stop.opensAt(now);
      // The first is the probe; the others follow as they would if it were accepted at once.
      const ramp = new RampUp(opensAt, this.#stop.ratePerSecond);
      return Math.max(configured, ramp.freeAt(opensAt, ahead));
    }
    return Math.max(configured, this.#rampAt(now)?.freeAt(now, ahead) ?? now);
  }

  dueAt(now: number): number {
    const learned = this.#stop?.dueAt(now) ?? this.#rampAt(now)?.freeAt(now, 0) ?? now;
    return Math.max(this.#configured.dueAt(now), learned);
  }

  giveBack(token: Token): void {
    this.#configured.giveBack(token);
    this.#stop?.giveBack(token);
  }

  isFull(now: number): boolean {
    const isHeldBack = this.#stop !== undefined || this.#rampAt(now) !== undefined;
    return !isHeldBack && this.#configured.isFull(now);
  }

  #rampAt(now: number): RampUp | undefined {
    if (this.#ramp?.isOver(now)) this.#ramp = undefined;
    return this.#ramp;
  }
}
