import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { FetchHttpHandler } from '@smithy/fetch-http-handler';
import { aws } from 'holdfast/catalogs';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { textOf } from './text-stream.ts';

const client = ({ url, fetch }: Ground) =>
  new S3Client({
    endpoint: url,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: new FetchHttpHandler({ customFetch: fetch }),
  });
const object = new GetObjectCommand({ Bucket: 'walks', Key: 'hills.txt' });

provesDropIn({
  name: '@aws-sdk/client-s3',
  options: { catalog: aws },
  call: async (ground, abortSignal) => {
    const { Body } = await client(ground).send(object, { abortSignal });
    return Body?.transformToString();
  },
  changingHeaders: ['authorization', 'amz-sdk-invocation-id', 'x-amz-date'],
  success: { answer: { status: 200, body: 'Over the hills' }, value: 'Over the hills' },
  fatal: {
    answer: {
      status: 404,
      headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'req_1' },
      body: '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code><Message>Not there</Message><Key>hills.txt</Key></Error>',
    },
    error: {
      class: NoSuchKey,
      name: 'NoSuchKey',
      message: 'Not there',
      $metadata: expect.objectContaining({ httpStatusCode: 404, requestId: 'req_1', attempts: 1 }),
    },
  },
  abort: { class: Error, name: 'AbortError', message: 'Request aborted' },
  stream: {
    headers: { 'content-type': 'text/plain' },
    pieces: ['Over ', 'the ', 'hills'],
    value: 'Over the hills',
    async *read(ground) {
      const { Body } = await client(ground).send(object);
      yield* textOf(Body!.transformToWebStream());
    },
  },
});
