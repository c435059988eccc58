import { describe, expect, test } from '@jest/globals';
import { OptionError } from '../../src/core/options.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.ts';
import { CIRCUIT_BREAKER_DEFAULTS } from '../../src/policies/circuit-breaker/adaptive-options.ts';
import { CLASSIC_CIRCUIT_DEFAULTS } from '../../src/policies/circuit-breaker/classic-options.ts';
import { RETRY_DEFAULTS, retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { TOKEN_BUCKET_DEFAULTS } from '../../src/policies/rate-limit/token-bucket-options.ts';
import { virtualClock } from '../../src/testing.ts';

/** Every kind of value that somebody may pass by mistake, by the words for it. */
const VALUES: Readonly<Record<string, unknown>> = {
  'negative infinity': -Infinity,
  'a negative number': -1,
  zero: 0,
  'a small fraction': 0.25,
  one: 1,
  'a broken number': 1.5,
  'a large number': 1e6,
  infinity: Infinity,
  NaN,
  'a numeric string': '5',
  'an unknown word': 'sometimes',
  'an empty string': '',
  null: null,
  true: true,
  'an array': [5],
  'an object': {},
  'a function': () => 0,
  'a bigint': 5n,
};
const NUMBERS = ['zero', 'a small fraction', 'one', 'a broken number', 'a large number'] as const;
const POSITIVE = NUMBERS.slice(1);
const WHOLE = ['zero', 'one', 'a large number'] as const;
const FUNCTION = ['a function'] as const;
const CLOCK: readonly string[] = [];

/** For each option of each policy, those of the values above that are right. */
const RIGHT = {
  retry: {
    maxRetries: [...WHOLE, 'infinity'],
    baseDelayMs: NUMBERS,
    maxDelayMs: NUMBERS,
    jitter: [],
    maxRetryAfterMs: NUMBERS,
    unsafeMethods: [],
    onEvent: FUNCTION,
    clock: CLOCK,
    random: FUNCTION,
  },
  tokenBucket: {
    ratePerSecond: POSITIVE,
    burst: WHOLE.slice(1),
    maxQueue: [...WHOLE, 'infinity'],
    maxWaitMs: [...POSITIVE, 'infinity'],
    onEmpty: [],
    maxKeys: WHOLE.slice(1),
    onEvent: FUNCTION,
    clock: CLOCK,
  },
  circuitBreaker: {
    mode: [],
    attemptTimeoutMs: [...POSITIVE, 'infinity'],
    consecutiveFailures: [...WHOLE.slice(1), 'infinity'],
    failureRatio: ['a small fraction', 'one'],
    minimumCalls: WHOLE.slice(1),
    windowMs: POSITIVE,
    openMs: POSITIVE,
    maxOpenMs: POSITIVE,
    halfOpenProbes: WHOLE.slice(1),
    probeTimeoutMs: POSITIVE,
    maxKeys: WHOLE.slice(1),
    onEvent: FUNCTION,
    clock: CLOCK,
    random: FUNCTION,
  },
  timeout: { timeoutMs: POSITIVE, onEvent: FUNCTION, clock: CLOCK },
} as const;

type Make = (options: unknown) => unknown;
const MAKE: Readonly<Record<string, Make>> = {
  retry,
  tokenBucket,
  circuitBreaker,
  timeout,
} as never;
/** What an option needs beside it to be tried on its own. */
const BESIDE: Readonly<Record<string, object>> = {
  'tokenBucket.burst': { ratePerSecond: 5 },
  'circuitBreaker.minimumCalls': { failureRatio: 0.5 },
  'circuitBreaker.windowMs': { failureRatio: 0.5 },
  'circuitBreaker.consecutiveFailures': { mode: 'classic' },
  'circuitBreaker.openMs': { mode: 'classic', maxOpenMs: 1e9 },
  'circuitBreaker.maxOpenMs': { mode: 'classic', openMs: 1e-9 },
  'circuitBreaker.halfOpenProbes': { mode: 'classic' },
  'circuitBreaker.probeTimeoutMs': { mode: 'classic' },
};

const OPTIONS = Object.entries(RIGHT).flatMap(([policy, options]) =>
  Object.entries(options).map(([name, right]) => ({
    option: `${policy}.${name}`,
    right: right as readonly string[],
    set: (value: unknown) =>
      MAKE[policy]!({
        ...(policy === 'timeout' ? { timeoutMs: 5 } : {}),
        ...BESIDE[`${policy}.${name}`],
        [name]: value,
      }),
  })),
);

function complaintOf(run: () => unknown): OptionError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
}

