import type { ResilienceEvent } from '../../core/events.ts';
import type { RetryScheduledEvent } from '../../policies/retry/retry-events.ts';
import { resilientFetch } from '../../http/resilient-fetch.ts';
import { reportOf } from '../../http/report.ts';
import type { ExitCode } from '../command.ts';
import { shortDuration } from '../terminal/duration.ts';
import { GrowingLine } from '../terminal/growing-line.ts';
import { oneLine } from '../terminal/one-line.ts';
import { painter } from '../terminal/paint.ts';
import { wrapped } from '../terminal/wrap.ts';
import type { World } from '../world.ts';
import { MISBEHAVIOURS, misbehavingServer } from './misbehaving-server.ts';

/** Longer than a healthy answer takes by far. */
const ATTEMPT_TIMEOUT_MS = 500;

/** Runs `holdfast demo`. */
export async function demo(world: World): Promise<ExitCode> {
  const { columns, hasColours } = world.terminal;
  const paint = painter(hasColours);
  const say = (text: string) => world.print(`${wrapped(text, columns).join('\n')}\n`);
  const server = await misbehavingServer();
  const answered = { plain: 0, wrapped: 0 };
  try {
    say(`An API at ${server.url} misbehaves. The code is the same: await fetch(url).`);
    for (const { title, path } of MISBEHAVIOURS) {
      world.print(`\n${paint('strong', title)}\n`);
      const plain = await shown('  plain fetch  ', () =>
        callOf(globalThis.fetch, `${server.url}/plain${path}`),
      );
      const held = await shown('  holdfast     ', (line) => {
        const onEvent = (event: ResilienceEvent): void => {
          if (event.type !== 'retry-scheduled') return;
          line.add(stepText(event), (text) => paint('faint', text));
        };
        const options = { attemptTimeoutMs: ATTEMPT_TIMEOUT_MS, onEvent };
        const fetch = resilientFetch(globalThis.fetch, options);
        return callOf(fetch, `${server.url}/holdfast${path}`);
      });
      answered.plain += plain.isQuickAnswer ? 1 : 0;
      answered.wrapped += held.isAnswer ? 1 : 0;
    }
  } finally {
    await server.close();
  }
  const all = MISBEHAVIOURS.length;
  world.print('\n');
  say(
    `plain fetch: ${answered.plain} of ${all} answered in time. holdfast: ${answered.wrapped} of ${all}, with resilientFetch(fetch, { attemptTimeoutMs: ${ATTEMPT_TIMEOUT_MS} }).`,
  );
  say('Next: holdfast simulate outage, or holdfast doctor with a log of yours.');
  return answered.wrapped === all ? 0 : 1;

  async function shown(
    name: string,
    call: (line: GrowingLine) => Promise<CallResult>,
  ): Promise<CallResult> {
    const line = new GrowingLine((text) => world.print(text), columns, name);
    const result = await call(line);
    const { isAnswer, text, tookMs, requests } = result;
    line.add(text, (bare) => paint(isAnswer ? 'good' : 'bad', bare));
    line.add(`after ${shortDuration(tookMs)}${requests > 1 ? `, ${requests} requests` : ''}`);
    line.end();
    return result;
  }
}

interface CallResult {
  readonly isAnswer: boolean;
  /** Whether it also came in the time that the wrapped fetch gives each attempt. */
  readonly isQuickAnswer: boolean;
  readonly text: string;
  readonly tookMs: number;
  readonly requests: number;
}

async function callOf(fetch: typeof globalThis.fetch, url: string): Promise<CallResult> {
  const startedAt = performance.now();
  const result = (isAnswer: boolean, text: string, source: object): CallResult => {
    const tookMs = performance.now() - startedAt;
    return {
      isAnswer,
      isQuickAnswer: isAnswer && tookMs <= ATTEMPT_TIMEOUT_MS,
      text: oneLine(text),
      tookMs,
      requests: reportOf(source)?.attempts.length ?? 1,
    };
  };
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return result(response.ok, `${response.status} ${response.statusText}`, response);
  } catch (error) {
    const { name, message } = error as Error;
    return result(false, `${name}: ${message}`, error as Error);
  }
}

/** `503, again in 120 ms:` */
function stepText(event: RetryScheduledEvent): string {
  const { status, rule } = event.classification;
  const failed = status === undefined ? rule.replace(/: [\w-]+$/, '') : String(status);
  return `${oneLine(failed)}, again in ${shortDuration(event.waitMs)}:`;
}
