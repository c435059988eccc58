import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, test } from '@jest/globals';
import { resilientFetch } from 'holdfast';
import { dashboard, type DashboardSnapshot } from 'holdfast/dashboard';
import { repeat, scriptedFetch } from 'holdfast/testing';
import { useTestServers } from '../server/test-servers.ts';
import { MOUNTS, overHttp2, PLACE } from './mounted-boards.ts';

const servers = useTestServers();

const TOKEN = 'a token of these tests';

/** A dashboard of a fetch that was used once. */
async function board() {
  const wrapped = resilientFetch(scriptedFetch([repeat(200)]));
  const made = dashboard(
    { payments: wrapped },
    { title: 'shop', updateMs: 20, actions: { token: TOKEN } },
  );
  await wrapped('https://payments.example.com/charges');
  await servers.keep(Promise.resolve({ close: async () => made.close() }));
  return { made, wrapped };
}

/** Reads a stream of events until a text has come. */
async function readUntil(response: Response, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let read = '';
  for await (const chunk of response.body!) {
    read += decoder.decode(chunk as Uint8Array, { stream: true });
    if (read.includes(text)) break;
  }
  return read;
}

describe.each(Object.entries(MOUNTS))('mounted on %s', (_name, mount) => {
  test('serves page, snapshot and events, and does what the token allows', async () => {
    const { made, wrapped } = await board();
    const { url } = await servers.keep(mount(made));
    const place = url + PLACE;

    const page = await fetch(`${place}/`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<title>shop</title>');

    const snapshot = (await (await fetch(`${place}/snapshot.json`)).json()) as DashboardSnapshot;
    expect(snapshot.keys[0]).toMatchObject({ name: 'payments', lastMinute: { success: 1 } });

    const events = await fetch(`${place}/events`);
    expect(events.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reading = readUntil(events, 'event: update');
    setTimeout(() => void wrapped('https://payments.example.com/charges'), 100);
    const read = await reading;
    expect(read).toMatch(/^event: snapshot\ndata: \{"title":"shop".*\}\n\n/);
    expect(read).toContain('event: update\ndata: {"at":');

    const id = encodeURIComponent(snapshot.keys[0]!.id);
    const action = `${place}/actions?action=open&id=${id}`;
    const done = await fetch(action, { method: 'POST', headers: { 'x-holdfast-token': TOKEN } });
    expect([done.status, made.snapshot().keys[0]?.circuit?.state]).toEqual([200, 'open']);
  });
});

test('serves over HTTP/2 as well', async () => {
  const { made } = await board();
  const { url } = await servers.keep(overHttp2(made));
  const client = connectHttp2(url);
  const asked = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const stream = client.request({ ':path': path });
      stream.setEncoding('utf8');
      stream.once('data', (text: string) => {
        resolve(text);
        stream.close();
      });
      stream.once('error', reject);
    });
  expect(await asked('/snapshot.json')).toMatch(/^\{"title":"shop"/);
  expect(await asked('/events')).toMatch(/^event: snapshot\n/);
  client.destroy();
});

test('ends the streams of open pages when it is closed', async () => {
  const { made } = await board();
  const { url } = await servers.keep(MOUNTS['node:http']!(made));
  const events = await fetch(`${url}/events`);
  const reading = events.text();
  await new Promise((resolve) => setTimeout(resolve, 50));
  made.close();
  expect(await reading).toMatch(/^event: snapshot\n/);
});
