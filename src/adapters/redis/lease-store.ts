import { setAlarm, type Clock } from '../../core/clock.ts';
import {
  readAnswer,
  troubleOf,
  writeSigns,
  type Grant,
  type LeaseRequest,
} from './lease-messages.ts';
import { leaseLeadMs, type LeaseTerms } from './lease-terms.ts';
import { LEASE_SCRIPT, LIMIT_LIVES_MS } from './lease-script.ts';
import type { SendCommand } from './redis-client.ts';
import { runScript } from './run-script.ts';
import { ServerTime } from './server-time.ts';
import { writeSlots, type Slots } from './slots.ts';
import { storeErrorKindOf, type StoreErrorKind } from './store-errors.ts';
import {
  FIRST_RETRY_MS,
  FORGOTTEN_AFTER_MS,
  LAST_RETRY_MS,
  MOST_UNANSWERED,
} from './store-patience.ts';

/** Called for what becomes of a request. */
export interface LeaseListener {
  granted(grant: Grant): void;
  /** A request failed; the store is asked again after `retryAfterMs`. */
  failed(kind: StoreErrorKind, error: unknown, retryAfterMs: number): void;
  /** The store answers again. */
  recovered(aloneMs: number): void;
}

/** How a store is asked. */
export interface LeaseStoreSettings {
  readonly send: SendCommand;
  /** The name of the limit in the store. */
  readonly key: string;
  readonly terms: LeaseTerms;
  readonly clock: Clock;
  readonly random: () => number;
  /** How long an answer is waited for, in milliseconds. */
  readonly timeoutMs: number;
  /** How many members there are, until the store says it. */
  readonly expectedMembers: number;
}

interface Question {
  readonly sequence: number;
  readonly sentAt: number;
  readonly dueAt: number;
  /** Whether the store answered when it was sent: it went out at once, as far as is known. */
  readonly wasJoined: boolean;
  isOver: boolean;
}

/** A slow store is waited for up to this long, once it is known to be slow. */
const LONGEST_TIMEOUT_MS = 2000;

/**
 * One limit in the store, as one member sees it. It asks for one lease at a time, and again under
 * the same number until an answer has come, so that a request that is sent twice is granted once. An
 * answer that comes late is as good as one in time: a lease says itself when its slots may be used.
 */
export class LeaseStore {
  readonly time = new ServerTime();
  /** How many members share the limit, this one included; the store says it. */
  members: number;
  /** How many tokens the heaviest call takes that a member lately asked for; the store says it. */
  heaviest = 1;
  readonly #settings: LeaseStoreSettings;
  readonly #listener: LeaseListener;
  readonly #member = crypto.randomUUID();
  readonly #unanswered = new Set<Question>();
  #question: Question | undefined;
  #sequence = 1;
  /** The birth of the store's hash; 0 where it may have expired since. */
  #born = 0;
  #answeredAt = -Infinity;
  #aloneSince: number | undefined;
  #retryAt = -Infinity;
  #retryMs = FIRST_RETRY_MS;

  constructor(settings: LeaseStoreSettings, listener: LeaseListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.members = settings.expectedMembers;
  }

  /** Since when the store does not do its work; `undefined` while it does. */
  get aloneSince(): number | undefined {
    return this.#aloneSince;
  }

  /** The moment at which something must be done, although the store says nothing. */
  get dueAt(): number {
    return this.#question?.dueAt ?? this.#retryAt;
  }

