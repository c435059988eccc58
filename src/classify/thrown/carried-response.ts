import type { Classification } from '../../core/classification.ts';
import { classifyFailure, type ClassifyOptions } from '../response-failure.ts';
import type { HeadersLike } from '../headers/response-headers.ts';
import { type ThrownShape } from './causes.ts';
import { isErrorLike, read, readNumber, readObject, readText } from '../untrusted.ts';

/**
 * The classification of the HTTP response that an SDK's error carries, from the same rules as the response
 * itself; `undefined` where it carries none.
 *
 * Known shapes: `status`, `headers`, `error` (openai, anthropic and other Stainless SDKs) ·
 * `$metadata.httpStatusCode` and the code in `name` (AWS) · `response.{status,data,headers}`
 * (axios, gaxios, Octokit, superagent) · `response.{statusCode,body,headers}` (got) · a `Response`
 * under `response` (ky, ofetch) · `statusCode`, `raw` (Stripe) · `statusCode`, `responseBody`,
 * `responseHeaders` (Vercel's AI SDK) · `statusCode`, `code`, `response.bodyAsText` (Azure) ·
 * `httpResponse` (Hugging Face) · `response.errors` and `graphQLErrors` (GraphQL clients).
 */
export function classifyCarriedResponse(
  shapes: readonly ThrownShape[],
  options: ClassifyOptions,
): Classification | undefined {
  for (const shape of shapes) {
    const status = statusOf(shape);
    if (status === undefined) continue;
    const body = bodyOf(shape);
    if (status < 400 && body === undefined) continue;
    const classification = classifyFailure(
      {
        status,
        headers: headersOf(shape),
        body: body ?? (shape.message === '' ? undefined : describedBy(shape)),
      },
      options,
    );
    if (classification.category === 'success') continue;
    return withAwsHint(shape, named(shape, classification));
  }
  return undefined;
}

const RESPONSES = ['response', 'httpResponse', '$response', 'rawResponse', 'res'] as const;
const STATUSES = ['status', 'statusCode', 'status_code', 'httpStatusCode', 'httpStatus'] as const;

function statusOf({ value, code, number }: ThrownShape): number | undefined {
  for (const holder of holdersOf(value)) {
    for (const property of STATUSES) {
      const status = read(holder, property);
      if (isStatus(status, 200)) return status;
    }
  }
  const ofAws = read(readObject(value, '$metadata'), 'httpStatusCode');
  if (isStatus(ofAws, 200)) return ofAws;
  // Hapi's boom, and clients that put the HTTP status where others put a code.
  const ofBoom = read(readObject(value, 'output'), 'statusCode');
  if (isStatus(ofBoom, 400)) return ofBoom;
  if (isStatus(number, 400)) return number;
  if (code !== undefined && /^[45]\d\d$/.test(code)) return Number(code);
  // Slack's client: the error that came in a 200, and the 429 that it did not wait for.
  if (read(readObject(value, 'data'), 'ok') === false) return 200;
  if (code === 'slack_webapi_rate_limited_error') return 429;
  return graphqlErrors(value) === undefined ? undefined : 200;
}

function isStatus(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 599;
}

// The error itself comes first: what an SDK says of its error is more than the bare response.
function holdersOf(value: object): readonly object[] {
  const holders = [value];
  for (const property of RESPONSES) {
    const response = readObject(value, property);
    if (response !== undefined) holders.push(response);
  }
  return holders;
}

const HEADERS = ['headers', 'responseHeaders'] as const;

function headersOf({ value, code }: ThrownShape): HeadersLike | undefined {
  if (code === 'slack_webapi_rate_limited_error') {
    return { 'retry-after': readNumber(value, 'retryAfter') };
  }
  const holders = holdersOf(value);
  // The response's headers before the error's: a request's headers may stand there too.
  for (const holder of [...holders.slice(1), ...holders.slice(0, 1)]) {
    for (const property of HEADERS) {
      const headers = readObject(holder, property);
      if (headers === undefined) continue;
      // Azure's headers are neither iterable pairs nor a record, but can be made one.
      const toJSON = read(headers, 'toJSON');
      if (typeof toJSON === 'function' && typeof read(headers, 'forEach') !== 'function') {
        try {
          return toJSON.call(headers) as HeadersLike;
        } catch {
          return undefined;
        }
      }
      return headers as HeadersLike;
    }
  }
  return undefined;
}

