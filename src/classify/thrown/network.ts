import type { Category, Classification, DecidedBy } from '../../core/classification.ts';
import { meaningOfCode, type NetworkMeaning } from './network-codes.ts';
import { meaningOfMessage, unspecificMeaningOf } from './network-messages.ts';
import { withoutSecrets, type ThrownShape } from './causes.ts';
import { read, readText } from '../untrusted.ts';

/** What was found, in which link of the chain, and the words of the rule that found it. */
interface Finding {
  readonly meaning: NetworkMeaning;
  readonly shape: ThrownShape;
  readonly rule: string;
}

/**
 * Classifies a chain of causes as a network failure; `undefined` where it is none.
 *
 * The innermost code decides, because it is the root cause; without a code the words decide, but a
 * `TypeError` counts only if a runtime is known to throw just that: any other is a program's own.
 */
export function classifyNetwork(shapes: readonly ThrownShape[]): Classification | undefined {
  const finding =
    proxyAnswer(shapes) ??
    abortOf(shapes) ??
    codeOf(shapes) ??
    timeoutOf(shapes) ??
    (isNetwork(shapes) ? wordsOf(shapes) : undefined);
  return finding && networkClassification(finding.meaning, finding.shape, finding.rule);
}

/** The classification that goes with a meaning. */
export function networkClassification(
  meaning: NetworkMeaning,
  shape: ThrownShape,
  rule: string,
): Classification {
  return {
    category: CATEGORY_OF[meaning],
    errorCode: shape.code,
    message: withoutSecrets(shape.message),
    status: undefined,
    retryAfterMs: undefined,
    unprocessed: meaning === 'not-sent',
    decidedBy: DECIDED_BY[meaning] ?? 'network',
    rule,
  };
}

const CATEGORY_OF: Readonly<Record<NetworkMeaning, Category>> = {
  'not-sent': 'retryable',
  lost: 'retryable',
  opaque: 'retryable',
  'slow-down': 'throttle',
  permanent: 'fatal',
  aborted: 'fatal',
  misused: 'fatal',
};

const DECIDED_BY: Readonly<Partial<Record<NetworkMeaning, DecidedBy>>> = {
  opaque: 'opaque',
  aborted: 'caller',
  misused: 'caller',
};

const WORDS_FOR: Readonly<Record<NetworkMeaning, string>> = {
  'not-sent': 'the connection was never made',
  lost: 'the connection was lost or fell silent',
  opaque: 'the runtime reports a failed request, and no more',
  'slow-down': 'the server asked for fewer requests',
  permanent: 'it would fail the same way again',
  aborted: 'the caller aborted the call',
  misused: 'the request itself cannot be made',
};

// undici reports a proxy's refusal of the tunnel as an abort, with the status in its words alone.
function proxyAnswer(shapes: readonly ThrownShape[]): Finding | undefined {
  for (const shape of shapes) {
    const status = /^Proxy response \((\d{3})\)/.exec(shape.message)?.[1];
    if (status === undefined) continue;
    const meaning = status >= '500' ? 'not-sent' : status === '429' ? 'slow-down' : 'permanent';
    return { meaning, shape, rule: `the proxy answered ${status} to the tunnel` };
  }
  return undefined;
}

const ABORT_NAMES: ReadonlySet<string> = new Set([
  'AbortError', // the platform's
  'AbortedError',
  'CanceledError', // axios
  'Cancel', // axios before 0.22
  'APIUserAbortError', // openai, anthropic and other Stainless SDKs
  'UserAbortError',
]);

// A library that keeps its time limit by aborting has a timeout beside the abort: then nobody
// lost interest.
function abortOf(shapes: readonly ThrownShape[]): Finding | undefined {
  if (shapes.some((shape) => isTimeout(shape))) return undefined;
  const shape = shapes.find(
    ({ name, code, message }) =>
      ABORT_NAMES.has(name) ||
      (code !== undefined && meaningOfCode(code) === 'aborted') ||
      // axios in a browser: the page itself was left, or the request's abort() called.
      (code === 'ECONNABORTED' && message === 'Request aborted'),
  );
  return shape && { meaning: 'aborted', shape, rule: WORDS_FOR.aborted };
}

