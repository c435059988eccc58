import type { RawExchange, WireFault } from './raw-server.ts';

const atRequest = (play: (exchange: RawExchange) => void): WireFault => ({ at: 'request', play });

/** Writes these bytes, then ends the connection in good order. */
const saying = (bytes: string | Buffer): WireFault =>
  atRequest(({ socket }) => socket.end(bytes, 'latin1'));

/** Writes these bytes and resets the connection once they are on their way. */
const sayingThenReset = (bytes: string): WireFault =>
  atRequest(({ socket, after }) => {
    socket.write(bytes, 'latin1');
    // A reset overtakes what has not been read yet.
    after(30, () => socket.resetAndDestroy());
  });

/** An answer as it should be, on a connection that stays. */
export const answer = (
  status = 200,
  body = 'all is well',
  fields: Readonly<Record<string, string>> = {},
): WireFault =>
  atRequest(({ socket }) => {
    const lines = Object.entries({ 'content-length': `${Buffer.byteLength(body)}`, ...fields });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`HTTP/1.1 ${status} Whatever\r\n${head}\r\n${body}`);
  });

/** Everything of `bytes`, one byte every `everyMs`. */
export const dripping = (bytes: string, everyMs: number): WireFault =>
  atRequest(({ socket, after }) => {
    const drip = (at: number) => {
      if (at >= bytes.length) return void socket.end();
      socket.write(bytes.charAt(at), 'latin1');
      after(everyMs, () => drip(at + 1));
    };
    drip(0);
  });

export const silence = atRequest(() => {});

const OK = 'HTTP/1.1 200 OK\r\n';
const CUT_CHUNKS = 'transfer-encoding: chunked\r\n\r\n40\r\nonly the beginning';
const CUT_LENGTH = 'content-length: 1000\r\n\r\nonly the beginning';

/** The connection is lost before a whole head has come. */
export const LOST_CONNECTIONS: Readonly<Record<string, WireFault>> = {
  'a reset on accepting': {
    at: 'connection',
    play: ({ socket }) => void socket.resetAndDestroy(),
  },
  'a reset when the headers are in': {
    at: 'head',
    play: ({ socket }) => void socket.resetAndDestroy(),
  },
  'a reset instead of an answer': atRequest(({ socket }) => void socket.resetAndDestroy()),
  'a reset within the status line': sayingThenReset('HTTP/1.1 20'),
  'a reset within the headers': sayingThenReset(`${OK}content-ty`),
  'a close on accepting': { at: 'connection', play: ({ socket }) => void socket.destroy() },
  'a close instead of an answer': atRequest(({ socket }) => void socket.destroy()),
  'a half-close instead of an answer, then silence': atRequest(({ socket }) => void socket.end()),
  'a half-close within the headers': saying(`${OK}content-ty`),
};

/** What comes is no HTTP, or an HTTP that nobody can make sense of. */
export const GARBAGE: Readonly<Record<string, WireFault>> = {
  'a status that is no number': saying('HTTP/1.1 two-hundred OK\r\n\r\n'),
  'a status of seven digits': saying('HTTP/1.1 2000000 OK\r\n\r\n'),
  'another protocol’s banner': saying('220 mail.example ESMTP ready\r\n'),
  'a version that does not exist': saying('HTTP/7.3 200 OK\r\n\r\n'),
  'bytes of any kind': saying(Buffer.from([0, 255, 1, 254, 13, 10, 13, 10, 7, 200])),
  'a header without a colon': saying(`${OK}what is this\r\n\r\n`),
  'two lengths that disagree': saying(`${OK}content-length: 3\r\ncontent-length: 4\r\n\r\nabc`),
  'a length that is no number': saying(`${OK}content-length: three\r\n\r\nabc`),
};

/** The head is whole, and then the body dies. */
export const DYING_BODIES: Readonly<Record<string, WireFault>> = {
  'a chunked body that is cut': saying(`${OK}${CUT_CHUNKS}`),
  'a body shorter than its length': saying(`${OK}${CUT_LENGTH}`),
  'a chunked body that is reset': sayingThenReset(`${OK}${CUT_CHUNKS}`),
  'a body with a length that is reset': sayingThenReset(`${OK}${CUT_LENGTH}`),
  'a chunk whose size is no number': saying(`${OK}transfer-encoding: chunked\r\n\r\nlots\r\nabc`),
  // With a length: without one Node 20's own fetch waits for ever for what it cannot unpack.
  'a gzip body that is none': saying(
    `${OK}content-encoding: gzip\r\ncontent-length: 10\r\n\r\nplain text`,
  ),
};

/** The same bodies under a failure's status. */
export const DYING_ERROR_BODIES: Readonly<Record<string, WireFault>> = {
  'a 503 whose chunked body is cut': saying(`HTTP/1.1 503 Busy\r\n${CUT_CHUNKS}`),
  'a 503 shorter than its length': saying(`HTTP/1.1 503 Busy\r\n${CUT_LENGTH}`),
  'a 503 whose body is reset': sayingThenReset(`HTTP/1.1 503 Busy\r\n${CUT_LENGTH}`),
};

/** 1 MiB of one header. */
export const OVERLONG_HEADERS = saying(`${OK}x-long: ${'x'.repeat(1024 * 1024)}\r\n\r\n`);

/** A protocol switch that nobody asked for. */
export const UNASKED_UPGRADE = saying(
  'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n',
);
