import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { healthOf } from '../../../src/core/classification.ts';
import { classifyThrown } from '../../../src/classify/thrown/thrown.ts';

/** An error as a library makes it: with a name and members of its own. */
function errorOf(name: string, message: string, members: object = {}, cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  Object.defineProperty(error, 'name', { value: name });
  return Object.assign(error, members);
}

const systemError = (code: string, members: object = {}) =>
  errorOf('Error', `${(members as { syscall?: string }).syscall ?? 'read'} ${code}`, {
    code,
    ...members,
  });
const fetchFailed = (cause?: unknown) => errorOf('TypeError', 'fetch failed', {}, cause);

describe('a network error', () => {
  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENETUNREACH',
    'EHOSTUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
  ])('%s was never sent, so every method may repeat it', (code) => {
    expect(classifyThrown(fetchFailed(systemError(code)))).toMatchObject({
      category: 'retryable',
      errorCode: code,
      unprocessed: true,
      decidedBy: 'network',
    });
  });

  test.each([
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'ERR_STREAM_PREMATURE_CLOSE',
    'HPE_INVALID_EOF_STATE',
    'Z_BUF_ERROR',
  ])('%s may have been acted on', (code) => {
    expect(classifyThrown(fetchFailed(systemError(code)))).toMatchObject({
      category: 'retryable',
      errorCode: code,
      unprocessed: false,
      decidedBy: 'network',
    });
  });

  test.each(['HPE_INVALID_CONSTANT', 'HPE_INVALID_HEADER_TOKEN', 'Z_DATA_ERROR'])(
    '%s is an answer that cannot be read: not repeated, and no sign of a sick server',
    (code) => {
      const classification = classifyThrown(fetchFailed(systemError(code)));
      expect(classification).toMatchObject({
        category: 'fatal',
        errorCode: code,
        decidedBy: 'network',
      });
      expect(healthOf(classification)).toBe('unknown');
    },
  );

  test.each([
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'EPROTO',
  ])('%s is fatal: the next handshake fails the same way', (code) => {
    expect(classifyThrown(fetchFailed(systemError(code)))).toMatchObject({
      category: 'fatal',
      errorCode: code,
      decidedBy: 'network',
    });
  });

  test.each([
    'bad port',
    'unknown scheme',
    'redirect count exceeded',
    'unexpected redirect',
    'integrity mismatch',
    'URL scheme must be a HTTP(S) scheme',
  ])('"fetch failed" for %s is fatal', (reason) => {
    expect(classifyThrown(fetchFailed(new Error(reason))).category).toBe('fatal');
  });

  test('a redirect that the caller forbade is fatal in the words of Deno too', () => {
    const message = "Fetch failed: Encountered redirect while redirect mode is set to 'error'";
    expect(classifyThrown(new TypeError(message))).toMatchObject({
      category: 'fatal',
      decidedBy: 'network',
    });
  });

  test('a timeout while connecting was never sent, one while reading may have been', () => {
    const connecting = systemError('ETIMEDOUT', { syscall: 'connect' });
    expect(classifyThrown(fetchFailed(connecting)).unprocessed).toBe(true);
    const reading = systemError('ETIMEDOUT', { syscall: 'read' });
    expect(classifyThrown(fetchFailed(reading)).unprocessed).toBe(false);
  });

  test('a reset before the TLS handshake ended was never sent', () => {
    const error = errorOf(
      'Error',
      'Client network socket disconnected before secure TLS connection was established',
      { code: 'ECONNRESET' },
    );
    expect(classifyThrown(error).unprocessed).toBe(true);
  });

  test('a garbled TLS record is an accident, not a misconfiguration', () => {
    const error = systemError('ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC');
    expect(classifyThrown(fetchFailed(error)).category).toBe('retryable');
  });

  test('a stream that HTTP/2 refused was not processed (RFC 9113 section 8.7)', () => {
    const error = errorOf('Error', 'Stream closed with error code NGHTTP2_REFUSED_STREAM', {
      code: 'ERR_HTTP2_STREAM_ERROR',
    });
    expect(classifyThrown(error)).toMatchObject({ category: 'retryable', unprocessed: true });
  });

  test('ENHANCE_YOUR_CALM is a throttle (RFC 9113 section 7)', () => {
    const error = errorOf('Error', 'Session closed with error code NGHTTP2_ENHANCE_YOUR_CALM', {
      code: 'ERR_HTTP2_SESSION_ERROR',
    });
    expect(classifyThrown(error).category).toBe('throttle');
  });

  test.each([
    ['Failed to fetch', 'Chromium', 'opaque'],
    ['Failed to fetch (api.example.com)', 'Chromium, with the host', 'opaque'],
    ['NetworkError when attempting to fetch resource.', 'Firefox', 'opaque'],
    ['Load failed', 'Safari', 'opaque'],
    ['Load failed (api.example.com)', 'Safari, with the host', 'opaque'],
    ['Network request failed', 'React Native', 'opaque'],
    ['internal error; reference = abc', 'Workers', 'opaque'],
    ['fetch failed', 'Node, without a cause', 'opaque'],
    ['network error', 'Chromium, in the body', 'network'],
    ['terminated', 'Node, in the body', 'network'],
    ['Network connection lost.', 'Workers', 'network'],
    ['Network connection lost', 'Workers, without its full stop', 'network'],
    ['Network request timed out', 'React Native, of a time-out', 'network'],
    ['The network connection was lost.', 'Safari', 'network'],
    ['The request timed out.', 'Safari, of a time-out', 'network'],
    [' A network error occurred.', 'Bun on WebKit', 'opaque'],
  ])('"%s" is one of %s, and %s', (message, _runtime, decidedBy) => {
    expect(classifyThrown(errorOf('TypeError', message))).toMatchObject({
      category: 'retryable',
      decidedBy,
      unprocessed: false,
    });
  });

  test.each([
    'The Internet connection appears to be offline.',
    'Could not connect to the server.',
    'A server with the specified hostname could not be found.',
  ])('"%s" of Safari was not sent', (message) => {
    expect(classifyThrown(errorOf('TypeError', message))).toMatchObject({
      category: 'retryable',
      decidedBy: 'network',
      unprocessed: true,
    });
  });

  test('every message that is-network-error knows is retryable', () => {
    const messages = readFileSync(
      createRequire(import.meta.url).resolve('is-network-error'),
      'utf8',
    )
      .split('new Set([')[1]!
      .split(']);')[0]!
      .match(/'[^']+'/g)!
      .map((quoted) => quoted.slice(1, -1));
    expect(messages.length).toBeGreaterThan(5);
    for (const message of messages) {
      expect([message, classifyThrown(errorOf('TypeError', message)).category]).toEqual([
        message,
        'retryable',
      ]);
    }
  });

  test('the innermost code decides: it is the root cause', () => {
    const error = errorOf(
      'TypeError',
      'fetch failed',
      {},
      errorOf(
        'SocketError',
        'other side closed',
        { code: 'UND_ERR_SOCKET' },
        systemError('ECONNREFUSED'),
      ),
    );
    expect(classifyThrown(error)).toMatchObject({ errorCode: 'ECONNREFUSED', unprocessed: true });
  });

  test('a proxy that refuses the tunnel is told by the status in its words', () => {
    const refused = (status: number) =>
      fetchFailed(
        errorOf('AbortError', `Proxy response (${status}) !== 200 when HTTP Tunneling`, {
          code: 'UND_ERR_ABORTED',
        }),
      );
    expect(classifyThrown(refused(407)).category).toBe('fatal');
    expect(classifyThrown(refused(502))).toMatchObject({
      category: 'retryable',
      unprocessed: true,
    });
  });

  test('Deno and Bun put into the name or the code what Node puts into the code', () => {
    expect(classifyThrown(errorOf('ConnectionRefused', 'os error 111')).unprocessed).toBe(true);
    const bun = errorOf('TypeError', 'Unable to connect', { code: 'ConnectionRefused' });
    expect(classifyThrown(bun)).toMatchObject({ category: 'retryable', unprocessed: true });
  });

  test('a message shows no query strings, fragments or credentials', () => {
    const error = errorOf(
      'FetchError',
      'request to https://me:secret@api.test/v1?key=secret#secret failed, reason: gone',
      { code: 'ECONNRESET' },
    );
    const { message } = classifyThrown(error);
    expect(message).toBe('request to https://api.test/v1 failed, reason: gone');
  });
});

