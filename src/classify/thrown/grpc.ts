import type { Category, Classification } from '../../core/classification.ts';
import { cleanText } from '../clean-text.ts';
import { GRPC_STATUSES } from '../headers/grpc-statuses.ts';
import { read, readObject, readText } from '../untrusted.ts';
import { protoDuration } from '../wait/wait-hint.ts';
import { classificationOf, type ThrownShape } from './causes.ts';

/**
 * Which statuses are worth a retry follows google/rpc/code.proto: UNAVAILABLE as it is; ABORTED for
 * the whole step; UNKNOWN and INTERNAL like the HTTP 500 that they are mapped to.
 */
const RETRYABLE = /^(?:UNAVAILABLE|ABORTED|DEADLINE_EXCEEDED|UNKNOWN|INTERNAL)$/;

/** grpc-js, grpc-core and Connect, where nothing was sent or the stream was refused. */
const UNCONNECTED =
  /^(?:No connection established|Name resolution failed|Failed to connect|failed to connect to all addresses|Stream refused|.{0,40}\b(?:ECONNREFUSED|REFUSED_STREAM|ENOTFOUND)\b)/;

/** The classification of a gRPC error (grpc-js, google-gax, Connect, nice-grpc); `undefined` for others. */
export function classifyGrpc(shapes: readonly ThrownShape[]): Classification | undefined {
  for (const shape of shapes) {
    const name = statusName(shape);
    if (name === undefined) continue;
    const { value, number } = shape;
    const said = readText(value, 'details') ?? readText(value, 'rawMessage') ?? shape.message;
    const pushback = metadataText(value, 'grpc-retry-pushback-ms');
    const told = { errorCode: name, message: said };
    // gRPC A6: a negative (or unreadable) pushback says not to try again.
    if (pushback !== undefined && !/^\d{1,10}$/.test(pushback)) {
      const rule = `grpc-retry-pushback-ms: ${cleanText(pushback) ?? ''}`;
      return classificationOf(shape, { ...told, category: 'fatal', decidedBy: 'hint', rule });
    }
    const category: Category =
      name === 'RESOURCE_EXHAUSTED' ? 'throttle' : RETRYABLE.test(name) ? 'retryable' : 'fatal';
    const wait = pushback === undefined ? delayMs(value) : Number(pushback);
    return classificationOf(shape, {
      ...told,
      category,
      retryAfterMs: category === 'fatal' ? undefined : wait,
      unprocessed:
        category === 'throttle' ||
        // How a client's own words begin where no connection could be made. A server's may say the
        // same of a connection behind it.
        (name === 'UNAVAILABLE' && UNCONNECTED.test(said)),
      decidedBy: name === 'CANCELLED' ? 'caller' : 'code',
      rule: `gRPC status ${number} ${name}`,
    });
  }
  return undefined;
}

// A bare number in `code` means nothing: DOMException has 20, Discord 50001. gRPC errors have
// details and metadata beside it.
function statusName({ value, number = 0, message }: ThrownShape): string | undefined {
  const name = GRPC_STATUSES[number - 1];
  const isGrpc =
    typeof read(value, 'details') === 'string' ||
    typeof read(value, 'rawMessage') === 'string' ||
    readObject(value, 'metadata') !== undefined ||
    message.startsWith(`${number} ${name}`);
  return isGrpc ? name : undefined;
}

function metadataText(value: object, name: string): string | undefined {
  const metadata = readObject(value, 'metadata');
  const get = read(metadata, 'get');
  if (typeof get !== 'function') return undefined;
  try {
    const found: unknown = get.call(metadata, name);
    // grpc-js answers with a list, Connect's Headers with text or null.
    const first: unknown = Array.isArray(found) ? found[0] : found;
    return typeof first === 'string' ? first : undefined;
  } catch {
    return undefined;
  }
}

/** google.rpc.RetryInfo, where the client has decoded it (google-gax: `statusDetails`). */
function delayMs(value: object): number | undefined {
  const details = read(value, 'statusDetails');
  if (!Array.isArray(details)) return undefined;
  for (const detail of details.slice(0, 20) as unknown[]) {
    const wait = protoDuration(read(detail, 'retryDelay'));
    if (wait !== undefined) return wait;
  }
  return undefined;
}
