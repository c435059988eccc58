import type { Clock } from '../../core/clock.ts';
import type { SendCommand } from './redis-client.ts';
import { runScript } from './run-script.ts';
import { storeErrorKindOf, type StoreErrorKind } from './store-errors.ts';
import {
  FIRST_RETRY_MS,
  FORGOTTEN_AFTER_MS,
  LAST_RETRY_MS,
  MOST_UNANSWERED,
} from './store-patience.ts';

/** How a store is asked. */
export interface StoreLinkSettings {
  readonly send: SendCommand;
  readonly script: string;
  /** The key that the script works on. */
  readonly key: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** How long an answer is waited for, in milliseconds. */
  readonly timeoutMs: number;
}

/** Called for what becomes of a question. */
export interface StoreLinkListener<Asked> {
  /**
   * An answer, to the latest question or, late, to one that was given up.
   *
   * @throws for an answer that is none of the script's
   */
  answered(answer: unknown, asked: Asked): void;
  /** A question failed; the store is asked again after `retryAfterMs`. */
  failed(kind: StoreErrorKind, error: unknown, retryAfterMs: number): void;
  /** The store answers again. */
  recovered(aloneMs: number): void;
}

interface Question<Asked> {
  readonly asked: Asked;
  readonly sequence: number;
  readonly sentAt: number;
  readonly dueAt: number;
  isOver: boolean;
}

/**
 * Asks a script in the store one question at a time, each numbered and with a deadline of its own. It
 * sets no timer: whoever waits for an answer looks again at {@link StoreLink.dueAt}.
 *
 * @typeParam Asked - what is remembered of a question until it is answered
 */
export class StoreLink<Asked> {
  readonly #settings: StoreLinkSettings;
  readonly #listener: StoreLinkListener<Asked>;
  readonly #member = crypto.randomUUID();
  readonly #unanswered = new Set<Question<Asked>>();
  #question: Question<Asked> | undefined;
  #sequence = 0;
  #answeredSequence = 0;
  #aloneSince: number | undefined;
  #retryAt = -Infinity;
  #retryMs = FIRST_RETRY_MS;

  constructor(settings: StoreLinkSettings, listener: StoreLinkListener<Asked>) {
    this.#settings = settings;
    this.#listener = listener;
  }

  /** Since when the store does not do its work; `undefined` while it does. */
  get aloneSince(): number | undefined {
    return this.#aloneSince;
  }

  /** Whether an answer is waited for. */
  get isAsking(): boolean {
    return this.#question !== undefined;
  }

  /** When the answer is overdue that is waited for; where none is, when the store may be asked again. */
  get dueAt(): number {
    return this.#question?.dueAt ?? this.#retryAt;
  }

  /** Notes whether the answer that is waited for is overdue. */
  check(now: number): void {
    if (this.#question === undefined || now < this.#question.dueAt) return;
    const error = new Error(`no answer in ${this.#settings.timeoutMs} ms`);
    this.#fail(this.#question, error, 'timeout', now);
  }

  /** Whether the store may be asked now. */
  mayAsk(now: number): boolean {
    if (this.#question !== undefined || now < this.#retryAt) return false;
    if (this.#unanswered.size < MOST_UNANSWERED) return true;
    const [oldest] = this.#unanswered;
    if (oldest === undefined || oldest.sentAt + FORGOTTEN_AFTER_MS > now) return false;
    this.#unanswered.delete(oldest);
    return true;
  }

  /** @param words - what the script is told, after the member and the number of the question */
  ask(asked: Asked, words: readonly string[], now: number): void {
    this.#sequence += 1;
    const question: Question<Asked> = {
      asked,
      sequence: this.#sequence,
      sentAt: now,
      dueAt: now + this.#settings.timeoutMs,
      isOver: false,
    };
    this.#question = question;
    this.#unanswered.add(question);
    this.#send([this.#member, String(question.sequence), ...words]).then(
      (answer) => this.#answered(question, answer),
      (error: unknown) => {
        this.#unanswered.delete(question);
        if (!question.isOver) this.#fail(question, error, storeErrorKindOf(error), this.#now);
      },
    );
  }

  get #now(): number {
    return this.#settings.clock.now();
  }

  #send(words: readonly string[]): Promise<unknown> {
    const { send, script, key } = this.#settings;
    return runScript(send, script, key, words, (error) => {
      if (this.#answeredSequence > 0) this.#listener.failed('script-missing', error, 0);
    });
  }

  #answered(question: Question<Asked>, answer: unknown): void {
    this.#unanswered.delete(question);
    // One that was overtaken by a later one tells of the past.
    if (question.sequence < this.#answeredSequence) return;
    const now = this.#now;
    const aloneSince = this.#aloneSince;
    try {
      if (this.#question === question) this.#question = undefined;
      this.#aloneSince = undefined;
      this.#listener.answered(answer, question.asked);
      this.#answeredSequence = question.sequence;
      this.#retryAt = -Infinity;
      this.#retryMs = FIRST_RETRY_MS;
      if (aloneSince !== undefined) this.#listener.recovered(now - aloneSince);
    } catch (error) {
      this.#aloneSince = aloneSince;
      if (!question.isOver) this.#fail(question, error, 'unexpected', now);
    }
  }

  #fail(question: Question<Asked>, error: unknown, kind: StoreErrorKind, now: number): void {
    question.isOver = true;
    if (this.#question === question) this.#question = undefined;
    this.#aloneSince ??= now;
    // Members that lost the store together should not all come back in the same moment.
    const retryMs = this.#retryMs * (0.75 + this.#settings.random() / 4);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#retryAt = now + retryMs;
    this.#listener.failed(kind, error, retryMs);
  }
}
