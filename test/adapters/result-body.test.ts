import { expect, test } from '@jest/globals';
import { resilientFetch, reportOf } from '../../src/index.ts';
import { readJson, readText, resultFetch } from '../../src/result.ts';
import { scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things';

const fetchGiving = (reply: object) => {
  const clock = virtualClock();
  return resultFetch(resilientFetch(scriptedFetch([reply], { clock }), { clock }));
};

test('a body becomes a value in one line', async () => {
  const fetch = fetchGiving({ status: 200, json: [{ id: 1 }] });
  const result = await fetch(API).andThen(readJson<readonly { id: number }[]>);
  expect(result._unsafeUnwrap()).toEqual([{ id: 1 }]);
});

test('text is read as it is', async () => {
  const result = await fetchGiving({ status: 200, body: 'hold fast' })(API).andThen(readText);
  expect(result._unsafeUnwrap()).toBe('hold fast');
});

test('a body that breaks off is a network error that knows its call', async () => {
  const broken = Object.assign(new TypeError('terminated'), {
    cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
  });
  const fetch = fetchGiving({ status: 200, chunks: ['{"a'], bodyError: broken });
  const error = (await fetch(API).andThen(readJson))._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'network', key: 'https://api.example.com' });
  expect(error.cause).toBe(broken);
  expect(reportOf(error)?.attempts).toHaveLength(1);
});

test('a body that is no JSON is an unexpected error, and worth no repetition', async () => {
  const fetch = fetchGiving({ status: 200, body: '<html>' });
  const error = (await fetch(API).andThen(readJson))._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'unexpected', classification: { category: 'fatal' } });
});

test('a body that was read already is an error, and no rejection', async () => {
  const response = new Response('once');
  await response.text();
  const error = (await readText(response))._unsafeUnwrapErr();
  expect(error.kind).toBe('unexpected');
});

test('a failure stays as it was', async () => {
  const error = (await fetchGiving({ status: 404 })(API).andThen(readJson))._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'http', status: 404 });
});
