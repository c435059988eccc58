import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { FetchHttpHandler } from '@smithy/fetch-http-handler';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import axios from 'axios';
import { resilientFetch, type Fetch } from 'holdfast';
import ky from 'ky';
import OpenAI from 'openai';
import { outcomeOf } from './outcome.ts';
import { cannedServer, type CannedServer, type WireRequest } from './canned-server.ts';

// What SDKs upload is sent once more byte for byte; the bytes are chosen to be no text.
const BYTES = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256);
// With `Retry-After`, which shows that nothing was done.
const UNAVAILABLE = {
  status: 503,
  headers: { 'retry-after': '0' },
  body: { message: 'Try again later' },
};

let server: CannedServer;
let fetch: Fetch;
beforeAll(async () => {
  server = await cannedServer();
});
beforeEach(() => {
  fetch = resilientFetch(globalThis.fetch, { retry: { baseDelayMs: 5 } });
  server.answer(UNAVAILABLE, { status: 200, body: { id: 'file-1' } });
});
afterAll(async () => server[Symbol.asyncDispose]());

/** A form's body, whatever boundary its parts have this time. */
function partsOf({ headers, body }: WireRequest): readonly string[] {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const boundary = /boundary=(?<boundary>\S+)/.exec(type ?? '')?.groups?.['boundary'];
  return body.split(`--${boundary}`);
}

function expectSameForms(requests: readonly WireRequest[]): void {
  expect(requests).toHaveLength(2);
  const [first, second] = requests.map(partsOf);
  expect(first!.some((part) => part.includes(Buffer.from(BYTES).toString('latin1')))).toBe(true);
  expect(second).toEqual(first);
}

test('openai: a file in a form is sent once more after a 503', async () => {
  const client = new OpenAI({ apiKey: 'key', baseURL: server.url, fetch, maxRetries: 0 });
  const file = new File([BYTES], 'walk.jsonl');
  expect(await client.files.create({ file, purpose: 'batch' })).toMatchObject({ id: 'file-1' });
  expectSameForms(server.requests);
});

test('axios: a form with a file is sent once more after a 503', async () => {
  const client = axios.create({ baseURL: server.url, adapter: 'fetch', env: { fetch } });
  const form = new FormData();
  form.append('walk', new Blob([BYTES]), 'walk.bin');
  const { data } = await client.post<unknown>('/', form);
  expect(data).toEqual({ id: 'file-1' });
  expectSameForms(server.requests);
});

test('ky: a Blob is sent once more after a 503', async () => {
  const answer = ky.put(server.url, { body: new Blob([BYTES]), fetch, retry: 0 }).json();
  expect(await answer).toEqual({ id: 'file-1' });
  expectSameBodies();
});

test('S3: bytes are sent once more after a 503, with the same signature', async () => {
  await put(BYTES);
  expectSameBodies();
  const [first, second] = server.requests;
  expect(second!.headers).toEqual(first!.headers);
});

test('S3: a stream arrives whole', async () => {
  server.answer({ status: 200 });
  await put(new Blob([BYTES]).stream());
  expect(server.requests).toHaveLength(1);
  expectWhole();
});

// The SDK makes a Request of it, in which nobody can tell a stream from bytes.
test('S3: a stream is sent once more byte for byte, or not at all', async () => {
  const outcome = await outcomeOf(put(new Blob([BYTES]).stream()));
  expect(server.requests).toHaveLength('error' in outcome ? 1 : 2);
  expectWhole();
});

async function put(Body: Uint8Array | ReadableStream): Promise<void> {
  const client = new S3Client({
    endpoint: server.url,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
    // Without it, no stream goes through the handler for fetch in Node, plain or not.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: new FetchHttpHandler({ customFetch: fetch }),
  });
  await client.send(
    new PutObjectCommand({ Bucket: 'walks', Key: '1', Body, ContentLength: BYTES.length }),
  );
}

function expectSameBodies(): void {
  expect(server.requests).toHaveLength(2);
  expectWhole();
}

function expectWhole(): void {
  const bodies = server.requests.map(({ body }) => Buffer.from(body, 'latin1'));
  for (const body of bodies) expect(body.equals(BYTES)).toBe(true);
}
