import { describe, expect, test } from '@jest/globals';
import {
  AWS_STANDARD_2_0,
  AWS_STANDARD_2026,
  awsStandard,
  type AwsRevision,
  type AwsStandardRule,
} from '../../bench/rules/aws-standard.ts';
import type { Outcome } from '../../bench/rules/rule.ts';

/**
 * The published vectors of both revisions: smithy-lang/smithy-kotlin at 6373a5f, the test resources
 * StandardRetryIntegrationTestResources and NewStandardRetryIntegrationTestResources, and
 * boto/botocore at 0e6e240, test_standard_retry_v2_1.py (Apache-2.0). They have no jitter.
 *
 * A step: the outcome, the quota after it, and the delay before the next attempt in seconds.
 */
type Step = readonly [outcome: Outcome, quota: number, delay?: number, hint?: string];

interface Vector {
  readonly name: string;
  readonly revision: AwsRevision;
  /** Steps by invocation. */
  readonly invocations: readonly (readonly Step[])[];
}

const old = (changes: Partial<AwsRevision> = {}) => ({ ...AWS_STANDARD_2_0, ...changes });
const revised = (changes: Partial<AwsRevision> = {}) => ({ ...AWS_STANDARD_2026, ...changes });

const VECTORS: readonly Vector[] = [
  {
    name: '2.0: a retry succeeds in the end',
    revision: old(),
    invocations: [
      [
        ['error', 495, 1],
        ['error', 490, 2],
        ['answered', 495],
      ],
    ],
  },
  {
    name: '2.0: the attempts are used up',
    revision: old(),
    invocations: [
      [
        ['error', 495, 1],
        ['error', 490, 2],
        ['error', 490],
      ],
    ],
  },
  {
    name: '2.0: the quota is used up after one retry',
    revision: old({ initialQuota: 5 }),
    invocations: [
      [
        ['error', 0, 1],
        ['error', 0],
      ],
    ],
  },
  {
    name: '2.0: no retry without a quota',
    revision: old({ initialQuota: 0 }),
    invocations: [[['error', 0]]],
  },
  {
    name: '2.0: exponential backoff',
    revision: old({ maxAttempts: 5 }),
    invocations: [
      [
        ['error', 495, 1],
        ['error', 490, 2],
        ['error', 485, 4],
        ['error', 480, 8],
        ['error', 480],
      ],
    ],
  },
  {
    name: '2.0: the longest backoff',
    revision: old({ maxAttempts: 5, capMs: 3_000 }),
    invocations: [
      [
        ['error', 495, 1],
        ['error', 490, 2],
        ['error', 485, 3],
        ['error', 480, 3],
        ['error', 480],
      ],
    ],
  },
  {
    name: '2026: a retry succeeds in the end',
    revision: revised(),
    invocations: [
      [
        ['error', 486, 0.05],
        ['error', 472, 0.1],
        ['answered', 486],
      ],
    ],
  },
  {
    name: '2026: the attempts are used up',
    revision: revised(),
    invocations: [
      [
        ['error', 486, 0.05],
        ['error', 472, 0.1],
        ['error', 472],
      ],
    ],
  },
  {
    name: '2026: the quota is used up after one retry',
    revision: revised({ initialQuota: 14 }),
    invocations: [
      [
        ['error', 0, 0.05],
        ['error', 0],
      ],
    ],
  },
  {
    name: '2026: no retry without a quota',
    revision: revised({ initialQuota: 0 }),
    invocations: [[['error', 0]]],
  },
  {
    name: '2026: exponential backoff',
    revision: revised({ maxAttempts: 5 }),
    invocations: [
      [
        ['error', 486, 0.05],
        ['error', 472, 0.1],
        ['error', 458, 0.2],
        ['error', 444, 0.4],
        ['error', 444],
      ],
    ],
  },
  {
    name: '2026: the longest backoff',
    revision: revised({ maxAttempts: 5, capMs: 200 }),
    invocations: [
      [
        ['error', 486, 0.05],
        ['error', 472, 0.1],
        ['error', 458, 0.2],
        ['error', 444, 0.2],
        ['error', 444],
      ],
    ],
  },
  {
    name: '2026: retries stop when too little of the quota is left',
    revision: revised({ maxAttempts: 5, initialQuota: 20 }),
    invocations: [
      [
        ['error', 6, 0.05],
        ['error', 6],
      ],
    ],
  },
  {
    name: '2026: a throttle costs less and waits longer',
    revision: revised(),
    invocations: [
      [
        ['throttle', 495, 1],
        ['answered', 500],
      ],
    ],
  },
  {
    name: '2026: x-amz-retry-after is honoured',
    revision: revised(),
    invocations: [
      [
        ['error', 486, 1.5, '1500'],
        ['answered', 500],
      ],
    ],
  },
  {
    name: '2026: x-amz-retry-after is at least the backoff',
    revision: revised(),
    invocations: [[['error', 486, 0.05, '0']]],
  },
  {
    name: '2026: x-amz-retry-after is at most the backoff and five seconds',
    revision: revised(),
    invocations: [[['error', 486, 5.05, '10000']]],
  },
  {
    name: '2026: an x-amz-retry-after that is none is ignored',
    revision: revised(),
    invocations: [[['error', 486, 0.05, 'invalid']]],
  },
  {
    name: '2026: the quota recovers over several invocations',
    revision: revised({ maxAttempts: 5, initialQuota: 30 }),
    invocations: [
      [
        ['error', 16, 0.05],
        ['error', 2, 0.1],
        ['answered', 16],
      ],
      [
        ['error', 2, 0.05],
        ['answered', 16],
      ],
    ],
  },
  {
    name: '2026: DynamoDB has shorter waits and one attempt more',
    revision: revised({
      maxAttempts: 4,
      baseMs: { ...AWS_STANDARD_2026.baseMs, error: 25 },
    }),
    invocations: [
      [
        ['error', 486, 0.025],
        ['error', 472, 0.05],
        ['error', 458, 0.1],
        ['error', 458],
      ],
    ],
  },
];

