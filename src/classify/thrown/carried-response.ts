import type { Classification } from '../../core/classification.ts';
import { cleanText } from '../clean-text.ts';
import { classifyFailure, type ClassifyOptions } from '../response-failure.ts';
import type { HeadersLike } from '../headers/response-headers.ts';
import { isUnprocessed } from '../words/statuses.ts';
import type { ThrownShape } from './causes.ts';
import { isErrorLike, isReference, read, readNumber, readObject, readText } from '../untrusted.ts';

/**
 * The classification of the HTTP response that an SDK's error carries, by the rules of the response
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
    const holders = HOLDERS.map((property) => readObject(shape.value, property));
    const status = statusOf(shape, holders);
    if (status === undefined) continue;
    const body = bodyOf(shape, holders);
    if (status < 400 && body === undefined) continue;
    const classification = classifyFailure(
      {
        status,
        headers: headersOf(shape, holders),
        body: body ?? (shape.message === '' ? undefined : describedBy(shape)),
      },
      options,
    );
    if (classification.category === 'success') continue;
    return withAwsHint(shape, named(shape, classification));
  }
  return undefined;
}

/** The members that hold a response or a part of it; `$metadata` is of AWS, `output` of boom. */
const HOLDERS = [
  'response',
  'httpResponse',
  '$response',
  'rawResponse',
  'res',
  '$metadata',
  'output',
];
const STATUSES = ['status', 'statusCode', 'status_code', 'httpStatusCode', 'httpStatus'];
const HEADERS = ['headers', 'responseHeaders'];
const BODIES = ['data', '_data', 'body', 'bodyAsText', 'responseBody', 'rawBody', 'text'];

type Holders = readonly (object | undefined)[];

/** The first of these properties that is accepted, of the first object that has one. */
function firstOf<Found>(
  objects: Holders,
  properties: readonly string[],
  accepts: (value: unknown) => value is Found,
): Found | undefined {
  for (const object of objects) {
    for (const property of properties) {
      const value = read(object, property);
      if (accepts(value)) return value;
    }
  }
  return undefined;
}

function statusOf({ value, code = '', number }: ThrownShape, holders: Holders): number | undefined {
  // The error itself comes first: what an SDK says of its error is more than the bare response.
  const status = firstOf([value, ...holders], STATUSES, isStatus);
  if (status !== undefined) return status;
  // Clients that put the HTTP status where others put a code.
  if (isStatus(number) && number >= 400) return number;
  if (/^[45]\d\d$/.test(code)) return Number(code);
  // Slack's client: the 429 that it did not wait for, and the error that came in a 200.
  if (code === 'slack_webapi_rate_limited_error') return 429;
  const isInSuccess = read(read(value, 'data'), 'ok') === false || graphqlErrors(value);
  return isInSuccess ? 200 : undefined;
}

const isStatus = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599;

function headersOf({ value, code }: ThrownShape, holders: Holders): HeadersLike | undefined {
  if (code === 'slack_webapi_rate_limited_error') {
    return { 'retry-after': readNumber(value, 'retryAfter') };
  }
  // The response's headers before the error's: a request's headers may stand there too.
  const headers = firstOf([...holders, value], HEADERS, isReference);
  // Azure's headers are neither iterable pairs nor a record, but can be made one.
  const toJSON = read(headers, 'toJSON');
  if (typeof toJSON !== 'function' || typeof read(headers, 'forEach') === 'function') {
    return headers as HeadersLike | undefined;
  }
  try {
    return toJSON.call(headers) as HeadersLike;
  } catch {
    return undefined;
  }
}

function bodyOf({ value }: ThrownShape, holders: Holders): unknown {
  const errors = graphqlErrors(value);
  if (errors !== undefined) return { errors };
  const body = firstOf([...holders, value], BODIES, isBody);
  if (body !== undefined) return body;
  const ofDiscord = readObject(value, 'rawError');
  if (ofDiscord !== undefined) return ofDiscord;
  const inner = firstOf([value], ['raw', 'error'], isBody);
  // Stripe and Stainless keep the member `error` of the body; or, of Stainless, the whole body.
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
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    const isGraphql =
      readText(first, 'message') !== undefined &&
      ['locations', 'path', 'extensions'].some((member) => read(first, member) !== undefined);
    if (isGraphql) return errors as readonly unknown[];
  }
  return undefined;
}

function isBody(body: unknown): body is string | object {
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
  const ofServer = number ?? (isOfServer(code) ? code : undefined);
  const isAws = readObject(value, '$metadata') !== undefined;
  return { code: isAws ? name : ofServer, type: readText(value, 'type'), message };
}

// A code that the SDK read out of the body or a header is kept where the parts alone show none.
function named({ code }: ThrownShape, classification: Classification): Classification {
  return classification.errorCode === undefined && isOfServer(code)
    ? { ...classification, errorCode: cleanText(code) }
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
  const category = read(hint, 'throttling') === true ? 'throttle' : 'retryable';
  if (classification.category === 'throttle' || classification.category === category) {
    return classification;
  }
  return {
    ...classification,
    category,
    unprocessed:
      classification.unprocessed ||
      isUnprocessed(classification.status ?? 0, category, 'code', false),
    decidedBy: 'hint',
    rule: `$retryable: ${category}`,
  };
}
