import { describe, expect, test } from '@jest/globals';
import { readCopy } from '../../../src/classify/body/body-copy.ts';
import { endless } from './streams.ts';

describe('readCopy', () => {
  test('gives at most its limit, in one piece', async () => {
    const { body } = endless(1_000);
    const copy = await readCopy(new Response(body), { maxBytes: 2_500 });
    expect(copy?.byteLength).toBe(2_500);
  });

  test('gives nothing of a body that is used', async () => {
    const response = new Response('x');
    await response.text();
    expect(await readCopy(response)).toBeUndefined();
  });
});