describe('an abort', () => {
  test.each([
    ['of the platform', new DOMException('This operation was aborted', 'AbortError')],
    ['of Node', errorOf('AbortError', 'The operation was aborted', { code: 'ABORT_ERR' })],
    ['of axios', errorOf('CanceledError', 'canceled', { code: 'ERR_CANCELED' })],
    ['of openai', new (class APIUserAbortError extends Error {})('Request was aborted.')],
    ['of undici', errorOf('AbortError', 'Request aborted', { code: 'UND_ERR_ABORTED' })],
    ['of axios in a browser', errorOf('AxiosError', 'Request aborted', { code: 'ECONNABORTED' })],
  ])('%s is fatal, and the caller decided it', (_whose, error) => {
    expect(classifyThrown(error)).toMatchObject({ category: 'fatal', decidedBy: 'caller' });
    expect(classifyThrown(fetchFailed(error))).toMatchObject({
      category: 'fatal',
      decidedBy: 'caller',
    });
  });

  test('with a reason of its own is fatal: nobody knows that error', () => {
    expect(classifyThrown(new Error('my reason'))).toMatchObject({
      category: 'fatal',
      decidedBy: 'caller',
      message: 'my reason',
    });
  });
});

describe('a timeout', () => {
  test.each([
    ['of AbortSignal.timeout', new DOMException('signal timed out', 'TimeoutError')],
    ['of openai', new (class APIConnectionTimeoutError extends Error {})('Request timed out.')],
    ['of axios', errorOf('AxiosError', 'timeout of 50ms exceeded', { code: 'ECONNABORTED' })],
    ['of p-timeout', errorOf('TimeoutError', 'Promise timed out after 50 milliseconds')],
    ['of a library that aborts', errorOf('TimeoutError', 'x', {}, errorOf('AbortError', 'y'))],
    ['as the reason of an abort', errorOf('AbortError', 'y', {}, errorOf('TimeoutError', 'x'))],
  ])('%s is retryable, and may have been acted on', (_whose, error) => {
    expect(classifyThrown(error)).toMatchObject({
      category: 'retryable',
      decidedBy: 'network',
      unprocessed: false,
    });
  });

  test('of got while it looks up or connects was never sent', () => {
    const timedOut = (event: string) =>
      errorOf('TimeoutError', `Timeout awaiting '${event}' for 50ms`, { code: 'ETIMEDOUT', event });
    expect(classifyThrown(timedOut('connect')).unprocessed).toBe(true);
    expect(classifyThrown(timedOut('lookup')).unprocessed).toBe(true);
    expect(classifyThrown(timedOut('response')).unprocessed).toBe(false);
  });
});

