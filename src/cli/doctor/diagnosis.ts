import { classify } from '../../classify/classify.ts';
import { announcedLimits } from '../../classify/headers/announced-limits.ts';
import { readHeaders, type HeaderMap } from '../../classify/headers/response-headers.ts';
import type { Catalog } from '../../classify/catalog/catalog.ts';
import { isThrottleOfKey, type Classification } from '../../core/classification.ts';
import { isRepeatable } from '../../http/repeatable.ts';
import { routeOf } from '../../http/route.ts';
import { scopeOf } from '../../http/scope.ts';
import { RETRY_DEFAULTS } from '../../policies/retry/retry.ts';
import { chooseCatalog } from '../choose-catalog.ts';
import { newGroup, type FailureGroup } from './failure-group.ts';
import type { LogEntry, LoggedAttempt } from './log/logged-attempt.ts';
import { redactorFor, type Redactor } from './redaction.ts';
import { ServerRecord } from './server-record.ts';

/** So much is kept of a log, however long it is; what is beyond is counted. */
const MAX_SERVERS = 50;
const MAX_GROUPS = 500;
const MAX_ROUTES_OF_GROUP = 8;
const MAX_PLAYED = 10_000;
const MAX_LIMITS = 16;

interface Surroundings {
  readonly origin: string | undefined;
  readonly catalog: Catalog | undefined;
}

/** Gathers what a log tells, entry by entry, in bounded memory. */
export class Diagnosis {
  readonly servers = new Map<string | undefined, ServerRecord>();
  readonly groups = new Map<string, FailureGroup>();
  attempts = 0;
  failures = 0;
  /** Pieces that could not be read. */
  broken = 0;
  /** Pieces that tell of no request. */
  other = 0;
  /** Failures beyond so many kinds, and requests beyond so many servers. */
  ungrouped = 0;
  firstAt: number | undefined;
  lastAt: number | undefined;
  #played = 0;
  readonly #catalogName: string | undefined;

  /** @param catalogName - the catalog for all requests; by the host where left out */
  constructor(catalogName: string | undefined) {
    this.#catalogName = catalogName;
  }

  add(entry: LogEntry): void {
    if (entry === 'broken') this.broken += 1;
    else if (entry === 'other') this.other += 1;
    else this.#addAttempt(entry);
  }

  #addAttempt(attempt: LoggedAttempt): void {
    this.attempts += 1;
    this.#noteTime(attempt);
    const server = this.#serverOf(attempt);
    // By the whole address: one host may have two APIs.
    const catalog = chooseCatalog(this.#catalogName, attempt.url)?.catalog;
    const classification = classify(attempt.outcome, { catalog, now: attempt.startedAt });
    const isFailure = classification.category !== 'success';
    if (isFailure) this.failures += 1;
    if (server === undefined) {
      if (isFailure) this.ungrouped += 1;
      return;
    }
    server.calls += 1;
    if (isFailure) {
      server.failures += 1;
      if (isThrottleOfKey(classification)) server.throttles += 1;
      this.#group(attempt, classification, { origin: server.origin, catalog });
    } else if (attempt.durationMs !== undefined) {
      server.latencies.add(attempt.durationMs);
    }
    const limits = limitsOf(attempt);
    for (const limit of limits) noteLimit(server, limit);
    const { startedAt, durationMs = 0, requestHeaders, url = '' } = attempt;
    if (startedAt === undefined || this.#played >= MAX_PLAYED) {
      server.notPlayed += 1;
      return;
    }
    this.#played += 1;
    const scope = scopeOf(server.origin ?? url, requestHeaders);
    const route = safeRoute(attempt, redactorFor(attempt));
    server.attempts.push({ startedAt, durationMs, scope, route, classification, limits });
  }