const BODIES = ['data', '_data', 'body', 'bodyAsText', 'responseBody', 'rawBody', 'text'] as const;

function bodyOf(shape: ThrownShape): unknown {
  const { value } = shape;
  const errors = graphqlErrors(value);
  if (errors !== undefined) return { errors };
  const holders = holdersOf(value);
  for (const holder of [...holders.slice(1), ...holders.slice(0, 1)]) {
    for (const property of BODIES) {
      const body = read(holder, property);
      if (isBody(body)) return body;
    }
  }
  const raw = readObject(value, 'rawError'); // discord.js
  if (raw !== undefined) return raw;
  const ofStripe = readObject(value, 'raw');
  if (ofStripe !== undefined && isBody(ofStripe)) return { error: ofStripe };
  const inner = read(value, 'error');
  if (!isBody(inner)) return undefined;
  // Stainless keeps either the whole body or what stood in its `error` member.
  return typeof inner === 'object' && read(inner, 'error') === undefined ? { error: inner } : inner;
}

/** The errors of a GraphQL answer, where a client has thrown them. */
function graphqlErrors(value: object): readonly unknown[] | undefined {
  const candidates = [
    read(value, 'graphQLErrors'), // Apollo before 4, urql
    read(readObject(value, 'response'), 'errors'), // graphql-request, Octokit
    read(readObject(value, 'result'), 'errors'),
    read(value, 'errors'), // Apollo 4, Octokit
  ];
  for (const errors of candidates) {
    if (!Array.isArray(errors) || errors.length === 0) continue;
    const first: unknown = errors[0];
    const isGraphql =
      readText(first, 'message') !== undefined &&
      ['locations', 'path', 'extensions'].some((member) => read(first, member) !== undefined);
    if (isGraphql) return errors as readonly unknown[];
  }
  return undefined;
}

function isBody(body: unknown): boolean {
  if (typeof body === 'string') return body !== '';
  if (typeof body !== 'object' || body === null) return false;
  // A stream that nobody read says nothing, and an Error is the cause, not the body.
  return (
    typeof read(body, 'getReader') !== 'function' &&
    typeof read(body, 'pipe') !== 'function' &&
    !isErrorLike(body)
  );
}

/** The error's own code and words, laid out as the body that it was made from. */
function describedBy({ value, name, code, number, message }: ThrownShape): unknown {
  const isAws = readObject(value, '$metadata') !== undefined;
  const type = readText(value, 'type');
  return {
    ...(isAws
      ? { __type: name }
      : number !== undefined
        ? { code: number }
        : isOfServer(code) && { code }),
    ...(type !== undefined && { type }),
    ...(message !== '' && { message }),
  };
}

// A code that the SDK read out of the body or a header is kept where the parts alone show none.
function named({ code }: ThrownShape, classification: Classification): Classification {
  return classification.errorCode === undefined && isOfServer(code)
    ? { ...classification, errorCode: code }
    : classification;
}

// axios says ERR_BAD_REQUEST to every 4xx, a 429 too: a client's own code is no server's.
function isOfServer(code: string | undefined): code is string {
  return code !== undefined && !/^(?:UND_ERR_|ERR_|E[A-Z]+$|slack_webapi_|\d{3}$)/.test(code);
}

/** AWS models which of a service's errors are retryable, and its SDK says so on the error. */
function withAwsHint({ value }: ThrownShape, classification: Classification): Classification {
  const hint = readObject(value, '$retryable');
  if (hint === undefined) return classification;
  const throttling = read(hint, 'throttling') === true;
  if (
    classification.category === 'throttle' ||
    (classification.category === 'retryable' && !throttling)
  ) {
    return classification;
  }
  return {
    ...classification,
    category: throttling ? 'throttle' : 'retryable',
    unprocessed: throttling || classification.unprocessed,
    decidedBy: 'hint',
    rule: `the service's model marks the error as ${throttling ? 'throttling' : 'retryable'} ($retryable)`,
  };
}
