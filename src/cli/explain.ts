import type { Classification } from '../core/classification.ts';
import type { Catalog } from '../classify/catalog/catalog.ts';
import { parseHttpDate } from '../classify/wait/http-date.ts';
import { classifyFailure } from '../classify/response-failure.ts';
import { readHeaders } from '../classify/headers/response-headers.ts';
import { explainRule } from '../classify/reasons/explain.ts';
import { allCatalogs, byHost } from '../catalogs/by-host.ts';
import type { ExplainCommand } from './arguments.ts';
import { parseHttpMessage } from './http-message.ts';
import { scheduleOf, type RetrySchedule } from './schedule.ts';
import { UsageError } from './usage.ts';

/** A classification with what led to it and what would follow from it. */
export interface ResponseExplanation {
  readonly status: number;
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
 * Explains one response.
 *
 * @throws {@link UsageError} where there is no status, or no such catalog.
 */
export async function explainResponse(
  command: ExplainCommand,
  { input, body, currentTime }: ExplainSources,
): Promise<ResponseExplanation> {
  const message = input && parseHttpMessage(input);
  const status = command.status ?? message?.status;
  if (status === undefined) {
    throw new UsageError(
      input === undefined
        ? 'nothing to explain: give --status, a file, or - for standard input'
        : 'the input has no HTTP status line (curl -i prints one); give --status',
    );
  }
  const headers = [...(message?.headers ?? []), ...command.headers];
  const catalog = chooseCatalog(command);
  const now = command.now ?? dateOf(headers, currentTime) ?? currentTime;
  const classification = classifyFailure(
    { status, headers, body: body ?? message?.body },
    { catalog: catalog?.catalog, now },
  );
  const { reason, source } = explainRule(classification, allCatalogs) ?? {};
  const schedule = await scheduleOf(classification, {
    method: command.method,
    unsafeMethods: catalog?.catalog.unsafeMethods ?? 'when-unprocessed',
    maxRetries: command.maxRetries,
  });
  return {
    status,
    method: command.method,
    url: command.url,
    catalog: catalog && { name: catalog.catalog.name, chosenBy: catalog.chosenBy },
    now,
    classification,
    reason,
    source,
    schedule,
  };
}

interface Choice {
  readonly catalog: Catalog;
  readonly chosenBy: 'name' | 'host';
}

function chooseCatalog({ catalog: name, url }: ExplainCommand): Choice | undefined {
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
