import { phraseFinder, phrasesOf } from './phrases.ts';
import type { MeaningRow } from './meanings.ts';

/**
 * What the words of a machine code mean. Rows that come first win: a code with words of two rows
 * (`daily_rate_limit`, `idempotency_key_in_use`) is of the earlier one. Sources in brackets are
 * examples of who documents the meaning; every row is used by several providers.
 */
export const CODE_WORDS: readonly MeaningRow[] = [
  {
    meaning: 'exhausted',
    because:
      'money or credit is used up; waiting does not bring it back [OpenAI, Anthropic, Twilio]',
    phrases: phrasesOf(`
      insufficient quota | insufficient … credit | insufficient … fund |
      insufficient … balance | not enough credit | no credit | out of credit |
      credit exhausted | credit … exhausted | credit … exceeded | credit … limit |
      credit … deplete | balance … exhausted | balance … low | negative balance | spend limit |
      spending limit | spend cap | budget exceeded | billing | payment required |
      payment overdue | card declined | plan limit | trial expired | trial ended |
      subscription expired | subscription required | license expired | hard limit
    `),
  },
  {
    meaning: 'oversize',
    because: 'this request is larger than what is ever allowed [RFC 9110 413, 414, 431]',
    phrases: phrasesOf(`
      request too large | request entity too large | entity too large | payload too large |
      content too large | body too large | message too large | message too long |
      file too large | too large | too big | too long | size exceeded | size limit | max size |
      length exceeded | length limit | length required | context length | context window |
      max tokens | token limit | complexity | max cost exceeded | query cost | max depth |
      node limit
    `),
  },
  {
    meaning: 'quota',
    because:
      'an allowance of hours to months: only a stated time makes waiting worthwhile [Google]',
    phrases: phrasesOf(`
      daily | monthly | weekly | yearly | per day | per month | day limit | month limit |
      24 hour
    `),
  },
  {
    meaning: 'refused',
    because: 'a limit on how many things may exist, not on how fast to ask [AWS, Google, Azure]',
    phrases: phrasesOf(`
      storage quota | storage limit | storage full | disk quota | mailbox full | quota … core |
      account limit | resource limit | upload limit | creation limit | lease limit |
      item limit | seat limit | member limit | project limit | user limit | too many fields |
      too many parameters | too many arguments | too many ids | too many items |
      too many entries | too many rows | too many values | too many recipients |
      too many redirects | too many files
    `),
  },
  {
    meaning: 'contention',
    because:
      'the same request is still at work; its answer comes later [Stripe, idempotency drafts]',
    phrases: phrasesOf(`
      idempotency key in use | idempotent key in use | idempotent request in progress |
      idempotency … progress | idempotency concurrent | idempotent concurrent |
      concurrent idempotent | request in progress | transaction in progress |
      operation in progress | update in progress | deployment in progress |
      already in progress | in progress | being created | being updated | being deleted |
      being processed | being provisioned | prior request not complete | not complete yet |
      operation pending | user pending
    `),
  },
  {
    meaning: 'contention',
    because:
      'a lock or a lost race: the next try meets another state [SQL, Salesforce, Stripe, gRPC]',
    phrases: phrasesOf(`
      deadlock | resource busy | object busy | lock timeout | lock wait | lock contention |
      lock not available | unable to lock | row lock | resource locked | object locked |
      record locked | could not obtain lock | write conflict | serialization failure |
      concurrent modification | concurrent update | concurrent write | concurrent operation |
      concurrent access | concurrency conflict | concurrency violation | concurrency exception |
      optimistic lock | edit conflict | aborted | contention | conflicting operation |
      operation aborted | too much contention
    `),
  },
  {
    meaning: 'throttle',
    because: 'the words of rate limiting in every API [RFC 6585 429, AWS throttling list, Google]',
    phrases: phrasesOf(`
      rate limit | ratelimit | ratelimited | rate exceeded | rate over limit | rate too high |
      rate quota | throttle | too many requests | too many calls | too many queries |
      too many attempts | too many operations | too many … operations | too many connections |
      too many concurrent | too many sessions | too many tries | too many messages | slow down |
      slowdown | request limit | request quota | call limit | query limit | throughput |
      bandwidth limit | concurrency limit | concurrent limit | concurrent request |
      concurrent … limit | invocation limit | transaction limit | frequency limit |
      too frequent | too frequently | burst | too many simultaneous | toomanyrequests |
      speed limit | per minute | per second | per hour | minute limit | hour limit | hourly |
      qps | tps | flood | flood wait | enhance your calm | back off | backoff |
      request throttled | ramp limit
    `),
  },
  {
    meaning: 'throttle',
    because: 'more load than the server can take: everybody must slow down [Anthropic, Azure, GCP]',
    phrases: phrasesOf(`
      overload | over capacity | at capacity | capacity exceeded | no capacity | busy |
      reduced capacity | queue full | load shed | resource exhausted | resources exhausted
    `),
  },
  {
    meaning: 'refused',
    because: 'a session or a credential has run out; it must be renewed first [OAuth, AWS]',
    phrases: phrasesOf(`
      session timeout | session timed out | session expired | token expired | expired token |
      credential expired | invalid timeout | already | duplicate | too skewed | skewed |
      clock skew
    `),
  },
  {
    meaning: 'transient',
    because:
      'a time limit passed in the server: the next try may be quicker [RFC 9110 408, 504; AWS]',
    phrases: phrasesOf(`
      timeout | time out | timed out | deadline exceeded | gateway timeout | did not respond |
      not responding | no response
    `),
  },
  {
    meaning: 'transient',
    because:
      'not ready yet: it becomes ready by itself [AWS Lambda, Bedrock, Hugging Face, RFC 8628]',
    phrases: phrasesOf(`
      not ready | not yet ready | not yet available | not provisioned | cold start |
      warming up | starting up | model loading | still loading | is loading |
      authorization pending | initializing | provisioning | maintenance | under maintenance
    `),
  },
  {
    meaning: 'transient',
    because: 'the code says outright that it passes [Azure RetryableError, Google, MongoDB labels]',
    phrases: phrasesOf(`
      retryable | retriable | retry later | try again | please retry | retry | transient |
      temporary | temporarily | temporarily unavailable
    `),
  },
  {
    meaning: 'transient',
    because: 'the server, or one behind it, cannot be reached just now [RFC 9110 502, 503]',
    phrases: phrasesOf(`
      service unavailable | server unavailable | backend unavailable | upstream unavailable |
      service down | bad gateway | communication error | communication failure |
      connection error | connection failed | connection failure | connection refused |
      connection reset | connection lost | connection closed | broken connection |
      network error | network failure | upstream error | upstream failure | dependency failed |
      dependency failure | failed dependency | host unreachable | unreachable
    `),
  },
  {
    meaning: 'permanent',
    because:
      'documented as beyond repair or not offered [gRPC DATA_LOSS, UNIMPLEMENTED; RFC 9110 501]',
    phrases: phrasesOf(`
      data loss | not implemented | unimplemented | not supported | unsupported |
      unrecoverable | terminal
    `),
  },
  {
    meaning: 'fault',
    because: "the server's own fault, unexplained [gRPC INTERNAL, RFC 9110 500]",
    phrases: phrasesOf(`
      unavailable | offline | capacity | insufficient … capacity | internal error |
      internal server error | internal failure | internal exception | internal | server error |
      servererror | backend error | system error | server exception | unexpected error |
      unexpected exception | unexpected condition | unknown error | unhandled | fatal error |
      service error | service failure
    `),
  },
  {
    meaning: 'invalid',
    because:
      'the request itself is wrong, whatever status carries it [gRPC INVALID_ARGUMENT, Apollo]',
    phrases: phrasesOf(`
      validation | bad request | bad user input | invalid argument | invalid login |
      invalid credential | invalid session | invalid request | invalid parameter |
      invalid input | parameter missing | missing parameter | missing required | malformed |
      syntax error | parse failed | parse error | unauthenticated | unauthorized |
      access denied | permission denied | forbidden | not found
    `),
  },
  {
    meaning: 'quota',
    because: 'a quota is used up; which one, only the message or the status says [Google, Azure]',
    phrases: phrasesOf(`
      quota | usage limit | allowance | out of call volume
    `),
  },
  {
    meaning: 'limit',
    because: 'a limit is exceeded; which one, only the message or the status says [AWS, GitHub]',
    phrases: phrasesOf(`
      limit exceeded | limits exceeded | limit … exceeded | limit over | limit reached |
      over limit | exceeded … limit | exceeds … limit | limit | limited | resources exceeded |
      too many
    `),
  },
  {
    meaning: 'refused',
    because: 'the same request gets the same answer until something else changes [RFC 9110 4xx]',
    phrases: phrasesOf(`
      invalid | missing | required | not allowed | denied | exists | taken | in use | expired |
      disabled | suspended | blocked | banned | revoked | inactive | deleted | gone |
      not exist | does not exist | unknown | unprocessable | precondition | condition not met |
      conditional check failed | mismatch | out of range | wrong | declined | rejected |
      content filter | content policy | moderation | safety | immutable | read only |
      not editable | not permitted | not enabled | not configured | not authorized |
      unauthorised | authentication | auth error | signature | deprecated
    `),
  },
];

/** The first row of {@link CODE_WORDS} that the words of a code match. */
export const findCodeMeaning = phraseFinder(CODE_WORDS);

/**
 * Types that some APIs give to all their errors: on one of them a 409 is a lost race, on another a
 * missing field, so they decide nothing.
 */
export const CATCH_ALL_CODES: ReadonlySet<string> = new Set([
  'invalid_request_error', // OpenAI, Stripe and those who answer like them
  'api_error', // Stripe, Anthropic
  'OAuthException', // Meta: rate limits too
  'Exception',
  'HTTPException',
  'HttpException',
  'RequestError',
]);
