import type { Clock } from '../../../src/core/clock.ts';
import { sleep } from '../../../src/core/clock.ts';
import { writeSlots, type Slots } from '../../../src/adapters/redis/slots.ts';

/** A Redis error, as clients throw it. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

interface Member {
  sequence: number;
  given: string;
}

/** The moment of the store's clock at which the test begins: nobody's wall clock. */
const BEGINNING = 1_700_000_000_000;

/**
 * A store that gives out slots as the script does, without its learning mode, and misbehaves on
 * command. The script itself is tested on a real Redis.
 */
export class FakeStore {
  /** The store's time when the test's clock showed 0. */
  readonly beganAt = BEGINNING;
  readonly #clock: Clock;
  readonly #members = new Map<string, Member>();
  readonly #held: (() => void)[] = [];
  #nextSlot = -Infinity;
  #knowsScript = false;
  /** How long a command and its answer take together. */
  roundTripMs = 1;
  /** `'answers'`; `'hangs'`: commands are kept until it answers again, as clients do while offline. */
  mood: 'answers' | 'hangs' = 'answers';
  /** Each command is answered with this error. */
  error: Error | undefined;
  /** Commands run, but their answers are lost. */
  losesAnswers = false;
  /** Every command is sent twice, as a client may after a reconnect. */
  sendsTwice = false;
  /** The names of the commands that came, and what each was asked for. */
  readonly commands: string[] = [];
  readonly asked: { readonly needed: number; readonly ahead: number; readonly returned: string }[] =
    [];
  /** The slots that were given out, the replayed ones not counted. */
  readonly given: Slots[] = [];
  returned = '';
  /** What members told of the limited server: start of the latest accepted attempt, throttles, their start, the end. */
  readonly told: string[] = [];
  /** The stop that members are told of: its beginning and the next probe, by the test's clock. */
  stop:
    { readonly since: number; readonly probeAt: number; readonly throttles: number } | undefined;
  /** Throttles in a row that are no stop yet. */
  throttles = 0;
  left = 0;
  /** How many tokens the heaviest call takes that was asked for. */
  heaviest = 1;
  /** When members were given a token to try with, by the test's clock. */
  readonly probes: number[] = [];
  members: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get now(): number {
    return BEGINNING + this.#clock.now();
  }

  readonly send = async (command: readonly string[]): Promise<unknown> => {
    this.commands.push(command[0] ?? '');
    if (this.mood === 'hangs') {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    }
    await sleep(this.#clock, this.roundTripMs / 2);
    if (this.error !== undefined) throw this.error;
    if (this.sendsTwice) this.#run(command);
    const answer = this.#run(command);
    await sleep(this.#clock, this.roundTripMs / 2);
    if (this.losesAnswers) await new Promise<never>(() => {});
    return answer;
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
    this.#members.clear();
    this.#nextSlot = -Infinity;
  }

  #run([name, script, , , ...words]: readonly string[]): unknown {
    if (name === 'EVALSHA' && !this.#knowsScript) {
      throw new ReplyError('NOSCRIPT No matching script. Please use EVAL.');
    }
    if (name === 'EVAL' && !script?.includes('HMGET')) throw new ReplyError('ERR no script');
    this.#knowsScript = true;
    const [id = '', ...numbers] = words;
    const [sequence = 0, interval = 0, valid = 0, spare = 0, needed = 0, ahead = 0, delay = 0] =
      numbers.map(Number);
    const [returned = '', leaves, , signs = ''] = words.slice(12);
    if (!signs.startsWith('0 0 0')) this.told.push(signs);
    const member = this.#members.get(id) ?? { sequence: 0, given: '' };
    this.#members.set(id, member);
    if (sequence > member.sequence) {
      member.sequence = sequence;
      this.asked.push({ needed, ahead, returned });
      this.heaviest = Math.max(this.heaviest, Number(words[17]));
      const slots: Slots[] = [];
      const take = (count: number, earliest: number) => {
        if (count <= 0) return;
        const start = Math.max(this.#nextSlot, earliest);
        slots.push({ start, count, spacing: interval });
        this.#nextSlot = start + count * interval;
      };
      if (this.#nextSlot === -Infinity) this.#nextSlot = this.now;
      const isProbe = this.stop !== undefined && this.#clock.now() >= this.stop.probeAt;
      const most = this.stop === undefined ? Infinity : isProbe ? Number(words[16]) : 0;
      take(Math.min(needed, most), this.now + delay + spare - valid);
      take(Math.min(ahead, most), this.now + delay);
      if (isProbe && slots.length > 0) {
        this.probes.push(this.#clock.now());
        const { probeAt, since } = this.stop!;
        this.stop = { ...this.stop!, probeAt: this.#clock.now() + 2 * (probeAt - since) };
      }
      this.given.push(...slots);
      member.given = writeSlots(slots);
      if (returned !== '') this.returned = returned;
    } else if (sequence < member.sequence) {
      return this.#answer('');
    }
    if (leaves === '1') {
      this.left += 1;
      this.#members.delete(id);
    }
    return this.#answer(member.given);
  }

  #answer(given: string): unknown {
    const {
      since = -BEGINNING,
      probeAt = -BEGINNING,
      throttles = this.throttles,
    } = this.stop ?? {};
    const trouble = `${throttles} ${BEGINNING + since} ${BEGINNING + probeAt} 0`;
    return [
      `${this.now}`,
      this.members ?? this.#members.size,
      '1',
      given,
      '0',
      trouble,
      this.heaviest,
    ];
  }
}
