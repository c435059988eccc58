import type { HeaderMap } from './response-headers.ts';

/** What a server says outright, before any code is looked at. */
export interface ServerHint {
  readonly retry: boolean;
  /** The field and its value, as the rule of the classification names them. */
  readonly rule: string;
}

/**
 * Header fields that answer "shall I retry?" outright. They may say yes to a 400 and no to a 500:
 * the server knows what it did.
 */
export const HINT_FIELDS: readonly { readonly field: string; readonly source: string }[] = [
  { field: 'x-should-retry', source: 'OpenAI, Anthropic and every SDK made by Stainless' },
  { field: 'stripe-should-retry', source: 'Stripe: set where its idempotency layer knows' },
];

/** Header fields that only ever say that the failure passes. */
export const TRANSIENT_FIELDS: readonly { readonly field: string; readonly source: string }[] = [
  { field: 'transient-error', source: 'no public documentation: the name leaves no other meaning' },
];

/** What the headers say outright about a retry, if anything. */
export function headerHint(headers: HeaderMap): ServerHint | undefined {
  if (headers.size === 0) return undefined;
  for (const { field } of HINT_FIELDS) {
    const value = headers.get(field)?.toLowerCase();
    if (value === 'true' || value === 'false') {
      return { retry: value === 'true', rule: `the server says ${field}: ${value}` };
    }
  }
  for (const { field } of TRANSIENT_FIELDS) {
    if (headers.get(field)?.toLowerCase() === 'true') {
      return { retry: true, rule: `the server says ${field}: true` };
    }
  }
  // gRFC A6: a negative or unreadable pushback forbids the retry.
  const pushback = headers.get('grpc-retry-pushback-ms');
  if (pushback !== undefined && !/^\d{1,16}$/.test(pushback)) {
    return { retry: false, rule: `grpc-retry-pushback-ms: ${pushback} forbids a retry (gRFC A6)` };
  }
  return undefined;
}

/**
 * Header fields that hold a machine code. They come before the body's codes: the gateway that
 * wrote them knows, where the body says only `{"message": …}`.
 */
export const CODE_FIELDS: readonly {
  readonly field: string;
  /** The part of the value that is the code ends before this mark. */
  readonly until?: string;
  readonly source: string;
}[] = [
  { field: 'x-amzn-query-error', until: ';', source: 'AWS: the older code, then whose fault' },
  { field: 'x-amzn-errortype', until: ':', source: 'AWS REST-JSON: a URL may follow' },
  { field: 'x-ms-error-code', source: 'Azure Storage: also where a HEAD has no body' },
  { field: 'x-error-code', source: 'Hugging Face' },
];

/** Header fields whose code explains another one: they decide, but are not the code of the error. */
const CAUSE_FIELDS: readonly string[] = [
  'x-ms-copy-source-error-code',
  'stripe-rate-limited-reason',
];

/** Header fields that hold the message, for bodies that have none. */
const MESSAGE_FIELDS: readonly string[] = ['x-error-message', 'x-ms-error-message', 'grpc-message'];

/** The names of gRPC's status numbers, as the `grpc-status` field has them. */
const GRPC_STATUSES: readonly string[] = (
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS ' +
  'PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED ' +
  'INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'
).split(' ');

/** The machine codes that the headers hold; those that come before the body's, and those after. */
export function headerCodes(headers: HeaderMap): { first: string[]; last: string[] } {
  const first: string[] = [];
  const last: string[] = [];
  if (headers.size === 0) return { first, last };
  for (const { field, until } of CODE_FIELDS) {
    const value = headers.get(field);
    if (value === undefined || value === '') continue;
    const whole = value.slice(value.lastIndexOf('#') + 1);
    const end = until === undefined ? -1 : whole.indexOf(until);
    first.push(end === -1 ? whole : whole.slice(0, end));
  }
  for (const field of CAUSE_FIELDS) {
    const value = headers.get(field);
    if (value !== undefined && value !== '') last.push(value);
  }
  const grpc = headers.get('grpc-status');
  const name = grpc === undefined ? undefined : GRPC_STATUSES[Number(grpc)];
  if (name !== undefined && name !== 'OK') last.push(name);
  // RFC 6750 §3: the reason for a 401 stands in the challenge.
  const challenge = headers.get('www-authenticate');
  const [, error] = /\berror="([\w.-]{1,64})"/.exec(challenge?.slice(0, 1_024) ?? '') ?? [];
  if (error !== undefined) last.push(error);
  return { first, last };
}

/** The message that the headers hold, if the body has none. */
export function headerMessage(headers: HeaderMap): string | undefined {
  for (const field of MESSAGE_FIELDS) {
    const value = headers.get(field);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}