describe('wrong options throw at construction', () => {
  test.each(OPTIONS)(
    '$option accepts $right of all values, and complains of the others',
    ({ option, right, set }) => {
      for (const [words, value] of Object.entries(VALUES)) {
        const complaint = complaintOf(() => set(value));
        expect([words, complaint === undefined]).toEqual([words, right.includes(words)]);
        if (complaint === undefined) continue;
        expect(complaint.option).toBe(option);
        // The option, what was expected, and what came.
        expect(complaint.message).toMatch(
          new RegExp(`^${option.replace('.', '\\.')} must be .+, but it is .+$`),
        );
      }
    },
  );

  test.each(OPTIONS)(
    '$option may be given as undefined, which is leaving it out',
    ({ option, set }) => {
      if (option === 'timeout.timeoutMs') {
        expect(() => set(undefined)).toThrow(
          'timeout.timeoutMs must be a finite number above 0, but it is undefined',
        );
      } else {
        expect(() => set(undefined)).not.toThrow();
      }
    },
  );

  test('says it in one sentence', () => {
    const said = (run: () => unknown) => complaintOf(run)!.message;
    expect(said(() => retry({ maxRetries: -1 }))).toBe(
      'retry.maxRetries must be a whole number of at least 0, or Infinity, but it is -1',
    );
    expect(said(() => tokenBucket({ ratePerSecond: 0 }))).toBe(
      'tokenBucket.ratePerSecond must be a finite number above 0, but it is 0',
    );
    expect(said(() => tokenBucket({ ratePerSecond: 1, burst: NaN }))).toBe(
      'tokenBucket.burst must be a whole number of at least 1, but it is NaN',
    );
    expect(said(() => retry({ jitter: 'some' as never }))).toBe(
      `retry.jitter must be one of 'full', 'equal', 'none', but it is "some"`,
    );
    expect(said(() => circuitBreaker({ failureRatio: 50 }))).toBe(
      'circuitBreaker.failureRatio must be a number above 0 and at most 1, but it is 50',
    );
  });

  test.each(Object.keys(RIGHT))(
    '%s complains of a name that it does not know, and tells those it knows',
    (policy) => {
      const right = policy === 'timeout' ? { timeoutMs: 5 } : {};
      for (const name of ['maxRetry', 'retries', 'constructor', 'toString']) {
        const complaint = complaintOf(() => MAKE[policy]!({ ...right, [name]: 5 }));
        expect(complaint?.option).toBe(`${policy}.${name}`);
        for (const known of Object.keys(RIGHT[policy as keyof typeof RIGHT])) {
          expect(complaint?.message).toContain(known);
        }
      }
    },
  );

  test.each(Object.keys(RIGHT))('%s complains of options that are none', (policy) => {
    for (const [words, value] of Object.entries(VALUES)) {
      if (words === 'an object') continue;
      expect(complaintOf(() => MAKE[policy]!(value))?.option).toMatch(new RegExp(`^${policy}`));
    }
  });

  test('complains of options that do not go together', () => {
    expect(() => tokenBucket({ burst: 5 })).toThrow(
      'tokenBucket.burst must be left out where ratePerSecond is, but it is 5',
    );
    expect(() => circuitBreaker({ mode: 'classic', openMs: 500, maxOpenMs: 400 })).toThrow(
      'circuitBreaker.maxOpenMs must be at least openMs (500), but it is 400',
    );
    expect(() => circuitBreaker({ mode: 'classic', openMs: 70_000 })).toThrow(
      'circuitBreaker.maxOpenMs',
    );
  });

  test.each([
    'consecutiveFailures',
    'openMs',
    'maxOpenMs',
    'halfOpenProbes',
    'probeTimeoutMs',
  ] as const)('an adaptive breaker has no %s, and says which mode has', (name) => {
    const said = complaintOf(() => circuitBreaker({ [name]: 5 }))!.message;
    expect(said).toBe(
      `circuitBreaker.${name} must be left out: it belongs to mode 'classic' (add mode: 'classic' to use it), but it is 5`,
    );
    expect(() => circuitBreaker({ [name]: undefined })).not.toThrow();
  });

  test('what belongs to a ratio is of no use without one', () => {
    expect(() => circuitBreaker({ minimumCalls: 5 })).toThrow(
      "circuitBreaker.minimumCalls must be left out: it belongs to failureRatio, or to mode 'classic', but it is 5",
    );
  });

  test('takes its options as they were at construction', async () => {
    const clock = virtualClock();
    const options = { maxRetries: 0, clock };
    const policy = retry(options);
    options.maxRetries = 5;
    let attempts = 0;
    const operation = () => {
      attempts += 1;
      throw Object.assign(new Error('unavailable'), { status: 503 });
    };
    await expect(clock.run(policy.execute(operation))).rejects.toThrow('unavailable');
    expect(attempts).toBe(1);
  });

  test('has defaults that are right, and cannot be changed', () => {
    const { failureRatio } = CLASSIC_CIRCUIT_DEFAULTS;
    expect(() => retry({ ...RETRY_DEFAULTS })).not.toThrow();
    expect(() => tokenBucket({ ...TOKEN_BUCKET_DEFAULTS })).not.toThrow();
    expect(() => circuitBreaker({ ...CIRCUIT_BREAKER_DEFAULTS })).not.toThrow();
    expect(() => circuitBreaker({ mode: 'classic', ...CLASSIC_CIRCUIT_DEFAULTS })).not.toThrow();
    expect(() => Object.assign(CLASSIC_CIRCUIT_DEFAULTS, { failureRatio: 0 })).toThrow(TypeError);
    expect(CLASSIC_CIRCUIT_DEFAULTS.failureRatio).toBe(failureRatio);
    for (const defaults of [RETRY_DEFAULTS, TOKEN_BUCKET_DEFAULTS]) {
      expect(Object.isFrozen(defaults)).toBe(true);
    }
  });
});
