/**
 * The headers that a handler set for the body that it did not get to send. They would be untrue of
 * the answer to its error: a length makes the client wait for more, a coding makes JSON unreadable,
 * a permission to cache keeps the failure for all. What is about the exchange stays: CORS, cookies,
 * request ids.
 *
 * RFC 9110 §6.6.2, §8, §14.4; RFC 9112 §6.1; RFC 6266; RFC 9530; RFC 9111 §5.3; RFC 9213, and what
 * content delivery networks call it. `Content-Type` and `Cache-Control` are the answer's own.
 */
export const SUCCESS_HEADERS = [
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
  'content-range',
  'content-disposition',
  'content-digest',
  'repr-digest',
  'digest',
  'content-md5',
  'transfer-encoding',
  'trailer',
  'etag',
  'last-modified',
  'expires',
  'cdn-cache-control',
  'cloudflare-cdn-cache-control',
  'netlify-cdn-cache-control',
  'vercel-cdn-cache-control',
  'surrogate-control',
] as const;

/** What holds the headers of a response. */
export interface HeaderHolder {
  hasHeader(name: string): boolean;
  removeHeader(name: string): unknown;
}

/** Removes the {@link SUCCESS_HEADERS}. */
export function withdrawSuccessHeaders(holder: HeaderHolder): void {
  for (const name of SUCCESS_HEADERS) {
    // Node remembers each removal, also of what is not there, and does without that header then.
    if (holder.hasHeader(name)) holder.removeHeader(name);
  }
}

/** Removes from a response of Node what was said of a success: its headers and its reason phrase. */
export function withdrawSuccess(response: HeaderHolder & { statusMessage: string }): void {
  withdrawSuccessHeaders(response);
  // HTTP/2 has no reason phrase, and Node warns whoever asks for one.
  if (Object.hasOwn(response, 'statusMessage')) response.statusMessage = '';
}
