import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { faultyServer, ondemandFault, type Fault, type FaultyServer } from '../../src/testing.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAX_PROGRAM_MS = 20_000;
/** Tens of thousands of calls, with a collection after every few hundred. */
const MEMORY_MS = 40_000;

/** Runs one of the programs beside this file in a process of its own, for a bounded time. */
async function run(
  program: string,
  argument: readonly string[] = [],
  maxMs = MAX_PROGRAM_MS,
): Promise<readonly string[]> {
  const path = join(import.meta.dirname, 'programs', `${program}.ts`);
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--expose-gc', join(ROOT, 'scripts', 'run.mjs'), path, ...argument],
      { cwd: ROOT, timeout: maxMs, killSignal: 'SIGKILL', env },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stderr}`));
        else resolve(stdout.trim().split('\n'));
      },
    );
  });
}

const SEED = process.env['HOLDFAST_SEED'] ?? '20260101';

test(
  '1,000 calls aborted at random moments leave no timer, no listener and no socket in use',
  async () => {
    const lines = await run('abort-storm', [SEED]);
    const { ends, left, requests, ...rest } = JSON.parse(lines[0]!) as {
      requests: number;
      ends: Record<'answered' | 'failed' | 'aborted' | 'late', number>;
      left: object;
    };
    expect(left).toEqual({ timers: 0, listeners: 0, socketsInUse: 0 });
    expect(rest).toMatchObject({ calls: 1000, unhandled: [], warnings: [] });
    expect(ends.answered + ends.failed + ends.aborted).toBe(1000);
    // It was a storm, and not a calm: each kind of end came about, and the server was in the midst.
    expect(Math.min(ends.answered, ends.failed, ends.aborted)).toBeGreaterThan(0);
    expect(requests).toBeGreaterThan(200);
    expect(ends.late).toBe(0);
  },
  MAX_PROGRAM_MS,
);

test(
  'signals keep nothing of their calls, however long they live, and still cut off their bodies',
  async () => {
    const lines = await run('signals-and-memory', [], MEMORY_MS);
    const { bytesPerCall, body } = JSON.parse(lines[0]!) as {
      bytesPerCall: Record<'withOneSignal' | 'withOwnSignal' | 'abortedInBackoff', number>;
      body: string;
    };
    // AbortSignal.any leaves 60 bytes of each call on Node 20, and 180 on Node 22.
    expect(bytesPerCall.withOneSignal).toBeLessThan(30);
    // What is kept of a call that can be reached is thousands; these are what tables grow by.
    expect(bytesPerCall.withOwnSignal).toBeLessThan(500);
    expect(bytesPerCall.abortedInBackoff).toBeLessThan(500);
    expect(body).toBe('cut off');
  },
  MEMORY_MS + 5000,
);

test(
  'a response that is kept keeps nothing of its request’s body',
  async () => {
    const lines = await run('kept-responses', [], MEMORY_MS);
    const kilobytes = JSON.parse(lines[0]!) as Record<string, number>;
    expect(Object.keys(kilobytes)).toHaveLength(15);
    // Each request had two megabytes.
    for (const [how, kept] of Object.entries(kilobytes)) {
      expect([how, kept < 256]).toEqual([how, true]);
    }
  },
  MEMORY_MS + 5000,
);

test(
  'streams that are dropped unread leave no socket in use, and settle for their estimates',
  async () => {
    const [printed] = await run('dropped-streams');
    expect(JSON.parse(printed!)).toEqual({
      left: { bare: 0, streams: 0, usage: 0, both: 0 },
      // 20 calls of 1,000 each, and not the twice as much that they took.
      taken: { usage: 20, both: 20 },
    });
  },
  MAX_PROGRAM_MS,
);

describe('a finished program exits by itself at once', () => {
  let server: FaultyServer;
  beforeEach(async () => {
    server = await faultyServer();
  });
  afterEach(() => server.close());

  test.each<[string, Fault[], object, RegExp]>([
    ['a success', [], {}, /^200 true$/],
    ['a retried failure', [ondemandFault('bad_gateway')], {}, /^200 true$/],
    ['giving up', [ondemandFault('not_found')], {}, /^404 true$/],
    [
      'a throttle whose pause is longer than the call',
      [ondemandFault('rate_limit_exceeded', { retryAfter: { form: 'seconds', ms: 600_000 } })],
      {},
      /^429 true$/,
    ],
    [
      'an attempt that timed out',
      [{ kind: 'never-answers' }],
      { options: { attemptTimeoutMs: 50, retry: false } },
      /did not answer within 50 ms/,
    ],
    [
      'a call that was aborted in its backoff',
      [ondemandFault('resource_unavailable', { retryAfter: { form: 'seconds', ms: 30_000 } })],
      { abortAfterMs: 200 },
      /^enough$/,
    ],
  ])('after %s', async (_what, faults, plan, outcome) => {
    server.play(faults);
    const lines = await run('one-call', [`${server.url}/plugin/v1/list`, JSON.stringify(plan)]);
    expect(lines[0]).toMatch(outcome);
    // A timer that was left would hold it for half a minute at least; a busy machine does not.
    expect(Number(lines[1])).toBeLessThan(2000);
  });
});
