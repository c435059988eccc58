import { systemClock, type Clock } from '../../core/clock.ts';
import type { Fetch } from '../../http/fetch.ts';
import { objectWith, readOptions } from '../../core/options.ts';
import { delay, untilAborted } from './abortable-wait.ts';
import { errorAnswer } from './error-answer.ts';
import type { ErrorFault } from './faults.ts';
import {
  checkStep,
  kindOfStep,
  type RepeatedStep,
  type ScriptedCall,
  type ScriptedFailure,
  type ScriptedFunction,
  type ScriptedReply,
  type ScriptedStep,
} from './script.ts';

/** What a {@link scriptedFetch} needs besides its steps. */
export interface ScriptedFetchOptions {
  /**
   * Where delays and times of calls come from: usually a `virtualClock()`.
   * @defaultValue the machine's own time
   */
  readonly clock?: Clock;
}

/** A fetch that plays a script and remembers who called. */
export interface ScriptedFetch extends Fetch {
  /** Every call so far, in order. */
  readonly calls: readonly ScriptedCall[];
  /** How many calls the script still answers. */
  readonly remaining: number;
}

/**
 * Makes a fetch that answers from a script, one step per call in the order of the calls.
 *
 * It treats its arguments as the platform's fetch does: a `Request` is used up, a signal that is
 * already aborted sends nothing (the call is not recorded and takes no step), a signal that
 * aborts later rejects with its reason, or breaks the body off if the headers are through.
 * After the last step it rejects with an error that says so.
 *
 * @example
 * const clock = virtualClock();
 * const upstream = scriptedFetch([503, { status: 429, headers: { 'retry-after': '2' } }, 200], { clock });
 * const response = await clock.run(resilientFetch(upstream, { clock })('https://api.example.com/'));
 * upstream.calls.map((call) => call.at);
 *
 * @throws OptionError where a step is none
 */
export function scriptedFetch(
  steps: readonly ScriptedStep[],
  options?: ScriptedFetchOptions,
): ScriptedFetch {
  const { clock } = readOptions(
    'scriptedFetch',
    options,
    { clock: systemClock },
    {
      clock: objectWith('now', 'epochNow', 'setTimer'),
    },
  );
  steps.forEach((step, index) => checkStep(step, `scriptedFetch: step ${index + 1}`));
  const script: RepeatedStep[] = steps.map((step) =>
    kindOfStep(step) === 'repeated' ? (step as RepeatedStep) : { repeats: step, times: 1 },
  );
  const calls: ScriptedCall[] = [];
  let position = 0;
  let playedHere = 0;

  function takeStep(call: ScriptedCall): ScriptedStep {
    const entry = script[position];
    if (entry === undefined) {
      throw new Error(
        `scriptedFetch: the script has ended: it answers ${calls.length - 1} calls, and this is call ${call.number} (${call.method} ${call.url}). Add a step, or repeat() the last one.`,
      );
    }
    playedHere += 1;
    const last = playedHere >= entry.times;
    if (last) {
      position += 1;
      playedHere = 0;
    }
    const { repeats } = entry;
    return !last && kindOfStep(repeats) === 'response' ? (repeats as Response).clone() : repeats;
  }

  // `async`, so that wrong arguments reject as they do with fetch.
  async function scripted(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const signal = init?.signal ?? (isRequest(input) ? input.signal : undefined);
    if (signal?.aborted) throw signal.reason;
    // The signal is ours to honour; a Request that follows it would leave a listener on it.
    const request = new Request(input, { ...init, signal: null });
    const call = {
      number: calls.length + 1,
      url: request.url,
      method: request.method,
      headers: request.headers,
      body: undefined as Uint8Array | undefined,
      get bodyText() {
        return this.body && new TextDecoder().decode(this.body);
      },
      signal,
      at: clock.now(),
    };
    calls.push(call);
    const step = takeStep(call);
    if (request.body !== null) {
      call.body = new Uint8Array(await untilAborted(request.arrayBuffer(), signal));
    }
    return play(step, call, clock);
  }

  Object.defineProperties(scripted, {
    name: { value: 'scriptedFetch' },
    calls: { value: calls },
    remaining: {
      get: () => script.slice(position).reduce((sum, entry) => sum + entry.times, 0) - playedHere,
    },
  });
  return scripted as unknown as ScriptedFetch;
}

async function play(step: ScriptedStep, call: ScriptedCall, clock: Clock): Promise<Response> {
  const { signal } = call;
  switch (kindOfStep(step)) {
    case 'status':
      return from(call, new Response(null, { status: step as number }));
    case 'response':
      return step as Response;
    case 'error':
      throw step;
    case 'hangs':
      return untilAborted(new Promise<never>(() => undefined), signal);
    case 'failure': {
      const failure = step as ScriptedFailure;
      await delay(clock, failure.delayMs, signal);
      throw failure.throws;
    }
    case 'reply': {
      const reply = step as ScriptedReply;
      await delay(clock, reply.delayMs, signal);
      return from(call, responseOf(reply, clock, signal));
    }
    case 'fault': {
      const { status, headers, body } = errorAnswer(step as ErrorFault, clock.epochNow());
      return from(call, new Response(new Uint8Array(body), { status, headers }));
    }
    case 'function': {
      const decision = (async () => (step as ScriptedFunction)(call))();
      const next = await untilAborted(decision, signal);
      checkStep(next, 'scriptedFetch: what the function gave');
      return play(next, call, clock);
    }
    case 'repeated':
      return play((step as RepeatedStep).repeats, call, clock);
    default:
      throw new TypeError('scriptedFetch: not a step');
  }
}

function responseOf(reply: ScriptedReply, clock: Clock, signal: AbortSignal | undefined): Response {
  const headers = new Headers(reply.headers);
  let body = reply.body ?? null;
  if (reply.json !== undefined) {
    body = JSON.stringify(reply.json);
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  } else if (reply.chunks !== undefined || 'bodyError' in reply) {
    body = chunkedBody(reply, clock, signal);
  }
  const { status = 200, statusText = '' } = reply;
  return new Response(body, { status, statusText, headers });
}

function chunkedBody(
  reply: ScriptedReply,
  clock: Clock,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const chunks = (reply.chunks ?? []).values();
  // A reader that leaves must not leave a timer behind.
  const readerLeft = new AbortController();
  const leaveToo = () => readerLeft.abort(signal?.reason);
  const finish = () => signal?.removeEventListener('abort', leaveToo);
  signal?.addEventListener('abort', leaveToo, { once: true });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value: chunk } = chunks.next();
        if (chunk !== undefined) {
          await delay(clock, reply.chunkDelayMs, readerLeft.signal);
          controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
          return;
        }
        finish();
        if ('bodyError' in reply) controller.error(reply.bodyError);
        else controller.close();
      },
      cancel(reason) {
        finish();
        readerLeft.abort(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** A response that came from an address knows it; one made by hand does not. */
function from(call: ScriptedCall, response: Response): Response {
  return Object.defineProperty(response, 'url', { value: call.url, configurable: true });
}

const isRequest = (input: string | URL | Request): input is Request =>
  typeof input === 'object' && 'signal' in input;
