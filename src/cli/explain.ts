import type { Classification } from '../core/classification.ts';
import type { Catalog } from '../classify/catalog/catalog.ts';
import { parseHttpDate } from '../classify/wait/http-date.ts';
import { classifyFailure } from '../classify/response-failure.ts';
import { readHeaders } from '../classify/headers/response-headers.ts';
import { classifyThrown } from '../classify/thrown/thrown.ts';
import { explainRule } from '../classify/reasons/explain.ts';
import { allCatalogs, byHost } from '../catalogs/by-host.ts';
import type { ExplainCommand } from './arguments.ts';
import { parseCurlVerbose } from './curl-verbose.ts';
import { parseHttpMessage, type HttpMessage } from './http-message.ts';
import { scheduleOf, type RetrySchedule } from './schedule.ts';
import { parseThrown } from './thrown-input.ts';
import { UsageError } from './usage.ts';

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
  command: ExplainCommand,
  { input, body, currentTime }: ExplainSources,
): Promise<FailureExplanation> {
  const given = readInput(input, command);
  const method = command.method ?? given.method ?? 'GET';
  const url = command.url ?? given.url;
  const { message, thrown } = given;
  const headers = [...(message?.headers ?? []), ...command.headers];
  const catalog = chooseCatalog(command.catalog, url);
  const now = command.now ?? dateOf(headers, currentTime) ?? currentTime;
  const reading = { catalog: catalog?.catalog, now };
  const status = command.status ?? message?.status;
  const classification =
    status === undefined
      ? classifyThrown(thrown, reading)
      : classifyFailure({ status, headers, body: body ?? message?.body }, reading);
  const { reason, source } = explainRule(classification, allCatalogs) ?? {};
  const schedule = await scheduleOf(classification, {
    method,
    unsafeMethods: catalog?.catalog.unsafeMethods ?? 'when-unprocessed',
    maxRetries: command.maxRetries,
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

function readInput(input: Uint8Array | undefined, { status }: ExplainCommand): ReadInput {
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

interface Choice {
  readonly catalog: Catalog;
  readonly chosenBy: 'name' | 'host';
}

function chooseCatalog(name: string | undefined, url: string | undefined): Choice | undefined {
  if (name === 'none') return undefined;
  if (name !== undefined) {
    const catalog = allCatalogs.find((one) => one.name === name);
    if (catalog !== undefined) return { catalog, chosenBy: 'name' };
    const names = allCatalogs.map((one) => one.name).join(', ');
    throw new UsageError(`there is no catalog "${name}"; there are ${names}, and none`);
  }
  const catalog = url === undefined ? undefined : byHost(url);
  return catalog && { catalog, chosenBy: 'host' };
}

// A response of yesterday is explained as of yesterday: its Date says when that was.
function dateOf(headers: ExplainCommand['headers'], currentTime: number): number | undefined {
  const date = readHeaders(headers).get('date');
  return date === undefined ? undefined : parseHttpDate(date, currentTime);
}
