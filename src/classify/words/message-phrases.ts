import type { MeaningRow } from './meanings.ts';
import { phraseFinder, phrasesOf } from './phrases.ts';

/**
 * What the sentences of a message mean: asked only where no code decides, as prose is written for
 * people and changes without notice. Rows that come first win.
 */
export const MESSAGE_PHRASES: readonly MeaningRow[] = [
  {
    meaning: 'oversize',
    because: 'the message says that this one request is too large and must shrink [OpenAI, Groq]',
    phrases: phrasesOf(`
      request too large | request is too large | prompt is too long | input is too long |
      must be reduced | reduce your message size | reduce the length | reduce the size |
      reduce your prompt | shorter prompt | maximum context length | larger than the maximum |
      exceeds the maximum size | exceeds the maximum allowed size |
      exceeds the maximum number of tokens | query is too complex
    `),
  },
  {
    meaning: 'exhausted',
    because: 'the message asks for money, credit or another plan [OpenAI, Hugging Face, Mapbox]',
    phrases: phrasesOf(`
      insufficient … credit | insufficient … balance | insufficient … fund |
      insufficient quota | not enough credit | not enough balance | no … credit remaining |
      no credit | out of credit | run out of credit | credit … exhausted | credit … deplete |
      credit balance | balance is too low | included credits | purchase … credit |
      add … credit | buy … credit | top up | spend limit | spending limit | spending cap |
      billing | payment required | payment method | unpaid invoice | past due |
      upgrade your plan | upgrade your account | upgrade your subscription | upgrade to a paid |
      please upgrade | trial has expired | trial expired | trial has ended |
      subscription has expired | requires … subscription
    `),
  },
  {
    meaning: 'refused',
    because: '"try again" with something changed is not "try this again" [S3, Azure OpenAI]',
    phrases: phrasesOf(`
      different name | another name | different … try again | different … retry |
      modify … retry | modify … try again | change … try again | correct … try again |
      correct … resubmit | fix … try again | check … try again | verify … try again |
      latest version | valid … try again | log in … try again | sign in … try again |
      adjust … prompt | already exists | already in use | already been | already taken |
      already registered | does not exist | not found
    `),
  },
  {
    meaning: 'contention',
    because: 'another request holds what this one needs [Stripe, SQL, Kubernetes]',
    phrases: phrasesOf(`
      another request | another … request | another process | another operation |
      another transaction | another update | in progress request | currently in progress |
      is in progress | still in progress | currently being | still being processed |
      is being processed | is being created | is being updated | is being deleted |
      is being modified | modified by another | object has been modified | updated by another |
      concurrent modification | concurrent update | concurrent write | concurrent transaction |
      concurrently | simultaneously | same time | deadlock | lock timeout | is locked |
      aborted | currently held | failed to acquire | could not acquire | unable to acquire |
      currently locked | is currently processing | still processing | optimistic lock
    `),
  },
  {
    meaning: 'quota',
    because: 'an allowance of a day or more: only a stated time makes waiting worthwhile [Google]',
    phrases: phrasesOf(`
      per day | per month | daily limit | daily quota | daily request | daily rate limit |
      monthly limit | monthly quota | monthly request | monthly usage | limit for today |
      for the day | this month | free models per day
    `),
  },
  {
    meaning: 'throttle',
    because:
      'the sentences of rate limiting, on whatever status [GitHub 403, Meta 400, Cloudflare]',
    phrases: phrasesOf(`
      rate limit | ratelimit | rate limited | ratelimited | rate exceeded | rate of requests |
      request rate | sending rate | too many requests | too many … requests | too many calls |
      too many api | too many attempts | too many … attempts | too many concurrent |
      too many simultaneous | too many connections | too many queries | too frequently |
      too fast | too quickly | request limit reached | request limit exceeded | calls limit |
      call limit | limit of requests | limit on requests | api limit | limit reached … calls |
      exceeded … number of requests | exceeded … request limit | exceeded … calls | throttle |
      slow down | slowdown | reduce your request rate | reduce your rate | per second |
      per minute | per hour | per minute request | temporarily blocked | call volume quota |
      flood control | concurrency limit | concurrent request
    `),
  },
  {
    meaning: 'limit',
    because: 'some quota is exceeded: which one, only a stated time tells [Kubernetes, Google]',
    phrases: phrasesOf(`
      exceeded quota | quota exceeded | exceeded your quota | over quota | out of quota
    `),
  },
  {
    meaning: 'throttle',
    because: 'the server says that it has more load than it can take [Anthropic, Gemini, Azure]',
    phrases: phrasesOf(`
      overloaded | overload | over capacity | at capacity | high demand | high load |
      heavy load | high traffic | high volume | too busy | server is busy | service is busy |
      system is busy | currently busy | busy | exceeded capacity | capacity exceeded |
      no capacity | resource exhausted | resource has been exhausted
    `),
  },
  {
    meaning: 'transient',
    because: 'the message says that the same request may work later [many]',
    phrases: phrasesOf(`
      temporary | temporarily | transient | try again later | try again in | try again after |
      try again shortly | try again soon | try again momentarily | retry later | retry in |
      retry after | retry shortly | timed out | not ready | is loading | still loading |
      is starting | warming up | under maintenance | scheduled maintenance |
      service unavailable | currently unavailable | could not be reached
    `),
  },
  {
    meaning: 'fault',
    because: 'something went wrong over there; where the status blames the caller, it means little',
    phrases: phrasesOf(`
      please try again | please retry | try your request again | try the request again |
      retry your request | retry the request | try resubmitting | something went wrong |
      timeout | in time | deadline exceeded | maintenance | unavailable | connection refused |
      connection reset | broken pipe | internal error | internal server error |
      unexpected error | unknown error | server error
    `),
  },
];

/** The first row of {@link MESSAGE_PHRASES} that the words of a message match. */
export const findMessageMeaning = phraseFinder(MESSAGE_PHRASES);
