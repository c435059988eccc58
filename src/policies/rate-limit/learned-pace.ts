import type { Pace, Token } from './pace.ts';
import { Pacer } from './pacer/pacer.ts';
import type { Stop } from './stop.ts';

/** The pace that is configured, held back by the pace at which the server is seen to accept. */
export class LearnedPace implements Pace {
  readonly #configured: Pace;
  readonly pacer: Pacer;

  constructor(configured: Pace, pacer = new Pacer()) {
    this.#configured = configured;
    this.pacer = pacer;
  }

  /** The stop that is on, if one is. */
  get stop(): Stop | undefined {
    return this.pacer.stop;
  }

  tryTake(now: number): Token | undefined {
    const { pacer } = this;
    if (pacer.dueAt(now) > now) return undefined;
    const token = this.#configured.tryTake(now);
    if (token !== undefined) pacer.started(token, now);
    return token;
  }

  freeAt(now: number, ahead: number): number {
    return Math.max(this.#configured.freeAt(now, ahead), this.pacer.freeAt(now, ahead));
  }

  dueAt(now: number): number {
    return Math.max(this.#configured.dueAt(now), this.pacer.dueAt(now));
  }

  giveBack(token: Token): void {
    this.#configured.giveBack(token);
    this.pacer.giveBack(token);
  }

  isFull(now: number): boolean {
    return this.pacer.endsAt <= now && this.#configured.isFull(now);
  }
}
