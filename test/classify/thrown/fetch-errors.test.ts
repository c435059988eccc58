import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Classification } from '../../../src/core/classification.ts';
import { classifyThrown } from '../../../src/classify/thrown/thrown.ts';

/** A server that misbehaves by path; what fetch throws at it is judged as it comes. */
let server: Server;
let origin: string;
let closedPort: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    switch (request.url) {
      case '/reset':
        request.socket.resetAndDestroy();
        break;
      case '/close':
        request.socket.destroy();
        break;
      case '/loop':
        response.writeHead(302, { location: '/loop' }).end();
        break;
      case '/truncated':
        response.writeHead(200, { 'content-length': '100' });
        response.write('half', () => request.socket.destroy());
        break;
      case '/silent':
        break;
      default:
        response.end('fine');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const taken = createTcpServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  closedPort = (taken.address() as AddressInfo).port;
  await new Promise((resolve) => taken.close(resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function classificationOf(url: string, init?: RequestInit): Promise<Classification> {
  try {
    await (await fetch(url, init)).text();
  } catch (error) {
    return classifyThrown(error);
  }
  throw new Error(`${url} did not fail`);
}

const LOST = { category: 'retryable', decidedBy: 'network', unprocessed: false };

describe('what the fetch of this runtime throws', () => {
  test('a refused port was never sent', async () => {
    expect(await classificationOf(`http://127.0.0.1:${closedPort}/`)).toMatchObject({
      category: 'retryable',
      errorCode: 'ECONNREFUSED',
      unprocessed: true,
    });
    // Here every address of the name is tried, and an AggregateError comes of it.
    expect(await classificationOf(`http://localhost:${closedPort}/`)).toMatchObject({
      category: 'retryable',
      unprocessed: true,
    });
  });

  test.each(['/reset', '/close', '/truncated'])('%s may have been acted on', async (path) => {
    expect(await classificationOf(origin + path)).toMatchObject(LOST);
  });

  test('a timeout is retryable, the caller giving up is not', async () => {
    const url = `${origin}/silent`;
    expect(await classificationOf(url, { signal: AbortSignal.timeout(10) })).toMatchObject(LOST);
    expect(await classificationOf(url, { signal: AbortSignal.abort() })).toMatchObject({
      category: 'fatal',
      decidedBy: 'caller',
    });
  });

  test('a redirect loop is fatal', async () => {
    expect(await classificationOf(`${origin}/loop`)).toMatchObject({ category: 'fatal' });
  });

  test('a redirect that the caller forbade is fatal', async () => {
    expect(await classificationOf(`${origin}/loop`, { redirect: 'error' })).toMatchObject({
      category: 'fatal',
    });
  });

  test('content that fails its integrity check is fatal', async () => {
    const integrity = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
    expect(await classificationOf(origin, { integrity })).toMatchObject({ category: 'fatal' });
  });

  test.each(['http://127.0.0.1:1/', 'unknown://127.0.0.1/', 'http://['])(
    'an address that may not be fetched is fatal: %s',
    async (url) => {
      expect(await classificationOf(url)).toMatchObject({ category: 'fatal', decidedBy: 'caller' });
    },
  );

  test('TLS against a server that speaks none is fatal', async () => {
    expect(await classificationOf(origin.replace('http:', 'https:'))).toMatchObject({
      category: 'fatal',
      decidedBy: 'network',
    });
  });

  test('a body that cannot be sent twice is a fault of the program', async () => {
    const request = new Request(origin, { method: 'POST', body: 'x' });
    await request.text();
    expect(await classificationOf(request as unknown as string)).toMatchObject({
      category: 'fatal',
      decidedBy: 'caller',
    });
  });
});