describe('a fault of the program', () => {
  test.each([
    new TypeError("Cannot read properties of undefined (reading 'connection timed out')"),
    new TypeError('Failed to execute: fetch failed somewhere'),
    new RangeError('Invalid count value: -1'),
    new SyntaxError('Unexpected token < in JSON at position 0'),
    new ReferenceError('fetch is not defined'),
    errorOf('TypeError', 'Invalid URL', { code: 'ERR_INVALID_URL' }),
  ])('is fatal: %s', (error) => {
    expect(classifyThrown(error)).toMatchObject({
      category: 'fatal',
      decidedBy: 'caller',
      unprocessed: false,
    });
  });

  test.each([['a text'], [42], [undefined], [null], [Symbol('s')], [10n], [true]])(
    'is fatal where no error was thrown: %p',
    (thrown) => {
      expect(classifyThrown(thrown)).toMatchObject({ category: 'fatal', decidedBy: 'caller' });
    },
  );
});

describe('several errors in one', () => {
  const refused = systemError('ECONNREFUSED', { syscall: 'connect' });
  const unreachable = systemError('ENETUNREACH', { syscall: 'connect' });

  test('of which every address refused were never sent', () => {
    const error = fetchFailed(new AggregateError([unreachable, refused]));
    expect(classifyThrown(error)).toMatchObject({ category: 'retryable', unprocessed: true });
  });

  test('of which one may have been acted on may have been acted on', () => {
    const error = new AggregateError([refused, systemError('ECONNRESET')]);
    expect(classifyThrown(error)).toMatchObject({ category: 'retryable', unprocessed: false });
  });

  test('have the best prospect of any: throttle before retryable before fatal', () => {
    const throttled = errorOf('Error', 'x', { status: 429 });
    const fatal = new TypeError('mine');
    expect(classifyThrown(new AggregateError([fatal, refused])).category).toBe('retryable');
    expect(classifyThrown(new AggregateError([refused, throttled, fatal])).category).toBe(
      'throttle',
    );
    expect(classifyThrown(new AggregateError([fatal, fatal])).category).toBe('fatal');
  });

  test('may hold themselves', () => {
    const error = new AggregateError([refused]);
    error.errors.push(error);
    expect(classifyThrown(error).category).toBe('retryable');
  });
});

describe('a chain of causes', () => {
  const deep = (depth: number) => {
    let error: unknown = systemError('ECONNREFUSED');
    for (let n = 0; n < depth; n += 1) error = errorOf('Wrapped', 'wrapped', {}, error);
    return error;
  };

  test('is followed to depth 10, and no further', () => {
    expect(classifyThrown(deep(10)).errorCode).toBe('ECONNREFUSED');
    expect(classifyThrown(deep(11)).category).toBe('fatal');
  });

  test('may be a circle', () => {
    const a = errorOf('A', 'a');
    const b = errorOf('B', 'b', {}, a);
    Object.assign(a, { cause: b });
    expect(classifyThrown(a).category).toBe('fatal');
  });
});