function codeOf(shapes: readonly ThrownShape[]): Finding | undefined {
  let found: Finding | undefined;
  for (const shape of shapes) {
    // Deno's errors carry in their name what Node's carry in their code.
    for (const word of [shape.code, shape.name]) {
      const meaning = word === undefined ? undefined : meaningOfCode(word);
      if (word === undefined || meaning === undefined) continue;
      const refined = refine(meaning, shape);
      found = { meaning: refined, shape, rule: `${word}: ${WORDS_FOR[refined]}` };
      break;
    }
    found ??= nodeFetchType(shape);
  }
  return found;
}

/** One code, two meanings: the system call or the words tell them apart. */
function refine(meaning: NetworkMeaning, shape: ThrownShape): NetworkMeaning {
  if (meaning === 'lost') {
    if (read(shape.value, 'syscall') === 'connect') return 'not-sent';
    // got: the phase that ran out of time.
    if (PHASES_BEFORE_SENDING.has(readText(shape.value, 'event') ?? '')) return 'not-sent';
    const said = meaningOfMessage(shape.message)?.meaning;
    if (said === 'not-sent' || said === 'slow-down') return said;
  }
  // A TLS record that was garbled on the way is an accident; every other failed handshake is not.
  if (meaning === 'permanent' && /bad record mac/i.test(shape.message)) return 'lost';
  return meaning;
}

const PHASES_BEFORE_SENDING: ReadonlySet<string> = new Set(['lookup', 'connect', 'secureConnect']);

/** node-fetch tells apart by `type` what has no system code. */
function nodeFetchType(shape: ThrownShape): Finding | undefined {
  if (shape.name !== 'FetchError') return undefined;
  const type = readText(shape.value, 'type') ?? '';
  const meaning: NetworkMeaning | undefined = /redirect$|^max-size$/.test(type)
    ? 'permanent'
    : type.endsWith('-timeout')
      ? 'lost'
      : undefined;
  return meaning && { meaning, shape, rule: `node-fetch ${type}: ${WORDS_FOR[meaning]}` };
}

function isTimeout({ name }: ThrownShape): boolean {
  return name.endsWith('TimeoutError') || name === 'TimeoutException';
}

function timeoutOf(shapes: readonly ThrownShape[]): Finding | undefined {
  const shape = shapes.find((one) => isTimeout(one));
  if (shape === undefined) return undefined;
  const meaning = shape.name.startsWith('ConnectTimeout') ? 'not-sent' : 'lost';
  return { meaning, shape, rule: `${shape.name}: no answer in time` };
}

/** The names of what goes wrong inside a program. */
export const PROGRAM_ERRORS: ReadonlySet<string> = new Set([
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'EvalError',
  'URIError',
  'AssertionError',
  'OptionError',
]);

function isNetwork(shapes: readonly ThrownShape[]): boolean {
  const [outermost] = shapes;
  if (outermost === undefined) return false;
  if (!PROGRAM_ERRORS.has(outermost.name)) return true;
  return unspecificMeaningOf(outermost.message) !== undefined;
}

function wordsOf(shapes: readonly ThrownShape[]): Finding | undefined {
  let found: Finding | undefined;
  for (const shape of shapes) {
    const said = meaningOfMessage(shape.message);
    if (said !== undefined) {
      const { meaning, phrase } = said;
      found = { meaning, shape, rule: `"${phrase}": ${WORDS_FOR[meaning]}` };
      continue;
    }
    const meaning =
      unspecificMeaningOf(shape.message) ?? (isNetworkName(shape) ? 'lost' : undefined);
    if (meaning !== undefined) found ??= { meaning, shape, rule: WORDS_FOR[meaning] };
  }
  return found;
}

function isNetworkName({ name }: ThrownShape): boolean {
  return (
    name === 'NetworkError' || name === 'APIConnectionError' || name === 'StripeConnectionError'
  );
}