  /** Notes whether the answer that is waited for is overdue. */
  check(now: number): void {
    if (this.#question === undefined || now < this.#question.dueAt) return;
    this.#fail(this.#question, new Error(`no answer in ${this.#timeoutMs} ms`), 'timeout', now);
  }

  /** Whether the store may be asked now. */
  mayAsk(now: number): boolean {
    if (this.#question !== undefined || now < this.#retryAt) return false;
    if (this.#unanswered.size < MOST_UNANSWERED) return true;
    for (const question of this.#unanswered) {
      if (question.sentAt + FORGOTTEN_AFTER_MS > now) return false;
      this.#unanswered.delete(question);
      return true;
    }
    return true;
  }

  ask(request: LeaseRequest, now: number): void {
    const question: Question = {
      sequence: this.#sequence,
      sentAt: now,
      dueAt: now + this.#timeoutMs,
      wasJoined: this.#answeredAt > -Infinity && this.#aloneSince === undefined,
      isOver: false,
    };
    this.#question = question;
    this.#unanswered.add(question);
    this.#send(this.#argumentsFor(request, now, 'stays')).then(
      (answer) => this.#answered(question, answer),
      (error: unknown) => {
        this.#unanswered.delete(question);
        if (!question.isOver) this.#fail(question, error, storeErrorKindOf(error), this.#now);
      },
    );
  }

  /** Returns slots and leaves the limit; resolves in time, whether the store has heard of it or not. */
  leave(returned: readonly Slots[]): Promise<void> {
    this.#sequence += 1;
    const now = this.#now;
    const sent = this.#send(this.#argumentsFor({ needed: 0, ahead: 0, returned }, now, 'leaves'));
    return new Promise((resolve) => {
      const alarm = setAlarm(this.#settings.clock, resolve, now + this.#timeoutMs);
      const settle = (): void => {
        alarm.cancel();
        resolve();
      };
      sent.then(settle, settle);
    });
  }

  get #now(): number {
    return this.#settings.clock.now();
  }

  get #timeoutMs(): number {
    const { timeoutMs } = this.#settings;
    return Math.max(timeoutMs, Math.min(2 * this.time.roundTripMs, LONGEST_TIMEOUT_MS));
  }

  #argumentsFor(request: LeaseRequest, now: number, then: 'stays' | 'leaves'): string[] {
    const { intervalMs, validMs, spareMs } = this.#settings.terms;
    const { roundTripMs, wayBackMs } = this.time;
    const isAlone = this.#aloneSince !== undefined;
    // A store that forgets the limit because nobody asked has lost nothing.
    const mayHaveExpired = !isAlone && now - this.#answeredAt > LIMIT_LIVES_MS - 1000;
    const isKnown = this.#answeredAt > -Infinity && !mayHaveExpired;
    return [
      this.#member,
      this.#sequence,
      intervalMs,
      validMs,
      spareMs,
      request.needed,
      request.ahead,
      wayBackMs,
      isKnown || isAlone ? this.members : 0,
      leaseLeadMs(this.#settings.terms, this.members, roundTripMs, this.heaviest),
      isKnown ? this.#born : 0,
      isAlone ? 1 : 0,
      writeSlots(request.returned),
      then === 'leaves' ? 1 : 0,
      roundTripMs > 0 && !isAlone ? this.time.latestOf(now) : 0,
      // Without an answer the store's time is not known.
      writeSigns(this.#answeredAt > -Infinity ? request.signs : undefined, this.time),
      request.probe ?? 0,
      request.whole ?? 1,
    ].map(String);
  }

  #send(words: readonly string[]): Promise<unknown> {
    const { send, key } = this.#settings;
    return runScript(send, LEASE_SCRIPT, key, words, (error) => {
      if (this.#answeredAt > -Infinity) this.#listener.failed('script-missing', error, 0);
    });
  }

  #answered(question: Question, answer: unknown): void {
    const now = this.#now;
    this.#unanswered.delete(question);
    try {
      const reading = readAnswer(answer);
      const { serverNow, members, born, slots, isLearning, trouble, heaviest } = reading;
      this.time.heard(serverNow, question.sentAt, now, question.wasJoined || !question.isOver);
      this.members = members;
      this.heaviest = heaviest;
      this.#born = born;
      const isNews = question.sequence === this.#sequence;
      if (isNews) this.#sequence += 1;
      this.#recover(now);
      this.#answeredAt = now;
      // A question that was asked again has been answered by this, too.
      if (isNews || question === this.#question) this.#close(this.#question);
      this.#listener.granted({
        slots: isNews ? slots : [],
        isLearning,
        trouble: troubleOf(trouble, this.time),
      });
    } catch (error) {
      if (!question.isOver) this.#fail(question, error, 'unexpected', now);
    }
  }

  #close(question: Question | undefined): void {
    if (question !== undefined) question.isOver = true;
    this.#question = undefined;
  }

  #recover(now: number): void {
    this.#retryAt = -Infinity;
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#aloneSince === undefined) return;
    const aloneMs = now - this.#aloneSince;
    this.#aloneSince = undefined;
    this.#listener.recovered(aloneMs);
  }

  #fail(question: Question, error: unknown, kind: StoreErrorKind, now: number): void {
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
