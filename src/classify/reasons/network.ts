import type { NetworkMeaning } from '../thrown/network-words.ts';
import type { Reason } from './statuses.ts';

const RUNTIMES = "Node's errors, tls and dns documentation, libuv, undici, Bun, Deno, axios";

/** Why each meaning of a network failure is answered as it is. */
export const NETWORK_REASONS: Readonly<Record<NetworkMeaning, Reason>> = {
  'not-sent': ['the connection was never made, so nothing was sent', RUNTIMES],
  lost: ['the connection was lost or fell silent; the server may have acted', RUNTIMES],
  opaque: ['the runtime reports a failed request, and no more', 'Fetch standard: network errors'],
  'slow-down': ['the server asked for fewer requests', 'RFC 9113 §7'],
  garbled: [
    'the server answered, and no reader of HTTP or of its encoding can use it',
    'llhttp, zlib and Brotli',
  ],
  permanent: ['it would fail the same way again', RUNTIMES],
  aborted: ['the caller aborted the call', 'DOM standard: AbortSignal'],
  misuse: ['the request itself cannot be made', 'Fetch standard: forbidden requests'],
};
