import type { Classification } from '../../core/classification.ts';
import { parseHttpDate } from '../../classify/wait/http-date.ts';
import { classifyFailure } from '../../classify/response-failure.ts';
import { readHeaders } from '../../classify/headers/response-headers.ts';
import { classifyThrown } from '../../classify/thrown/thrown.ts';
import { explainRule } from '../../classify/reasons/explain.ts';
import { allCatalogs } from '../../catalogs/by-host.ts';
import { chooseCatalog } from '../choose-catalog.ts';
import { UsageError } from '../usage-error.ts';
import { parseCurlVerbose } from './curl-verbose.ts';
import { parseHttpMessage, type HttpMessage } from './http-message.ts';
import { scheduleOf, type RetrySchedule } from './schedule.ts';
import { parseThrown } from './thrown-input.ts';
import type { ExplainLine } from './options.ts';

type Values = ExplainLine['values'];

/** A classification with what led to it and what would follow from it. */
export interface FailureExplanation {
  /** `undefined` for an error that was thrown instead of a response. */
  readonly status: number | undefined;
  /** The error that was thrown; `undefined` for a response. */
  readonly error: { readonly name: string; readonly message: string } | undefined;
  readonly method: string;
  readonly url: string | undefined;
  /** The catalog's name, and what chose it. */
  readonly catalog: { readonly name: string; readonly chosenBy: 'name' | 'host' } | undefined;
  /** Epoch milliseconds from which dates were counted. */
  readonly now: number;
  readonly classification: Classification;
  /** Why the rule of the classification decides as it does. */
  readonly reason: string | undefined;
  /** The document, the provider or the example that the rule rests on. */
  readonly source: string | undefined;
  readonly schedule: RetrySchedule;
}

/** The parts of an explanation that come from outside. */
export interface ExplainSources {
  /** The input that the command names, already read; `undefined` where it names none. */
  readonly input: Uint8Array | undefined;
  /** The body that an option gives, already read. */
  readonly body: Uint8Array | undefined;
  /** The current time, in epoch milliseconds. */
  readonly currentTime: number;
}

/**
 * Explains one response, or one error that was thrown instead of it.
 *
 * @throws {@link UsageError} where there is neither, or no such catalog.
 */
export async function explainFailure(
  values: Values,
  { input, body, currentTime }: ExplainSources,
): Promise<FailureExplanation> {
  const given = readInput(input, values);
  const method = values.method ?? given.method ?? 'GET';
  const url = values.url ?? given.url;
  const { message, thrown } = given;
  const headers = [...(message?.headers ?? []), ...values.header];
  const catalog = chooseCatalog(values.catalog, url);
  const now = values.now ?? dateOf(headers, currentTime) ?? currentTime;
  const reading = { catalog: catalog?.catalog, now };
  const status = values.status ?? message?.status;
  const classification =
    status === undefined
      ? classifyThrown(thrown, reading)
      : classifyFailure({ status, headers, body: body ?? message?.body }, reading);
  const { reason, source } = explainRule(classification, allCatalogs) ?? {};
  const schedule = await scheduleOf(classification, {
    method,
    unsafeMethods: catalog?.catalog.unsafeMethods ?? 'when-unprocessed',
    maxRetries: values['max-retries'],
  });
  return {
    status,
    error: status === undefined ? thrown && withName(thrown) : undefined,
    method,
    url,
    catalog: catalog && { name: catalog.catalog.name, chosenBy: catalog.chosenBy },
    now,
    classification,
    reason,
    source,
    schedule,
  };
}

const withName = ({ name, message }: Error) => ({ name, message });

interface ReadInput {
  readonly message?: HttpMessage | undefined;
  readonly thrown?: Error | undefined;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

function readInput(input: Uint8Array | undefined, { status }: Values): ReadInput {
  if (input === undefined) {
    if (status !== undefined) return {};
    throw new UsageError('nothing to explain: give --status, a file, or - for standard input');
  }
  const message = parseHttpMessage(input);
  if (message.status !== undefined) return { message };
  const exchange = parseCurlVerbose(input);
  if (exchange !== undefined) return exchange;
  if (status !== undefined) return { message };
  const thrown = parseThrown(input);
  if (thrown !== undefined) return { thrown };
  throw new UsageError(
    'the input has no HTTP status line (curl -i and curl -v print one) and is no error; give --status',
  );
}

// A response of yesterday is explained as of yesterday: its Date says when that was.
function dateOf(headers: Values['header'], currentTime: number): number | undefined {
  const date = readHeaders(headers).get('date');
  return date === undefined ? undefined : parseHttpDate(date, currentTime);
}
