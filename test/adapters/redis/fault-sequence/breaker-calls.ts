import type { Redis } from 'ioredis';
import { controlOf, pipeline, timeout, type Policy } from '../../../../src/index.ts';
import { redisCircuitBreaker } from '../../../../src/redis.ts';
import { NAME } from './terms.ts';

/** What became of the calls that a member made through the circuit. */
export interface BreakerReading {
  readonly circuit: string | undefined;
  readonly answered: number;
  /** The longest that a call took beyond its deadline, in milliseconds. */
  readonly lateMs: number;
}

const EVERY_MS = 200;
const ATTEMPT_TIMEOUT_MS = 500;
/** The deadline of a call: sooner than it would be refused at an open circuit. */
const DEADLINE_MS = 2000;

/** The calls that one member makes through the circuit of its fleet, to a server that fails at times. */
export class BreakerCalls {
  isFailing = false;
  readonly #breaker: Policy;
  readonly #around: Policy;
  readonly #timer: NodeJS.Timeout;
  #answered = 0;
  #lateMs = 0;

  constructor(client: Redis) {
    this.#breaker = redisCircuitBreaker({
      client,
      name: NAME,
      attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
    });
    this.#around = pipeline(
      timeout({ timeoutMs: DEADLINE_MS }),
      this.#breaker,
      timeout({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
    );
    this.#timer = setInterval(() => void this.#call(), EVERY_MS);
  }

  get reading(): BreakerReading {
    const { circuit } = controlOf(this.#breaker).state(NAME);
    return { circuit: circuit?.state, answered: this.#answered, lateMs: this.#lateMs };
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #call(): Promise<void> {
    const since = performance.now();
    const isAnswered = await this.#around
      .execute(() => {
        if (this.isFailing) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      })
      .then(
        () => true,
        () => false,
      );
    if (isAnswered) this.#answered += 1;
    this.#lateMs = Math.max(this.#lateMs, performance.now() - since - DEADLINE_MS);
  }
}
