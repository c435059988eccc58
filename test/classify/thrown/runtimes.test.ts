import { describe, expect, test } from '@jest/globals';
import { classifyThrown } from '../../../src/classify/thrown/thrown.ts';

/** What a runtime's fetch throws: its name, its message, and what else it carries. */
interface Thrown {
  readonly name?: string;
  readonly message: string;
  readonly code?: string;
  readonly cause?: Thrown;
}

function rebuild({ name = 'TypeError', message, code, cause }: Thrown): Error {
  const error = new Error(message, cause && { cause: rebuild(cause) });
  Object.defineProperty(error, 'name', { value: name });
  if (code !== undefined) Object.defineProperty(error, 'code', { value: code });
  return error;
}

const failed = (cause: Thrown): Thrown => ({ message: 'fetch failed', cause });
const node = (code: string, message: string, name = 'Error') => failed({ name, code, message });
const deno = (message: string) => failed({ name: 'Error', message });
const bun = (code: string, message: string): Thrown => ({
  code,
  message: `${code}: ${message} For more information, pass \`verbose: true\``,
});
const CHROMIUM: Thrown = { message: 'Failed to fetch' };
const WORKER_LOST: Thrown = { name: 'Error', message: 'Network connection lost.' };
const WORKER_HIDDEN: Thrown = { name: 'Error', message: 'internal error; reference = 2lrq8k' };

const NOT_SENT = { category: 'retryable', decidedBy: 'network', unprocessed: true };
const LOST = { category: 'retryable', decidedBy: 'network', unprocessed: false };
const OPAQUE = { category: 'retryable', decidedBy: 'opaque', unprocessed: false };
const GARBLED = { category: 'fatal', decidedBy: 'network', unprocessed: false };
const PERMANENT = { category: 'fatal', decidedBy: 'network' };
const CALLER = { category: 'fatal', decidedBy: 'caller' };

type Row = readonly [runtime: string, thrown: Thrown, expected: object];

/** Each situation was brought about in the runtime, and the error written down. */
const SITUATIONS: Readonly<Record<string, readonly Row[]>> = {
  'a reset before the headers': [
    ['Node', node('ECONNRESET', 'read ECONNRESET'), LOST],
    ['Bun', bun('ECONNRESET', 'The socket connection was closed unexpectedly.'), LOST],
    ['Deno', deno('Connection reset by peer (os error 104)'), LOST],
    ['workerd', WORKER_LOST, LOST],
    ['Chromium', CHROMIUM, OPAQUE],
  ],
  'a connection closed before the headers': [
    ['Node', node('UND_ERR_SOCKET', 'other side closed', 'SocketError'), LOST],
    ['Deno', deno('error sending request for http://127.0.0.1:80/x: client error'), LOST],
  ],
  'an answer that is not HTTP': [
    ['Node', node('HPE_INVALID_CONSTANT', 'Expected HTTP/', 'HTTPParserError'), GARBLED],
    [
      'Node 24, without a code',
      failed({ name: 'HTTPParserError', message: 'Response does not match the HTTP/1.1 protocol' }),
      GARBLED,
    ],
    ['Bun', bun('Malformed_HTTP_Response', 'fetching "http://127.0.0.1/"'), GARBLED],
  ],
  'a body that breaks off': [
    [
      'Node',
      { ...node('UND_ERR_SOCKET', 'other side closed', 'SocketError'), message: 'terminated' },
      LOST,
    ],
    ['Deno', { message: 'error reading a body from connection' }, LOST],
    ['Bun', bun('InvalidHTTPResponse', 'fetching "http://127.0.0.1/"'), LOST],
  ],
  'a body that is not the gzip it says': [
    ['Node', { ...node('Z_DATA_ERROR', 'incorrect header check'), message: 'terminated' }, GARBLED],
    ['Bun', bun('ZlibError', 'fetching "http://127.0.0.1/"'), GARBLED],
    ['Deno', { message: 'unexpected end of file' }, LOST],
    ['workerd', { message: 'Gzip decompression failed.' }, GARBLED],
  ],
  'redirects without an end': [
    ['Node', deno('redirect count exceeded'), PERMANENT],
    ['Bun', bun('TooManyRedirects', 'The response redirected too many times.'), PERMANENT],
    ['Deno', { message: 'Fetch failed: Maximum number of redirects (20) reached' }, PERMANENT],
    ['workerd', { message: 'Too many redirects.http://127.0.0.1/loop' }, PERMANENT],
  ],
  'a port that refuses': [
    ['Node', node('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'), NOT_SENT],
    ['Bun', bun('ECONNREFUSED', 'Unable to connect.'), NOT_SENT],
    ['Deno', deno('error sending request: client error (Connect): tcp connect error'), NOT_SENT],
  ],
  'a port that fetch will not use': [
    ['Node', deno('bad port'), CALLER],
    ['Deno', { message: 'Fetch failed: Requests to port 1 are blocked' }, CALLER],
  ],
  'a name that nobody knows': [
    ['Node', node('ENOTFOUND', 'getaddrinfo ENOTFOUND nohost.invalid'), NOT_SENT],
    ['Bun', { message: 'getaddrinfo ENOTFOUND nohost.invalid', code: 'ENOTFOUND' }, NOT_SENT],
    ['Deno', deno('error sending request: client error (Connect): dns error: failed'), NOT_SENT],
    ['workerd', WORKER_HIDDEN, OPAQUE],
  ],
  'an address that is none': [
    [
      'Node',
      {
        message: 'Failed to parse URL from http://[',
        cause: { code: 'ERR_INVALID_URL', message: 'Invalid URL' },
      },
      CALLER,
    ],
    ['Bun', { message: 'fetch() URL is invalid', code: 'ERR_INVALID_URL' }, CALLER],
    ['Deno', { message: "Invalid URL: 'http://['" }, CALLER],
    ['Chromium', { message: "Failed to execute 'fetch' on 'Window': Failed to parse URL" }, CALLER],
  ],
  'a header that is none': [
    ['Node', { message: 'Headers.append: "a b" is an invalid header name.' }, CALLER],
    ['Bun', { message: "Invalid header name: 'a b'" }, CALLER],
    ['Chromium', { message: "Failed to execute 'fetch' on 'Window': Invalid name" }, CALLER],
  ],
  'TLS to a port without it': [
    ['Node', node('ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'), PERMANENT],
    ['Bun', bun('EPROTO', 'The TLS handshake failed.'), PERMANENT],
    ['Deno', deno('error sending request: (Connect): received corrupt message'), PERMANENT],
  ],
  'an abort': [
    ['Node', { name: 'AbortError', message: 'This operation was aborted' }, CALLER],
    ['Chromium', { name: 'AbortError', message: 'signal is aborted without reason' }, CALLER],
    ['any, with a reason of its own', { name: 'Error', message: 'my reason' }, CALLER],
  ],
  'a timeout of the signal': [
    ['Node', { name: 'TimeoutError', message: 'The operation was aborted due to timeout' }, LOST],
    ['Bun', { name: 'TimeoutError', message: 'The operation timed out.' }, LOST],
    ['Chromium', { name: 'TimeoutError', message: 'signal timed out' }, LOST],
  ],
};

describe.each(Object.entries(SITUATIONS))('what fetch throws at %s', (_situation, rows) => {
  test.each(rows)('is read in the words of %s', (_runtime, thrown, expected) => {
    const classification = classifyThrown(rebuild(thrown));
    expect(classification).toMatchObject(expected);
    expect(classification.rule).not.toBe('');
  });
});
