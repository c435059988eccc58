import { check, expectSame, expectThat, type Check } from './check.ts';

const QUICKLY = { maxRetries: 2, baseDelayMs: 1 };

/** Which answers are asked for again, and when. */
export const retries: readonly Check[] = [
  check('asks twice more after two 503 and gives the 200', async ({ holdfast, scripts }) => {
    const script = await scripts.play({ status: 503 }, { status: 503 }, { body: 'at last' });
    const fetch = holdfast.resilientFetch(undefined, { retry: QUICKLY });
    const response = await fetch(script.url);
    expectSame('status', response.status, 200);
    expectSame('body', await response.text(), 'at last');
    expectSame('requests', (await script.seen()).length, 3);
    const report = holdfast.reportOf(response);
    expectSame(
      'reported verdicts',
      report?.attempts.map(({ classification }) => classification?.category),
      ['retryable', 'retryable', 'success'],
    );
    expectSame('why it stopped', report?.stoppedBecause, undefined);
  }),

  check('gives the last answer unread when the retries are used up', async (tools) => {
    const { holdfast, scripts } = tools;
    const script = await scripts.play({
      status: 503,
      body: '{"errorCode":"resource_unavailable"}',
    });
    const fetch = holdfast.resilientFetch(undefined, { retry: QUICKLY });
    const response = await fetch(script.url);
    expectSame('bodyUsed', response.bodyUsed, false);
    expectSame('body', await response.json(), { errorCode: 'resource_unavailable' });
    expectSame('requests', (await script.seen()).length, 3);
    const { stoppedBecause = '' } = holdfast.reportOf(response) ?? {};
    expectThat(stoppedBecause.includes('maxRetries'), `it stopped because ${stoppedBecause}`);
  }),

  check('reads the error code of an answer that it hands over', async ({ holdfast, scripts }) => {
    const body = '{"message":"no such thing","errorCode":"not_found"}';
    const script = await scripts.play({ status: 404, body });
    const response = await holdfast.resilientFetch()(script.url);
    expectSame('body', await response.text(), body);
    expectSame('requests', (await script.seen()).length, 1);
    const verdict = holdfast.reportOf(response)?.attempts[0]?.classification;
    expectSame('verdict', [verdict?.category, verdict?.errorCode], ['fatal', 'not_found']);
  }),

  check('waits for Retry-After before the second attempt', async ({ holdfast, scripts }) => {
    const script = await scripts.play(
      { status: 503, headers: { 'retry-after': '1' } },
      { body: 'after a second' },
    );
    const response = await holdfast.resilientFetch(undefined, { retry: QUICKLY })(script.url);
    expectSame('body', await response.text(), 'after a second');
    const [first, second] = await script.seen();
    const waitedMs = (second?.arrivedAt ?? 0) - (first?.arrivedAt ?? 0);
    expectThat(waitedMs >= 995, `the server was asked again after ${waitedMs} ms`);
  }),

  check('holds back the call that met a 429, and no other', async ({ holdfast, scripts }) => {
    const throttled = await scripts.play(
      { status: 429, headers: { 'retry-after': '1' } },
      { body: 'again' },
    );
    const other = await scripts.play({ body: 'other' });
    const fetch = holdfast.resilientFetch(undefined, { retry: QUICKLY, circuitBreaker: false });
    const first = fetch(throttled.url);
    await throttled.seenOnce(1);
    // Until the answer has come back and has been read.
    await new Promise((resolve) => {
      setTimeout(resolve, 150);
    });
    await (await fetch(other.url)).text();
    await (await first).text();
    const [refused, repeated] = await throttled.seen();
    const [seenOther] = await other.seen();
    const waitedMs = (repeated?.arrivedAt ?? 0) - (refused?.arrivedAt ?? 0);
    expectThat(waitedMs >= 995, `the throttled call was sent again after ${waitedMs} ms`);
    const sentFirst = (seenOther?.arrivedAt ?? Infinity) < (repeated?.arrivedAt ?? 0);
    expectThat(sentFirst, 'the other call waited for the throttled one');
  }),

  check('does not repeat a POST that may have been acted on', async ({ holdfast, scripts }) => {
    const script = await scripts.play({ status: 500 });
    const fetch = holdfast.resilientFetch(undefined, { retry: QUICKLY });
    const response = await fetch(script.url, { method: 'POST', body: 'once' });
    expectSame('status', response.status, 500);
    expectSame('requests', (await script.seen()).length, 1);
    const keyed = await scripts.play({ status: 500 }, { status: 201 });
    const headers = { 'idempotency-key': 'k1' };
    const again = await fetch(keyed.url, { method: 'POST', body: 'twice', headers });
    expectSame('status with a key', again.status, 201);
    const seen = await keyed.seen();
    expectSame(
      'keys',
      seen.map((request) => request.headers['idempotency-key']),
      ['k1', 'k1'],
    );
  }),
];
