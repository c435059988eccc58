import { describe, expect, test } from '@jest/globals';
import { circuitBreaker, pipeline, protect, retry, timeout } from '../../src/index.ts';
import { virtualClock } from '../../src/testing.ts';

const unavailable = () => Object.assign(new Error('unavailable'), { status: 503 });

describe('protect', () => {
  test('keeps the function’s name, length, arguments and result', async () => {
    async function translate(text: string, to: string): Promise<string> {
      return `${text} in ${to}`;
    }
    const guarded = protect(pipeline(), translate);
    expect([guarded.name, guarded.length]).toEqual(['translate', 2]);
    expect(await guarded('hello', 'Greek')).toBe('hello in Greek');
  });

  test('keeps this', async () => {
    class Mailer {
      readonly #from = 'me';
      readonly sent: string[] = [];
      send = protect(retry(), this.sendUnguarded);
      async sendUnguarded(this: Mailer, to: string): Promise<string> {
        this.sent.push(to);
        return `${this.#from} to ${to}`;
      }
    }
    const mailer = new Mailer();
    expect(await mailer.send('you')).toBe('me to you');
    expect(mailer.sent).toEqual(['you']);
  });

  test('runs it again as the policy says: attempts, executions, result', async () => {
    const clock = virtualClock();
    let executions = 0;
    const ask = async (question: string): Promise<string> => {
      executions += 1;
      if (executions < 3) throw unavailable();
      return `${question} 42`;
    };
    const guarded = protect(retry({ clock }), ask);
    expect(await clock.run(guarded('what?'))).toBe('what? 42');
    expect(executions).toBe(3);
  });

  test('throws the last error, the very object', async () => {
    const clock = virtualClock();
    const errors: Error[] = [];
    const failing = async (): Promise<never> => {
      errors.push(unavailable());
      throw errors.at(-1)!;
    };
    const guarded = protect(retry({ clock, maxRetries: 1 }), failing);
    const error = await clock.run(guarded().catch((thrown: unknown) => thrown));
    expect(errors).toHaveLength(2);
    expect(error).toBe(errors[1]);
  });

  test('turns a synchronous throw into a rejection', async () => {
    const guarded = protect(pipeline(), (): Promise<void> => {
      throw new TypeError('wrong');
    });
    await expect(guarded()).rejects.toThrow('wrong');
  });

  test('shares a key, and a signal ends it', async () => {
    const breaker = circuitBreaker();
    const controller = new AbortController();
    const options = { key: 'mailer', signal: controller.signal };
    const never = () => new Promise<void>(() => {});
    const guarded = protect(pipeline(breaker, timeout({ timeoutMs: 60_000 })), never, options);
    breaker.forceOpen('mailer');
    await expect(guarded()).rejects.toMatchObject({ kind: 'circuit-open', key: 'mailer' });
    breaker.close('mailer');
    const call = guarded();
    setImmediate(() => controller.abort('enough'));
    await expect(call).rejects.toBe('enough');
  });
});
