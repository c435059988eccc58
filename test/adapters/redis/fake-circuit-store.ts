import { sleep, type Clock } from '../../../src/core/clock.ts';
import { CircuitModel } from './circuit-model.ts';
import { ReplyError } from './fake-store.ts';

/** A store that keeps circuits as the script does, and misbehaves on command. */
export class FakeCircuitStore {
  readonly #clock: Clock;
  readonly #circuits = new Map<string, CircuitModel>();
  readonly #held: (() => void)[] = [];
  #knowsScript = false;
  /** How long a command and its answer take together. */
  roundTripMs = 1;
  /** `'answers'`; `'hangs'`: commands are kept until it answers again, as clients do while offline. */
  mood: 'answers' | 'hangs' = 'answers';
  /** Each command is answered with this error. */
  error: Error | undefined;
  /** Every command is sent twice, as a client may after a reconnect. */
  sendsTwice = false;
  /** What it answers in place of what the script says. */
  nonsense: unknown;
  /** The names of the commands that came, with their keys. */
  readonly commands: { readonly name: string; readonly key: string; readonly at: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly send = async ([name = '', script = '', , key = '', ...words]: readonly string[]) => {
    this.commands.push({ name, key, at: this.#clock.now() });
    if (this.mood === 'hangs') {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    }
    await sleep(this.#clock, this.roundTripMs / 2);
    if (this.error !== undefined) throw this.error;
    if (name === 'EVALSHA' && !this.#knowsScript) {
      throw new ReplyError('NOSCRIPT No matching script. Please use EVAL.');
    }
    if (name === 'EVAL' && !script.includes('HMGET')) throw new ReplyError('ERR no script');
    this.#knowsScript = true;
    let circuit = this.#circuits.get(key);
    if (circuit === undefined) this.#circuits.set(key, (circuit = new CircuitModel()));
    if (this.sendsTwice) circuit.run(words, this.#clock.epochNow());
    const answer = circuit.run(words, this.#clock.epochNow());
    await sleep(this.#clock, this.roundTripMs / 2);
    return this.nonsense ?? answer;
  };

  /** Answers again, first to all the commands that were kept. */
  answer(): void {
    this.mood = 'answers';
    for (const go of this.#held.splice(0)) go();
  }

  forgetScript(): void {
    this.#knowsScript = false;
  }

  forgetAll(): void {
    for (const circuit of this.#circuits.values()) circuit.forgetAll();
  }
}
