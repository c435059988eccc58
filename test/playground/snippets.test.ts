import { describe, expect, test } from '@jest/globals';
import { controlsOf } from '../../docs/playground/controls.ts';
import { holdfastOptions } from '../../docs/playground/holdfast-options.ts';
import { defaultsOf, type Value } from '../../docs/playground/settings.ts';
import { snippetsOf } from '../../docs/playground/snippets.ts';
import { resilientFetch, RETRY_BUDGET_DEFAULTS, RETRY_DEFAULTS } from '../../src/index.ts';

const withValues = (values: Record<string, Value>) => {
  const settings = defaultsOf('outage');
  return { ...settings, values: { ...settings.values, ...values } };
};

describe('the options of the playground', () => {
  test('begin with the defaults of the library', () => {
    const { maxRetries, tokensPerAnswer } = controlsOf('outage');
    expect(maxRetries?.default).toBe(RETRY_DEFAULTS.maxRetries);
    expect(tokensPerAnswer?.default).toBe(RETRY_BUDGET_DEFAULTS.tokensPerAnswer);
    expect(holdfastOptions(defaultsOf('outage'))).toEqual({ attemptTimeoutMs: 1_000 });
  });

  test('are those that the library takes', () => {
    const options = holdfastOptions(
      withValues({
        maxRetries: 5,
        budget: 'off',
        ratePerSecond: 20,
        circuitBreaker: 'classic',
        totalTimeoutSeconds: 30,
      }),
    );
    expect(options).toEqual({
      attemptTimeoutMs: 1_000,
      totalTimeoutMs: 30_000,
      retry: { maxRetries: 5, budget: false },
      rateLimit: { ratePerSecond: 20 },
      circuitBreaker: { mode: 'classic' },
    });
    expect(() => resilientFetch(globalThis.fetch, options)).not.toThrow();
  });
});

describe('the code of the playground', () => {
  test('shows the options that were chosen, and no others', () => {
    const [program, run] = snippetsOf(
      withValues({ tokensPerAnswer: 0.1, circuitBreaker: 'off', seed: 7 }),
    );
    expect(program?.code).toContain(`{
  attemptTimeoutMs: 1_000,
  retry: { budget: { tokensPerAnswer: 0.1 } },
  circuitBreaker: false,
});`);
    expect(run?.code).toContain('seed: 7,');
    expect(run?.code).not.toContain('parameters');
  });

  test('shows the parameters that were changed', () => {
    const [, run] = snippetsOf(withValues({ processes: 40 }));
    expect(run?.code).toContain(`parameters: {
    processes: 40,
  },`);
  });
});
