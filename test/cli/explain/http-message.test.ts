import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseHttpMessage } from '../../../src/cli/explain/http-message.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => {
  const { status, headers, body } = parseHttpMessage(bytes(text));
  return { status, headers, body: new TextDecoder().decode(body) };
};

describe('what curl -i prints', () => {
  test('is read with lines ending in CRLF or in LF', () => {
    const expected = { status: 429, headers: [['Retry-After', '2']], body: 'slow\n' };
    expect(parse('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\n\r\nslow\n')).toEqual(
      expected,
    );
    expect(parse('HTTP/1.1 429 Too Many Requests\nRetry-After: 2\n\nslow\n')).toEqual(expected);
  });

  test('is read with the status lines of HTTP/2 and HTTP/3', () => {
    expect(parse('HTTP/2 503 \r\n\r\n').status).toBe(503);
    expect(parse('HTTP/3 404\r\n\r\n').status).toBe(404);
    expect(parse('HTTP/1.0 500 Oh: no\r\n\r\n').status).toBe(500);
  });

  test('may begin with interim, redirecting and proxying heads: the last counts', () => {
    const text = [
      'HTTP/1.1 200 Connection established\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/2 301 \r\nlocation: /b\r\nretry-after: 9\r\n\r\n',
      'HTTP/2 429 \r\nretry-after: 2\r\n\r\n{"a":1}',
    ];
    expect(parse(text.join(''))).toEqual({
      status: 429,
      headers: [['retry-after', '2']],
      body: '{"a":1}',
    });
  });

  test('keeps a field that occurs several times, and joins a folded one', () => {
    const text = 'HTTP/1.1 400 Bad\r\na: 1\r\nA: 2\r\nb: x\r\n  y\r\nno field\r\n\r\n';
    expect(parse(text).headers).toEqual([
      ['a', '1'],
      ['A', '2'],
      ['b', 'x y'],
    ]);
  });

  test('may end before its body, or within its head', () => {
    expect(parse('HTTP/1.1 503 Busy')).toEqual({ status: 503, headers: [], body: '' });
    expect(parse('HTTP/1.1 503 Busy\r\na: 1')).toMatchObject({ headers: [['a', '1']], body: '' });
  });

  test('keeps a body of bytes as it is', () => {
    const body = Uint8Array.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x0d, 0x0a, 0xc3]);
    const head = bytes('HTTP/1.1 500 \r\n\r\n');
    expect(parseHttpMessage(Buffer.concat([head, body])).body).toEqual(Buffer.from(body));
  });

  test('puts a body of chunks together, and leaves alone what curl has put together', () => {
    const head = 'HTTP/1.1 500 \r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(parse(`${head}4\r\n{"a"\r\n3;x=y\r\n:1}\r\n0\r\n\r\n`).body).toBe('{"a":1}');
    expect(parse(`${head}4\n{"a"\n3\n:1}\n0\n\n`).body).toBe('{"a":1}');
    expect(parse(`${head}{"a":1}`).body).toBe('{"a":1}');
    expect(parse(`${head}ff\r\ncut off`).body).toBe('ff\r\ncut off');
    expect(parse(`${head}\r\n`).body).toBe('\r\n');
  });

  test('without a status line is a body', () => {
    expect(parse('\ufeff{"a":1}')).toEqual({ status: undefined, headers: [], body: '{"a":1}' });
    expect(parse('')).toEqual({ status: undefined, headers: [], body: '' });
  });

  test('may be any bytes: reading them never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (body, text) => {
        parseHttpMessage(body);
        const head = bytes(`HTTP/1.1 500 x\r\ntransfer-encoding: chunked\r\n${text}\r\n\r\n`);
        const { status } = parseHttpMessage(Buffer.concat([head, body]));
        return status !== undefined;
      }),
      { numRuns: 1_000 },
    );
  });
});
