/**
 * What proves a statement of README.md: tests, as `file: title`; a command of package.json that
 * checks it outside Jest; or nothing, because it claims nothing about holdfast that a script could
 * refute (`opinion`), or because no proof exists yet (`open`, with the reason).
 */
export interface Proof {
  readonly tests?: readonly string[];
  readonly command?: string;
  readonly opinion?: string;
  readonly open?: string;
}

const tests = (...titles: readonly string[]): Proof => ({ tests: titles });
const opinion = (reason: string): Proof => ({ opinion: reason });
/** A link, or a heading of a paragraph. */
const POINTER = opinion('points to another place');

/** The statements in order; those of the table of situations are titles of tests themselves. */
export const PROOFS: Readonly<Record<string, Proof>> = {
  'holdfast wraps any fetch so that each failed API call gets the right answer: fix the request, try again, or slow down.':
    {
      tests: ['http/resilient-fetch.test.ts: gets as many arguments as were given'],
      open: 'other fetches than the platform’s and undici’s (node-fetch, cross-fetch): row 31 of issue 9',
    },
  '!An outage of ten seconds, seen as answers a second: holdfast is back two seconds after the network, a classic breaker after twelve, naive retry not within the minute':
    tests(
      'docs/readme-claims.test.ts: is back after an outage as its first picture says',
      'playground/plots.slow.test.ts: the plots of the scenarios are as `npm run playground -- --plots` draws them',
    ),
  'The signature is that of fetch, so it goes wherever a fetch goes.': tests(
    'types/public-types.test.ts: goes wherever a fetch goes',
    'integration/transparency.test.ts: a program cannot tell the wrapped fetch from fetch by its name, its length or a missing this',
  ),
  'It works for any HTTP API.': tests(
    'classify/response-failure.test.ts: without anything else the status decides',
  ),
  "Without the option catalog, holdfast knows the few hosts that it must know beforehand (OnDemand's, and APIs that report errors in a 2xx); byHost of holdfast/catalogs knows them all.":
    tests(
      'catalogs/default-catalog.test.ts: is there for every provider whose errors come in a 2xx or whose POSTs back off',
      'catalogs/by-host.test.ts: finds every catalog by each of its hosts',
    ),
  'Any other API is read by the shape of its errors.': tests(
    'catalogs/default-catalog.test.ts: is none for every other host: the general rules read those',
  ),

  'The category comes from the failure itself: the error code in its body, its headers, its status.':
    tests(
      'classify/response-failure.test.ts: the words of a code overrule headers and status',
      'classify/response-failure.test.ts: other headers overrule the status',
      'classify/response-failure.test.ts: without anything else the status decides',
    ),
  'Each failure is classified once, and retry, token bucket and circuit breaker all act on that one classification.':
    tests(
      'docs/readme-claims.test.ts: one classification drives retry, token bucket and circuit breaker',
      'classify/response.test.ts: reads once, however many ask and whenever',
    ),
  'How it is decided, and how to ask about a response that you have.': POINTER,
  'On the command line, npx holdfast also reads a whole log and says which settings fit, and plots an outage under your policy.':
    tests(
      'cli/doctor/doctor.test.ts: is made of options that resilientFetch takes',
      'cli/simulate/simulate.test.ts: takes the policy from flags',
      'cli/simulate/simulate.test.ts: plots into %d columns',
    ),

  'All need only Node 20 or later.': tests(
    'docs/readme-claims.test.ts: needs Node 20 or later, by its manifest',
    'integration/main-job.slow.test.ts: npm start shows every documented code and is as documented, in plain lines where nobody watches',
  ),

  'In production the dashboard says which upstream fails, since when, why, and until when.': tests(
    'adapters/dashboard/page.slow.test.ts: an outage: which upstream, since when, why and until when, on the first screen',
  ),
  '!The dashboard in an outage: payments, open for some seconds, 503 db_down, and beside it the history and the last failures':
    opinion('a picture, which the same test takes'),
  'It mounts on the server that you have.': tests(
    'adapters/dashboard/mounts.test.ts: serves page, snapshot and events, and does what the token allows',
  ),

  'Wrap a fetch.': POINTER,
  'Any SDK that takes a fetch takes this one.': { command: 'test:sdks' },
  More: POINTER,
  'Wrap anything else.': POINTER,
  'An SDK with its own transport, a queue, a database.': tests(
    'composition/three-numbers.test.ts: the same three numbers without any HTTP',
  ),
  'A pipeline reads their errors as it reads responses.': tests(
    'classify/thrown/carried-response.test.ts: AWS: the code in the name, the status in $metadata',
    'adapters/result.test.ts: reads an SDK’s error by its shape, and tells its attempts',
  ),
  'Stop throwing.': tests('adapters/result-never-rejects.test.ts: for any value that can be made'),
  'A call gives a neverthrow ResultAsync, whose error is a closed union.': tests(
    'types/public-types.test.ts: the union of errors is closed on kind',
    'types/public-types.test.ts: hold the value or one of the closed union',
  ),

  'We read the sources of p-retry 9, opossum 10, cockatiel 4 and ky 2.1 in November 2026.': opinion(
    'of other packages, in versions that Node 20 cannot run',
  ),
  '“By hand” means that a callback or an option lets you write it.': opinion('a definition'),
  wraps: tests(
    'http/resilient-fetch.test.ts: gets as many arguments as were given',
    'composition/protect.test.ts: keeps the function’s name, length, arguments and result',
  ),
  retry: tests('policies/retry/retry.test.ts: makes maxRetries further attempts, and no more'),
  'decides by the error code in the body': tests(
    'classify/response-failure.test.ts: the words of a code overrule headers and status',
  ),
  'Retry-After': tests(
    'integration/retry-after.test.ts: none of 100 callers that were told to wait 50 ms is a moment early',
  ),
  'rate limit shared by all calls': tests(
    'policies/rate-limit/token-bucket.test.ts: starts its burst at once and then keeps its rate',
  ),
  'circuit breaker': tests(
    'http/as-middleware.test.ts: what shares a bucket and a breaker is the origin of a string, a URL or a Request',
    'policies/circuit-breaker/classic-breaker.test.ts: circuits are apart for each key',
  ),
  'one deadline for the whole call': tests(
    'http/resilient-fetch.test.ts: the total deadline bounds everything, waits included',
  ),
  'abort ends a backoff at once': tests(
    'docs/readme-situations.test.ts: you abort',
    'integration/abort.test.ts: settles the call with its reason within one turn of the event loop, from %s',
  ),
  'repeats a request body': tests(
    'integration/repeating.test.ts: is the same in both attempts: %s',
    'integration/repeating.test.ts: that is a stream goes out once, whole, and the report says why',
  ),
  'limit on concurrency': tests(
    'policies/concurrency-limit/concurrency-limit.test.ts: lets no more attempts of a key run at once than it says',
  ),
  'second request where one is slow': tests(
    'policies/hedge/hedge.test.ts: is sent after the delay, and the first answer is the call’s',
  ),
  'fail-over between endpoints': tests(
    'http/endpoints/endpoints.test.ts: each of them once, and no more often than maxFailovers',
  ),
  'fallback, response cache': tests(
    'policies/fallback.test.ts: with what a function makes of the failure',
    'http/last-good/last-good.test.ts: answers where the server fails, with its age',
  ),
  'failures as values': tests('adapters/result.test.ts: is chained without a throw'),
  'minified, gzip': tests('docs/readme-claims.test.ts: is as small as README.md says'),
  'runtime dependencies': tests(
    'docs/readme-claims.test.ts: has as many dependencies as README.md says',
  ),
  'in use': opinion('of the world, not of the code'),
  'If you only need to call one function again, take p-retry: holdfast runs it inside.': tests(
    'policies/retry/p-retry-limits.test.ts: bare, what is thrown and is no Error is replaced; holdfast hands it on',
  ),
  'If you want a pleasant HTTP client, take ky, or give it this fetch.': { command: 'test:sdks' },
  'If you count kilobytes in a browser, take holdfast/lite, less than half of it.':
    opinion('advice'),
  'What holdfast costs at run time, losses included.': POINTER,

  'Getting started · Concepts · All pages · Examples': POINTER,
  'Policies: retry, token bucket, circuit breaker, concurrency limit, usage limits, timeout, hedge, endpoints, fallback, coalesce, pipeline.':
    POINTER,
  'Also: guarantees, errors, events, operating it, telemetry, dashboard, catalogs, testing, simulator, playground, architecture, decisions.':
    POINTER,

  'Version 0.1.0: the names may still change, and the changelog says when they do.': tests(
    'docs/readme-claims.test.ts: is of the version that README.md says',
  ),
  'It is not in the npm registry yet.': opinion('of the registry, not of the code'),
  'Until then, run npm ci && npm pack in a clone, and install the .tgz file that this makes.': {
    command: 'package:check',
  },
  'ES modules and CommonJS, TypeScript types included, Node 20 and later.': {
    command: 'package:check',
  },
  'Contributing, security, MIT licence.': POINTER,
};
