import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { afterEach, describe, expect, test } from '@jest/globals';
import { resilientFetch } from '../../../src/index.ts';
import { incomingSignal, signalOf } from '../../../src/server.ts';
import { eventually, pause } from '../../integration/plain-server.ts';
import { HTTP2_FRAMEWORKS, type Handle } from './framework-servers.ts';
import { NOBODY, useErrorsOfBothRealms, useTestServers } from './test-servers.ts';

useErrorsOfBothRealms();
const servers = useTestServers();
const fetchOnce = resilientFetch(fetch, { retry: false, circuitBreaker: false });

let sessions: ClientHttp2Session[] = [];
afterEach(() => {
  for (const session of sessions) session.destroy();
  sessions = [];
});

function clientOf(url: string) {
  const session = connect(url);
  session.on('error', () => {});
  sessions.push(session);
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => {});
  return { session, stream };
}

async function answerOf(url: string) {
  const { stream } = clientOf(url);
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return { status: headers[':status'], text };
}

describe.each(Object.entries(HTTP2_FRAMEWORKS))('%s over HTTP/2', (_name, start) => {
  test.each(['leaves', 'cancels its request'])(
    'a client that %s stops the outgoing call at once',
    async (how) => {
      const upstream = await servers.upstream(() => {});
      const signals: AbortSignal[] = [];
      const handle: Handle = async (request, connection) => {
        const signal = incomingSignal(request, connection, { maxMs: 60_000 });
        signals.push(signal);
        return (await fetchOnce(upstream.url, { signal })).text();
      };
      const { url } = await servers.keep(start(handle));
      const { session, stream } = clientOf(url);
      expect(await eventually(() => upstream.counts.inFlight === 1)).toBe(true);
      if (how === 'leaves') session.destroy();
      else stream.close(constants.NGHTTP2_CANCEL);
      expect(await eventually(() => upstream.counts.inFlight === 0)).toBe(true);
      expect(signals[0]!.reason).toMatchObject({ name: 'AbortError' });
    },
  );

  test('a client that has left already is noticed from the start', async () => {
    const outcomes: boolean[] = [];
    const begun: true[] = [];
    const handle: Handle = async (_request, connection) => {
      const left = signalOf(connection);
      begun.push(true);
      await once(left, 'abort');
      outcomes.push(signalOf(connection).aborted);
      return 'too late';
    };
    const { session } = clientOf((await servers.keep(start(handle))).url);
    expect(await eventually(() => begun.length === 1)).toBe(true);
    session.destroy();
    expect(await eventually(() => outcomes.length === 1)).toBe(true);
    expect(outcomes).toEqual([true]);
  });

  test('an answer in time leaves the signal alone', async () => {
    const signals: AbortSignal[] = [];
    const handle: Handle = async (request, connection) => {
      signals.push(signalOf(connection), incomingSignal(request, connection, { maxMs: 500 }));
      return 'fine';
    };
    const { url } = await servers.keep(start(handle));
    expect(await answerOf(url)).toEqual({ status: 200, text: 'fine' });
    await pause(600);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });

  test('an upstream that is not there is answered 502', async () => {
    const server = await servers.keep(start(async () => (await fetchOnce(NOBODY)).text()));
    const { status, text } = await answerOf(server.url);
    expect([status, JSON.parse(text)]).toMatchObject([502, { errorCode: 'bad_gateway' }]);
  });

  test('a deadline that passes is answered 504', async () => {
    const upstream = await servers.upstream(() => {});
    const handle: Handle = async (request, connection) => {
      const signal = incomingSignal(request, connection, { maxMs: 500 });
      return (await fetchOnce(upstream.url, { signal })).text();
    };
    const { status } = await answerOf((await servers.keep(start(handle))).url);
    expect(status).toBe(504);
  });
});
