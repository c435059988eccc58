import type { Classification } from '../../core/classification.ts';
import { cleanText } from '../clean-text.ts';
import { read, readText } from '../untrusted.ts';
import { classificationOf, type ThrownShape } from './causes.ts';
import {
  meaningOfMessage,
  meaningOfWord,
  unspecificMeaningOf,
  type NetworkMeaning,
} from './network-words.ts';

/**
 * Classifies a chain of causes as a network failure; `undefined` where it is none.
 *
 * The innermost code decides, because it is the root cause; without a code the words decide, but a
 * `TypeError` counts only if a runtime is known to throw just that: any other is a program's own.
 */
export function classifyNetwork(shapes: readonly ThrownShape[]): Classification | undefined {
  return (
    proxyAnswer(shapes) ??
    abortOf(shapes) ??
    codeOf(shapes) ??
    timeoutOf(shapes) ??
    (isNetwork(shapes) ? wordsOf(shapes) : undefined)
  );
}

const FATAL = /garbled|permanent|aborted|misuse/;
const CALLER = /aborted|misuse/;

/** The classification that goes with a meaning. */
export function networkClassification(
  meaning: NetworkMeaning,
  shape: ThrownShape,
  by: string,
): Classification {
  return classificationOf(shape, {
    category: FATAL.test(meaning) ? 'fatal' : meaning === 'slow-down' ? 'throttle' : 'retryable',
    unprocessed: meaning === 'not-sent',
    decidedBy: meaning === 'opaque' ? meaning : CALLER.test(meaning) ? 'caller' : 'network',
    rule: `${cleanText(by) ?? ''}: ${meaning}`,
  });
}

// undici reports a proxy's refusal of the tunnel as an abort, with the status in its words alone.
function proxyAnswer(shapes: readonly ThrownShape[]): Classification | undefined {
  for (const shape of shapes) {
    const status = /^Proxy response \((\d{3})\)/.exec(shape.message)?.[1];
    if (status === undefined) continue;
    const meaning = status >= '500' ? 'not-sent' : status === '429' ? 'slow-down' : 'permanent';
    return networkClassification(meaning, shape, `proxy status ${status}`);
  }
  return undefined;
}

/** The names of aborts: the platform's, axios' (before 0.22: `Cancel`), those of Stainless SDKs. */
const ABORT_NAMES = /^(?:Abort(?:ed)?Error|CanceledError|Cancel|(?:API)?UserAbortError)$/;

// A library that keeps its time limit by aborting has a timeout beside the abort: then nobody
// lost interest.
function abortOf(shapes: readonly ThrownShape[]): Classification | undefined {
  if (shapes.some((shape) => isTimeout(shape))) return undefined;
  const shape = shapes.find(
    ({ name, code = '', message }) =>
      ABORT_NAMES.test(name) ||
      meaningOfWord(code) === 'aborted' ||
      // axios in a browser: the page itself was left, or the request's abort() called.
      (code === 'ECONNABORTED' && message === 'Request aborted'),
  );
  return shape && networkClassification('aborted', shape, shape.name);
}

function codeOf(shapes: readonly ThrownShape[]): Classification | undefined {
  let innermost: Classification | undefined;
  for (const shape of shapes) {
    const { code = '', name, value } = shape;
    // Deno's errors carry in their name what Node's carry in their code; node-fetch's in `type`.
    const type = name === 'FetchError' ? readText(value, 'type') : undefined;
    const word = [code, name, type ?? ''].find((one) => meaningOfWord(one) !== undefined);
    const meaning = word === undefined ? notSentBySyscall(shape) : meaningOfWord(word);
    if (meaning) innermost = networkClassification(refine(meaning, shape), shape, word ?? code);
  }
  return innermost;
}

/** The system calls before anything is sent: whatever they fail with, nothing was sent. */
const notSentBySyscall = ({ code = '', value }: ThrownShape): NetworkMeaning | undefined =>
  /^E[A-Z]+$/.test(code) && /^(?:connect|getaddrinfo|query)/.test(readText(value, 'syscall') ?? '')
    ? 'not-sent'
    : undefined;

/** One code, two meanings: the system call or the words tell them apart. */
function refine(meaning: NetworkMeaning, { value, message }: ThrownShape): NetworkMeaning {
  if (meaning === 'lost') {
    if (read(value, 'syscall') === 'connect') return 'not-sent';
    // got: the phase that ran out of time.
    if (/^(?:lookup|connect|secureConnect)$/.test(readText(value, 'event') ?? ''))
      return 'not-sent';
    const said = meaningOfMessage(message)?.meaning;
    if (said === 'not-sent' || said === 'slow-down') return said;
  }
  // Of a garbled TLS record the code may say no more than that the handshake failed.
  return meaning === 'permanent' && /bad record mac/i.test(message) ? 'lost' : meaning;
}

const isTimeout = ({ name }: ThrownShape): boolean =>
  name.endsWith('TimeoutError') || name === 'TimeoutException';

function timeoutOf(shapes: readonly ThrownShape[]): Classification | undefined {
  const shape = shapes.find((one) => isTimeout(one));
  return (
    shape &&
    networkClassification(shape.name.startsWith('Connect') ? 'not-sent' : 'lost', shape, shape.name)
  );
}

/** Whether an error has one of the names of a fault inside a program. */
export const isProgramError = ({ name }: ThrownShape): boolean =>
  /^(?:Type|Range|Reference|Syntax|Eval|URI|Assertion|Option)Error$/.test(name);

const isNetwork = ([outermost]: readonly ThrownShape[]): boolean =>
  outermost !== undefined &&
  (!isProgramError(outermost) || unspecificMeaningOf(outermost.message) !== undefined);

function wordsOf(shapes: readonly ThrownShape[]): Classification | undefined {
  let finding: Classification | undefined;
  for (const shape of shapes) {
    const said = meaningOfMessage(shape.message);
    const meaning =
      unspecificMeaningOf(shape.message) ?? (isNetworkName(shape) ? 'lost' : undefined);
    if (said !== undefined)
      finding = networkClassification(said.meaning, shape, `"${said.phrase}"`);
    else if (meaning !== undefined) finding ??= networkClassification(meaning, shape, shape.name);
  }
  return finding;
}

const isNetworkName = ({ name }: ThrownShape): boolean =>
  /^(?:Network|APIConnection|StripeConnection)Error$/.test(name);
