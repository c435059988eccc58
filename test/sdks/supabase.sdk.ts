import { PostgrestError, createClient, type RealtimeClientOptions } from '@supabase/supabase-js';
import { WebSocket } from 'ws';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';
import { textOf } from './text-stream.ts';

const client = ({ url, fetch }: Ground) =>
  createClient(url, 'key', {
    global: { fetch },
    auth: { persistSession: false },
    // It has a realtime client at once, and Node 20 has no WebSocket for it.
    realtime: { transport: WebSocket as unknown as RealtimeClientOptions['transport'] },
  });

provesDropIn({
  name: '@supabase/supabase-js',
  call: async (ground, signal) => {
    const query = client(ground).from('places').select('id,name').retry(false).throwOnError();
    const { data } = await (signal ? query.abortSignal(signal) : query);
    return data;
  },
  success: {
    answer: { status: 200, body: [{ id: 1, name: 'hills' }] },
    value: [{ id: 1, name: 'hills' }],
  },
  fatal: {
    answer: {
      status: 400,
      body: {
        code: '42703',
        details: null,
        hint: null,
        message: 'column places.nam does not exist',
      },
    },
    error: {
      class: PostgrestError,
      code: '42703',
      message: 'column places.nam does not exist',
    },
  },
  abort: { class: DOMException, name: 'AbortError' },
  stream: {
    headers: { 'content-type': 'text/event-stream' },
    pieces: ['Over ', 'the ', 'hills'],
    value: 'Over the hills',
    async *read(ground) {
      const { data } = await client(ground).functions.invoke<Response>('walk');
      yield* textOf(data!.body!);
    },
  },
});
