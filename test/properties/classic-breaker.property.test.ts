import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ownClassification, type Health } from '../../src/core/classification.ts';
import {
  ClassicCircuit,
  type ClassicSettings,
  type Ticket,
} from '../../src/policies/circuit-breaker/classic-circuit.ts';

const RUNS = { numRuns: 1000 };

const failureWith = (retryAfterMs: number | undefined) =>
  ownClassification({
    category: 'retryable',
    decidedBy: 'status',
    rule: 'a failure',
    retryAfterMs,
  });

/** What a breaker should do, in as few words as possible: it keeps every outcome and counts anew. */
class ReferenceBreaker {
  readonly #settings: ClassicSettings;
  #state: 'closed' | 'open' | 'half-open' = 'closed';
  #generation = 0;
  #until = 0;
  #openings = 0;
  #succeeded = 0;
  #outcomes: { slice: number; failed: boolean }[] = [];
  #run = 0;
  #leases: { id: number; until: number }[] = [];
  #ids = 0;

  constructor(settings: ClassicSettings) {
    this.#settings = settings;
  }

  stateAt = (now: number) =>
    this.#state === 'open' && now >= this.#until ? 'half-open' : this.#state;

  #enter(state: 'closed' | 'open' | 'half-open'): void {
    this.#generation += 1;
    [this.#state, this.#outcomes, this.#leases, this.#succeeded] = [state, [], [], 0];
    this.#run = 0;
  }

