import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { classifyThrown } from '../../src/classify/thrown.ts';

/**
 * What fetch was measured to throw in 22 situations on nine runtimes. The files lie beside the
 * repository; where they are not there, the tests are skipped.
 */
interface MeasuredError {
  readonly name?: string;
  readonly ctor?: string;
  readonly msg?: string;
  readonly code?: string | number;
  readonly cause?: MeasuredError;
}
interface Case {
  readonly situation: string;
  readonly by: Readonly<Record<string, MeasuredError | number>>;
}

const cases = readCases();

function readCases(): readonly Case[] {
  try {
    const file = new URL('../../../shared/data/cases/error-shapes.json', import.meta.url);
    return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases;
  } catch {
    process.stdout.write('skipped: error-shapes.json is not there\n');
    return [];
  }
}

function rebuild({ name, msg, code, cause }: MeasuredError): Error {
  const error = new Error(msg, cause && { cause: rebuild(cause) });
  Object.defineProperty(error, 'name', { value: name });
  if (code !== undefined) Object.defineProperty(error, 'code', { value: code });
  return error;
}

interface Expected {
  readonly category: string;
  readonly decidedBy: string;
  /** Where the runtime shows it; `undefined` where it depends on the runtime. */
  readonly unprocessed?: boolean;
  /** Runtimes that give the same error for something else, with what it is taken for. */
  readonly except?: Readonly<Record<string, Partial<Expected>>>;
}

const LOST: Expected = { category: 'retryable', decidedBy: 'network', unprocessed: false };
const OPAQUE: Expected = { ...LOST, decidedBy: 'opaque' };
// A browser says "Failed to fetch" and a Worker "Network connection lost" to everything.
const VAGUE = { chromium: OPAQUE, workerd: LOST };
const HIDDEN = { chromium: OPAQUE, workerd: OPAQUE };
const LOST_UNLESS_HIDDEN: Expected = { ...LOST, except: { chromium: OPAQUE } };

const EXPECTED: Readonly<Record<string, Expected>> = {
  'reset before headers': LOST_UNLESS_HIDDEN,
  'close before headers': LOST_UNLESS_HIDDEN,
  'garbage instead of HTTP': LOST_UNLESS_HIDDEN,
  'truncated body': LOST_UNLESS_HIDDEN,
  'bad chunk': LOST_UNLESS_HIDDEN,
  'bad gzip': LOST_UNLESS_HIDDEN,
  'redirect loop': { category: 'fatal', decidedBy: 'network', except: { chromium: OPAQUE } },
  'refused port': {
    category: 'retryable',
    decidedBy: 'network',
    unprocessed: true,
    except: VAGUE,
  },
  'bad port': {
    category: 'fatal',
    decidedBy: 'caller',
    except: { ...VAGUE, bun: { category: 'retryable', decidedBy: 'network' } },
  },
  dns: { category: 'retryable', decidedBy: 'network', unprocessed: true, except: HIDDEN },
  'bad url': { category: 'fatal', decidedBy: 'caller' },
  'bad header': { category: 'fatal', decidedBy: 'caller' },
  'tls to http port': { category: 'fatal', decidedBy: 'network', except: HIDDEN },
  'abort()': { category: 'fatal', decidedBy: 'caller' },
  'abort(reason)': { category: 'fatal', decidedBy: 'caller' },
  'already aborted': { category: 'fatal', decidedBy: 'caller' },
  'AbortSignal.timeout(50)': LOST,
  'stream body': LOST_UNLESS_HIDDEN,
};

const known = cases.filter(({ situation }) => EXPECTED[situation] !== undefined);
if (known.length === 0) {
  test.skip('what fetch throws, by runtime (shared/data/cases is not here)', () => {
    expect(known).not.toEqual([]);
  });
} else {
  describe.each(known)('what fetch throws at: $situation', ({ situation, by }) => {
    const thrown = Object.entries(by).filter(
      (entry): entry is [string, MeasuredError] =>
        typeof entry[1] === 'object' && entry[1].name !== undefined,
    );
    test.each(thrown)('reads that of %s', (runtime, measured) => {
      const { except, ...usual } = EXPECTED[situation]!;
      const { unprocessed, ...expected } = { ...usual, ...except?.[runtime] };
      const verdict = classifyThrown(rebuild(measured));
      expect(verdict).toMatchObject(expected);
      if (unprocessed !== undefined && except?.[runtime]?.unprocessed === undefined) {
        expect(verdict.unprocessed).toBe(unprocessed);
      }
      expect(verdict.rule).not.toBe('');
    });
  });
}
