import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
} from 'node:zlib';

/** As many codings as undici's fetch undoes: a longer list is an attack. */
const MAX_CODINGS = 5;

/**
 * The beginning of a body in plain text. A dispatcher gives bodies as they came over the wire, and
 * a fetch on top of it asks for compressed ones; what cannot be decoded is given back as it is.
 *
 * Never rejects, and gives at most `maxBytes`, however much the codings inflate to.
 */
export async function decodedBeginning(
  bytes: Uint8Array,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const codings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (bytes.byteLength === 0 || codings.length > MAX_CODINGS) return bytes;
  let plain = bytes;
  // They were applied in the order in which they are listed (RFC 9110 §8.4).
  for (const coding of codings.toReversed()) {
    const decoded = await undo(coding, plain, maxBytes);
    if (decoded === undefined) return bytes;
    plain = decoded;
  }
  return plain;
}

/** `undefined` for a coding that is not known, or bytes that are not of it. */
function undo(
  coding: string,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array | undefined> | undefined {
  const decoder = decoderOf(coding, bytes);
  if (decoder === undefined) return undefined;
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const finish = () => {
      decoder.destroy();
      resolve(length === 0 ? undefined : Buffer.concat(chunks).subarray(0, maxBytes));
    };
    decoder.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length >= maxBytes) finish();
    });
    // A body that was cut off counts as far as it came.
    decoder.on('end', finish);
    decoder.on('error', finish);
    decoder.end(bytes);
  });
}

function decoderOf(coding: string, bytes: Uint8Array) {
  // Flushing without end: the bytes may well be only the beginning of the body.
  const flushing = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(flushing);
    case 'deflate':
      // Some servers leave the zlib header out; with it the low four bits say 8 (RFC 1950 §2.2).
      return ((bytes[0] ?? 0) & 0x0f) === 8 ? createInflate(flushing) : createInflateRaw(flushing);
    case 'br':
      return createBrotliDecompress({
        flush: constants.BROTLI_OPERATION_FLUSH,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      });
    default:
      return undefined;
  }
}
