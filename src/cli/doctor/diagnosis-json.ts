import type { RetrySchedule } from '../explain/schedule.ts';
import type { Finding } from './findings.ts';
import type { Report, ServerReport } from './report.ts';

/** A report for programs: every member present, `null` where there is nothing to say. */
export function diagnosisJson({ format, diagnosis, servers, advice, settings }: Report): object {
  const { attempts, failures, broken, other, ungrouped, firstAt, lastAt } = diagnosis;
  return {
    format,
    requests: attempts,
    failures,
    unreadable: broken,
    withoutRequest: other,
    ungrouped,
    from: timeOf(firstAt),
    until: timeOf(lastAt),
    servers: servers.map(serverJson),
    advice: advice.map((one) => ({
      ...one,
      origin: one.origin ?? null,
      value: one.value ?? null,
    })),
    settings,
  };
}

const timeOf = (time: number | undefined): string | null =>
  time === undefined ? null : new Date(time).toISOString();

function serverJson({ server, findings, replay }: ServerReport): object {
  const { origin, catalog, calls, failures, throttles, latencies, notPlayed } = server;
  const hasLatencies = latencies.count > 0;
  return {
    origin: origin ?? null,
    catalog: catalog?.name ?? null,
    requests: calls,
    failures,
    throttles,
    latencyMs: hasLatencies
      ? {
          answers: latencies.count,
          p50: Math.round(latencies.quantile(0.5)),
          p99: Math.round(latencies.quantile(0.99)),
          longest: Math.round(latencies.longest),
        }
      : null,
    groups: findings.map(groupJson),
    replay:
      replay === undefined
        ? null
        : {
            ...replay,
            leftOut: notPlayed,
            opened: replay.opened.map(({ at, route, to }) => ({
              at: timeOf(at),
              route: route ?? null,
              to,
            })),
          },
  };
}

function groupJson(finding: Finding): object {
  const { group, reason, source, schedule, longestSchedule, isUnsafe, effect } = finding;
  const { classification } = group;
  return {
    count: group.count,
    method: group.method,
    routes: Object.fromEntries(group.routes),
    status: group.status ?? null,
    error: group.errorName ?? null,
    errorCode: group.errorCode ?? null,
    category: classification.category,
    decidedBy: classification.decidedBy,
    rule: group.rule,
    reason: reason ?? null,
    source: source ?? null,
    unprocessed: classification.unprocessed,
    shortestWaitMs: group.shortestWaitMs ?? null,
    longestWaitMs: group.longestWaitMs ?? null,
    isRetried: schedule.retries.length > 0,
    onlyTheMethodForbidsIt: isUnsafe,
    schedule: scheduleJson(schedule),
    longestSchedule: scheduleJson(longestSchedule),
    effect,
  };
}

const scheduleJson = ({ retries, stopsBecause }: RetrySchedule): object => ({
  retries,
  stopsBecause: stopsBecause ?? null,
});