  admit(now: number): { id: number; generation: number } | undefined {
    if (this.#state === 'open' && now >= this.#until) this.#enter('half-open');
    if (this.#state === 'open') return undefined;
    const ticket = { id: (this.#ids += 1), generation: this.#generation };
    if (this.#state === 'closed') return ticket;
    this.#leases = this.#leases.filter(({ until }) => until > now);
    if (this.#leases.length + this.#succeeded >= this.#settings.halfOpenProbes) return undefined;
    this.#leases.push({ id: ticket.id, until: now + this.#settings.probeTimeoutMs });
    return ticket;
  }

  settle(
    { id, generation }: { id: number; generation: number },
    health: Health,
    now: number,
    hintMs: number,
  ): void {
    if (generation !== this.#generation) return;
    this.#leases = this.#leases.filter((lease) => lease.id !== id);
    if (health === 'unknown') return;
    if (this.#state === 'half-open') {
      if (health === 'failing') return this.open(now, hintMs);
      if ((this.#succeeded += 1) === this.#settings.halfOpenProbes) this.close();
      return;
    }
    const slice = Math.floor(now / (this.#settings.windowMs / 10));
    this.#outcomes.push({ slice, failed: health === 'failing' });
    const recent = this.#outcomes.filter((outcome) => outcome.slice > slice - 10);
    const failures = recent.filter(({ failed }) => failed).length;
    const { consecutiveFailures, failureRatio, minimumCalls } = this.#settings;
    this.#run = health === 'healthy' ? 0 : this.#run + 1;
    const [seenBefore, failedBefore] = [recent.length - this.#run, failures - this.#run];
    const share = seenBefore > 0 ? Math.max(failedBefore, 0) / seenBefore : 0;
    if (this.#run >= consecutiveFailures && share ** this.#run <= 1e-8) {
      return this.open(now, hintMs);
    }
    if (health === 'healthy' || recent.length < minimumCalls) return;
    if (failures / recent.length >= failureRatio - 1e-10) this.open(now, hintMs);
  }

  open(now: number, hintMs: number): void {
    const { openMs, maxOpenMs } = this.#settings;
    const openings = this.#state === 'closed' ? 0 : this.#openings;
    this.#until =
      now +
      Math.ceil(
        Math.max(Math.min(openMs * 2 ** openings, maxOpenMs / 1.1), Math.min(hintMs, maxOpenMs)),
      );
    this.#openings = openings + 1;
    this.#enter('open');
  }

  forceOpen(): void {
    [this.#until, this.#openings] = [Infinity, 0];
    this.#enter('open');
  }

  close(): void {
    this.#enter('closed');
  }
}

type Step =
  | { readonly kind: 'call' | 'force open' | 'close' }
  | {
      readonly kind: 'end';
      readonly which: number;
      readonly health: Health;
      readonly hintMs: number;
    }
  | { readonly kind: 'fail at once' | 'succeed at once'; readonly times: number }
  | { readonly kind: 'pass'; readonly milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'call' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      // Among those under way: 0 is the oldest, a straggler more often than not.
      which: fc.nat({ max: 6 }),
      health: fc.constantFrom<Health>('healthy', 'failing', 'failing', 'unknown'),
      hintMs: fc.constantFrom(0, 0, 0, 700, 5000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('fail at once' as const, 'succeed at once' as const),
      times: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      milliseconds: fc.oneof(
        fc.constantFrom(1, 10, 99, 100, 101, 500, 999, 1000, 1001),
        fc.nat({ max: 3000 }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ kind: 'force open' as const }, { kind: 'close' as const }),
  },
);

const settings: fc.Arbitrary<ClassicSettings> = fc.record({
  consecutiveFailures: fc.constantFrom(2, 3, 5, Infinity),
  failureRatio: fc.constantFrom(0.1, 0.25, 1 / 3, 0.5, 0.7, 1),
  minimumCalls: fc.integer({ min: 1, max: 6 }),
  windowMs: fc.constantFrom(100, 1000, 5000),
  openMs: fc.constantFrom(100, 1000),
  maxOpenMs: fc.constantFrom(1000, 4000),
  halfOpenProbes: fc.integer({ min: 1, max: 3 }),
  probeTimeoutMs: fc.constantFrom(50, 500, 5000),
});

describe('a circuit under random traffic', () => {
  test('agrees with the reference model after every step', () => {
    fc.assert(
      fc.property(settings, fc.array(step, { minLength: 20, maxLength: 80 }), (chosen, steps) => {
        const circuit = new ClassicCircuit(
          chosen,
          () => 0.5,
          () => {},
        );
        const model = new ReferenceBreaker(chosen);
        const underway: { ticket: Ticket; expected: { id: number; generation: number } }[] = [];
        let now = 0;

        const call = () => {
          const answer = circuit.admit(now);
          const expected = model.admit(now);
          if ('retryAfterMs' in answer !== (expected === undefined)) {
            throw new Error(`${expected ? 'refused' : 'admitted'} at ${now}`);
          }
          if ('retryAfterMs' in answer) {
            if (!(answer.retryAfterMs > 0)) throw new Error('a refusal until now');
            return;
          }
          underway.push({ ticket: answer, expected: expected! });
        };
        const end = (which: number, health: Health, hintMs: number) => {
          const [ended] = underway.splice(which % Math.max(underway.length, 1), 1);
          if (!ended) return;
          circuit.settle(ended.ticket, health, now, failureWith(hintMs || undefined));
          model.settle(ended.expected, health, now, hintMs);
        };

        for (const one of steps) {
          if (one.kind === 'pass') now += one.milliseconds;
          else if (one.kind === 'call') call();
          else if (one.kind === 'end') end(one.which, one.health, one.hintMs);
          else if (one.kind === 'force open') {
            circuit.forceOpen();
            model.forceOpen();
          } else if (one.kind === 'close') {
            circuit.close();
            model.close();
          } else if ('times' in one) {
            for (let time = 0; time < one.times; time += 1) {
              const before = underway.length;
              call();
              if (underway.length === before) break;
              end(before, one.kind === 'fail at once' ? 'failing' : 'healthy', 0);
            }
          }
          const [is, should] = [circuit.stateAt(now), model.stateAt(now)];
          if (is !== should) throw new Error(`${is} at ${now}, but should be ${should}`);
        }
      }),
      RUNS,
    );
  });

  test('goes through every state in most of those sequences, so that the agreement means something', () => {
    const seen = { open: 0, 'half-open': 0, closedAgain: 0 };
    fc.assert(
      fc.property(settings, fc.array(step, { minLength: 20, maxLength: 80 }), (chosen, steps) => {
        const changes = new Set<string>();
        const circuit = new ClassicCircuit(
          chosen,
          () => 0.5,
          (from, to) => void changes.add(`${from} ${to}`),
        );
        let now = 0;
        const underway: Ticket[] = [];
        for (const one of steps) {
          if (one.kind === 'pass') now += one.milliseconds;
          const answer = circuit.admit(now);
          if ('state' in answer) underway.push(answer);
          if (one.kind === 'end' && underway.length > 0) {
            circuit.settle(underway.splice(one.which % underway.length, 1)[0]!, one.health, now);
          }
        }
        if (changes.has('closed open')) seen.open += 1;
        if (changes.has('open half-open')) seen['half-open'] += 1;
        if (changes.has('half-open closed')) seen.closedAgain += 1;
      }),
      RUNS,
    );
    expect(seen.open).toBeGreaterThan(RUNS.numRuns / 3);
    expect(seen['half-open']).toBeGreaterThan(RUNS.numRuns / 10);
    expect(seen.closedAgain).toBeGreaterThan(20);
  });
});