  #noteTime({ startedAt }: LoggedAttempt): void {
    if (startedAt === undefined) return;
    this.firstAt = Math.min(this.firstAt ?? startedAt, startedAt);
    this.lastAt = Math.max(this.lastAt ?? startedAt, startedAt);
  }

  #serverOf({ url }: LoggedAttempt): ServerRecord | undefined {
    const origin = url === undefined ? undefined : new URL(url).origin;
    const known = this.servers.get(origin);
    if (known !== undefined || this.servers.size >= MAX_SERVERS) return known;
    const server = new ServerRecord(origin, chooseCatalog(this.#catalogName, url));
    this.servers.set(origin, server);
    return server;
  }

  #group(
    attempt: LoggedAttempt,
    classification: Classification,
    { origin, catalog }: Surroundings,
  ): void {
    const redact = redactorFor(attempt);
    const route = safeRoute(attempt, redact);
    const { method, outcome } = attempt;
    const errorName = 'status' in outcome ? undefined : nameOf(outcome.error);
    const errorCode =
      classification.errorCode === undefined ? undefined : redact(classification.errorCode);
    const rule = redact(classification.rule);
    const hasIdempotencyKey = isKeyed(attempt, catalog);
    const facts = {
      origin,
      method,
      status: classification.status,
      errorName,
      errorCode,
      rule,
      hasIdempotencyKey,
    };
    const key = JSON.stringify([facts, classification.category]);
    let group = this.groups.get(key);
    if (group === undefined) {
      if (this.groups.size >= MAX_GROUPS) {
        this.ungrouped += 1;
        return;
      }
      group = newGroup({
        ...facts,
        // Reasons repeat the rule, and the rule may repeat what the server was sent.
        classification: { ...classification, errorCode, rule },
        differsByCatalog: differsByCatalog(attempt, catalog, classification),
      });
      this.groups.set(key, group);
    }
    count(group, classification, route);
  }
}

function count(group: FailureGroup, { retryAfterMs }: Classification, route: string): void {
  group.count += 1;
  if (group.routes.has(route) || group.routes.size < MAX_ROUTES_OF_GROUP) {
    group.routes.set(route, (group.routes.get(route) ?? 0) + 1);
  }
  if (retryAfterMs === undefined) return;
  group.shortestWaitMs = Math.min(group.shortestWaitMs ?? retryAfterMs, retryAfterMs);
  group.longestWaitMs = Math.max(group.longestWaitMs ?? 0, retryAfterMs);
  if (retryAfterMs > RETRY_DEFAULTS.maxRetryAfterMs) group.longWaits += 1;
}

/** Method and path without ids; nothing of the query, and nothing that looks like a key. */
function safeRoute({ method, url }: LoggedAttempt, redact: Redactor): string {
  return url === undefined ? method : redact(routeOf(method, url));
}

function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : 'Error';
  return /^[\w.$]{1,60}$/.test(name) ? name : 'Error';
}

/** Whether an unsafe method may be repeated because the server knows the request again. */
function isKeyed(attempt: LoggedAttempt, catalog: Catalog | undefined): boolean {
  const { method, requestHeaders } = attempt;
  const names = [...requestHeaders.keys()].filter((name) => /idempotency/i.test(name));
  if (names.length === 0) return false;
  const headers = Object.fromEntries(names.map((name) => [name, 'given']));
  return isRepeatable(['http://localhost/', { method, headers }], catalog ? [catalog] : []);
}

function differsByCatalog(
  { outcome, startedAt }: LoggedAttempt,
  catalog: Catalog | undefined,
  { category }: Classification,
): boolean {
  return catalog !== undefined && classify(outcome, { now: startedAt }).category !== category;
}

function limitsOf({ outcome, startedAt = Date.now() }: LoggedAttempt) {
  if (!('status' in outcome)) return [];
  const headers: HeaderMap = readHeaders(outcome.headers);
  return announcedLimits((name) => headers.get(name), startedAt);
}

function noteLimit(
  { limits }: ServerRecord,
  { name, limit, resetMs, windowMs }: ReturnType<typeof limitsOf>[number],
): void {
  const key = `${name} ${limit}`;
  const seen = limits.get(key);
  if (seen === undefined) {
    if (limits.size >= MAX_LIMITS) return;
    const isWindowSaid = windowMs !== undefined;
    limits.set(key, { limit, windowMs: windowMs ?? resetMs, isWindowSaid, count: 1 });
    return;
  }
  seen.count += 1;
  if (!seen.isWindowSaid) seen.windowMs = Math.max(seen.windowMs, resetMs);
}
