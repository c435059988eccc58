import { cleanText } from '../clean-text.ts';
import { GRPC_STATUSES } from './grpc-statuses.ts';
import type { HeaderMap } from './response-headers.ts';

/** An answer of the server's own to "shall I retry?", before any code is looked at. */
export interface ServerHint {
  readonly retry: boolean;
  /** The field and its value, as the rule of the classification names them. */
  readonly rule: string;
}

/**
 * Header fields that answer "shall I retry?" outright. They may say yes to a 400 and no to a 500:
 * the server knows what it did. The last one only ever says yes.
 */
export const HINT_FIELDS = ['x-should-retry', 'stripe-should-retry', 'transient-error'] as const;

/** The outright answer of the headers, if there is one. */
export function headerHint(headers: HeaderMap): ServerHint | undefined {
  if (headers.size === 0) return undefined;
  for (const field of HINT_FIELDS) {
    const value = headers.get(field)?.toLowerCase();
    const retry = value === 'true';
    if (retry || (value === 'false' && field !== 'transient-error')) {
      return { retry, rule: `${field}: ${value}` };
    }
  }
  // gRFC A6: a negative or unreadable pushback forbids the retry.
  const pushback = headers.get('grpc-retry-pushback-ms');
  return pushback === undefined || /^\d{1,16}$/.test(pushback)
    ? undefined
    : { retry: false, rule: `grpc-retry-pushback-ms: ${cleanText(pushback) ?? ''}` };
}

/**
 * Header fields that hold a machine code, and the mark before which it ends. They come before the
 * body's codes: the gateway that wrote them knows, where the body says only `{"message": …}`.
 */
export const CODE_FIELDS: readonly (readonly [field: string, mark?: string])[] = [
  ['x-amzn-query-error', ';'], // the older code, then whose fault
  ['x-amzn-errortype', ':'], // a URL may follow
  ['x-ms-error-code'], // also where a HEAD has no body
  ['x-error-code'],
];

/** Fields whose code explains another one: they decide, but are not the code of the error. */
export const CAUSE_FIELDS = ['x-ms-copy-source-error-code', 'stripe-rate-limited-reason'] as const;

/** Fields that hold the message, for bodies that have none. */
export const MESSAGE_FIELDS = ['x-error-message', 'x-ms-error-message', 'grpc-message'] as const;

/** All machine codes of a response, the most telling first. */
export function codesOf(headers: HeaderMap, bodyCodes: readonly string[]): readonly string[] {
  if (headers.size === 0) return bodyCodes;
  const codes: string[] = [];
  const add = (code: string | undefined) => {
    if (code) codes.push(code);
  };
  for (const [field, mark] of CODE_FIELDS) {
    const value = headers.get(field);
    const code = mark === undefined ? value : value?.split(mark)[0];
    add(code?.slice(code.lastIndexOf('#') + 1));
  }
  codes.push(...bodyCodes);
  for (const field of CAUSE_FIELDS) add(headers.get(field));
  const status = headers.get('grpc-status');
  if (status) add(GRPC_STATUSES[Number(status) - 1]);
  // RFC 6750 §3: the reason for a 401 stands in the challenge.
  const challenge = headers.get('www-authenticate');
  if (challenge) add(/\berror="([\w.-]{1,64})"/.exec(challenge.slice(0, 1_024))?.[1]);
  return codes;
}

/** The message that the headers hold, if the body has none. */
export function headerMessage(headers: HeaderMap): string | undefined {
  for (const field of MESSAGE_FIELDS) {
    const value = headers.get(field);
    if (value) return value;
  }
  return undefined;
}
