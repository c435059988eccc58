import { describe, expect, test } from '@jest/globals';
import { readErrorBody } from '../../../src/classify/body/error-body.ts';

function partsOf(body: unknown): readonly [string | undefined, string | undefined] {
  const { codes, message } = readErrorBody(body);
  return [codes[0], message];
}

describe('code and message of a body', () => {
  test.each([
    ['flat', { code: 'a_b', message: 'm' }, 'a_b', 'm'],
    ['errorCode', { errorCode: 'a_b', message: 'm' }, 'a_b', 'm'],
    ['error.errorCode', { error: { errorCode: 'a_b', message: 'm' } }, 'a_b', 'm'],
    ['nested', { error: { code: 'a_b', type: 't', message: 'm' } }, 'a_b', 'm'],
    ['null code', { error: { code: null, type: 't_u', message: 'm' } }, 't_u', 'm'],
    ['an outer generic code', { code: 'error', error: { code: 'a_b', message: 'm' } }, 'a_b', 'm'],
    ['an outer status', { code: 400, error: { reason: 'a_b', message: 'm' } }, 'a_b', 'm'],
    ['a status in words', { code: '400', error: { type: 'a_b' } }, 'a_b', undefined],
    ['only a status', { error: { code: 429, message: 'm' } }, '429', 'm'],
    ['a number that is a code', { code: 20003, status: 401, message: 'm' }, '20003', 'm'],
    [
      'error_code in details',
      { error: { type: 't', details: { error_code: 'a_b' } } },
      'a_b',
      undefined,
    ],
    ['google.rpc', { error: { code: 5, status: 'NOT_FOUND', message: 'm' } }, '5', 'm'],
    [
      'google.rpc over HTTP',
      { error: { code: 404, status: 'NOT_FOUND', message: 'm' } },
      'NOT_FOUND',
      'm',
    ],
    ['google legacy', { error: { code: 403, errors: [{ reason: 'a' }], message: 'm' } }, 'a', 'm'],
    ['AWS', { __type: 'com.amazon#TheException', Message: 'm' }, 'TheException', 'm'],
    ['GraphQL', { errors: [{ message: 'm', extensions: { code: 'A_B' } }] }, 'A_B', 'm'],
    ['GraphQL type', { errors: [{ message: 'm', type: 'A_B' }] }, 'A_B', 'm'],
    ['JSON:API', { errors: [{ status: '422', code: 'a_b', title: 't', detail: 'm' }] }, 'a_b', 'm'],
    ['a list of errors', [{ errorCode: 'A_B', message: 'm' }], 'A_B', 'm'],
    ['wrapped in a list', [{ error: { code: 429, status: 'A_B', message: 'm' } }], 'A_B', 'm'],
    [
      'a problem',
      { type: 'https://a.test/p#out-of-credit', title: 't', detail: 'm' },
      'out-of-credit',
      'm',
    ],
    ['a blank problem', { type: 'about:blank', title: 'm', status: 404 }, undefined, 'm'],
    ["a problem's status page", { type: 'https://a.test/status/404', title: 'm' }, undefined, 'm'],
    ['OAuth', { error: 'invalid_grant', error_description: 'm' }, 'invalid_grant', 'm'],
    ['a sentence as error', { error: 'the model is busy' }, undefined, 'the model is busy'],
    ['a reason phrase', { statusCode: 401, error: 'Unauthorized', message: 'm' }, undefined, 'm'],
    ['detail', { detail: 'm' }, undefined, 'm'],
    ['detail object', { detail: { status: 'a_b', message: 'm' } }, 'a_b', 'm'],
    ['validation list', { detail: [{ loc: ['a'], msg: 'm', type: 'missing' }] }, 'missing', 'm'],
    ['fields', { errors: { name: ['m'] } }, undefined, 'm'],
    ['list of strings', { errors: ['m'] }, undefined, 'm'],
    ['OData', { error: { code: 'a_b', message: { lang: 'en', value: 'm' } } }, 'a_b', 'm'],
    ['Apigee', { fault: { faultstring: 'm', detail: { errorcode: 'a.b' } } }, 'a.b', 'm'],
    ['an unknown wrapper', { overLimit: { code: 'a_b', message: 'm' } }, 'a_b', 'm'],
    [
      'an error in the message',
      { error: { message: '{"error":{"code":"a_b","message":"m"}}' } },
      'a_b',
      'm',
    ],
    ['an id', { id: 'not_found', message: 'm' }, 'not_found', 'm'],
    ["a request's id", { id: 'req_123', message: 'm' }, undefined, 'm'],
  ])('%s', (_shape, body, code, message) => {
    expect(partsOf(body)).toEqual([code, message]);
    expect(partsOf(JSON.stringify(body))).toEqual([code, message]);
  });

  const json = '{"error":{"code":"a_b","message":"m"}}';
  test.each([
    ['bytes', new TextEncoder().encode(json)],
    ['an ArrayBuffer', new TextEncoder().encode(json).buffer],
    ['a BOM', `\uFEFF${json}`],
    ['UTF-16 with a BOM', new Uint8Array([0xff, 0xfe, ...Buffer.from(json, 'utf16le')])],
    ['white space', `\n\n  ${json}\n`],
    ['JSON in a JSON string', JSON.stringify(json)],
    ['twice', JSON.stringify(JSON.stringify(json))],
    ['server-sent events', `event: error\ndata: ${json}\n\n`],
    ['a later event', `data: {"id":1}\r\n\r\ndata: ${json}\r\n\r\ndata: [DONE]\r\n\r\n`],
    ['cut off', `${json.slice(0, -2)},"debug":{"trace":["at x`],
    ['XML', '<?xml version="1.0"?>\n<Error><Code>a_b</Code><Message>m</Message></Error>'],
    [
      'XML deep',
      '<R xmlns="u"><Errors><Error><Type>Sender</Type><Code>a_b</Code><Message>m</Message></Error></Errors></R>',
    ],
    [
      'XML with prefixes and CDATA',
      '<s:Fault><s:faultcode>s:a_b</s:faultcode><faultstring><![CDATA[m]]></faultstring></s:Fault>',
    ],
    ['XML attributes', '<rsp stat="fail"><err code="a_b" msg="m" /></rsp>'],
    ['form', 'error=a_b&error_description=m'],
  ])('%s', (_form, body) => {
    expect(partsOf(body)).toEqual(['a_b', 'm']);
  });

  test('XML entities are decoded, and no others than those of XML', () => {
    const [, message] = partsOf(
      '<Error><Code>a</Code><Message>&lt;&amp;&#65;&#x42;&bomb;</Message></Error>',
    );
    expect(message).toBe('<&AB&bomb;');
  });

  test('a page has neither code nor message, and its title is a remark', () => {
    const page = '<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>';
    expect(readErrorBody(page)).toMatchObject({
      codes: [],
      message: undefined,
      remarks: ['502 Bad Gateway'],
    });
  });

  test('plain text is the message', () => {
    expect(partsOf('upstream request timeout\n')).toEqual([undefined, 'upstream request timeout']);
  });

  test.each([
    undefined,
    null,
    '',
    '   ',
    0,
    true,
    [],
    {},
    '{}',
    '[]',
    '""',
    'null',
    new Uint8Array(),
  ])('%j says nothing', (body) => {
    const [code, message] = partsOf(body);
    expect(code).toBeUndefined();
    expect(message === undefined || message === 'null').toBe(true);
  });
});
