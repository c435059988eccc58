import type { Catalog } from '../classify/catalog/catalog.ts';
import type { StreamReading } from '../classify/streams/stream-reading.ts';
import type { EventListener } from '../core/events.ts';
import type { IdempotencyKeyOption } from './idempotency-key.ts';

/** A name for what is asked for, told from the arguments of fetch: what shares one bucket and one breaker. */
export type KeyOf = (input: string | URL | Request, init?: RequestInit) => string;

/** How a policy reads the calls of a fetch. */
export interface MiddlewareOptions {
  /** The provider's error codes, or how to find them by URL. @defaultValue none */
  readonly catalog?:
    Catalog | readonly Catalog[] | ((url: string) => Catalog | undefined) | undefined;
  /** What shares one bucket and one breaker. @defaultValue the URL's origin */
  readonly key?: string | KeyOf | undefined;
  /** What shares one limit of the server. @defaultValue the key, and whose credential the request carries */
  readonly scope?: string | KeyOf | undefined;
  /** What may fail or be slow alone. @defaultValue method and path, ids folded into one: `GET /users/:id` */
  readonly route?: string | KeyOf | undefined;
  /**
   * Sends a key by which the server knows a repetition, with requests that may not be repeated
   * otherwise (`POST`, `PATCH`) and carry none: `'auto'` makes a new one for each call, a function
   * tells it from the arguments of fetch. All attempts of a call have the same key, and are repeated
   * like a `GET`. Only for servers that heed it: one that does not does the work twice.
   *
   * The header is `Idempotency-Key`, or what the catalog says. @defaultValue false
   */
  readonly idempotencyKey?: IdempotencyKeyOption | undefined;
  /**
   * How streams of events are read: `eventStreams({ … })`; `false` where they are not.
   * @defaultValue as the catalog says
   */
  readonly streams?: StreamReading | false | undefined;
  /** Called where an attempt ends (`attempt-ended`), and where the client inside retries by itself (`nested-retry`). */
  readonly onEvent?: EventListener | undefined;
}