function playStep(
  rule: AwsStandardRule,
  call: object,
  number: number,
  [outcome, , , hint]: Step,
): readonly [quota: number, delayMs: number | undefined] {
  const attempt = { call, number };
  rule.ended?.(attempt, outcome);
  const header = (name: string) => (name === 'x-amz-retry-after' ? hint : undefined);
  const delayMs = outcome === 'answered' ? undefined : rule.retryInMs(attempt, outcome, header);
  return [rule.quota, delayMs];
}

describe('the rule of AWS', () => {
  test.each(VECTORS)('$name', ({ revision, invocations }) => {
    const rule = awsStandard(revision)({ random: () => 1 });
    for (const steps of invocations) {
      const call = {};
      for (const [index, step] of steps.entries()) {
        const [, quota, delay] = step;
        const [quotaNow, delayMs] = playStep(rule, call, index + 1, step);
        expect(quotaNow).toBe(quota);
        if (delay === undefined) expect(delayMs).toBeUndefined();
        else expect(Math.abs((delayMs ?? NaN) - 1_000 * delay)).toBeLessThan(1e-6);
      }
    }
  });

  test('shares one quota between invocations that run side by side', () => {
    const rule = awsStandard(revised({ maxAttempts: 5 }))({ random: () => 1 });
    const [first, second] = [{}, {}];
    const quotas = [
      playStep(rule, first, 1, ['error', 0]),
      playStep(rule, first, 2, ['error', 0]),
      playStep(rule, second, 1, ['error', 0]),
      playStep(rule, second, 2, ['answered', 0]),
      playStep(rule, first, 3, ['answered', 0]),
    ].map(([quota]) => quota);
    expect(quotas).toEqual([486, 472, 458, 472, 486]);
  });
});
