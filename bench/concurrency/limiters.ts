import { bulkhead } from 'cockatiel';
import { adaptiveLimit, asMiddleware, concurrencyLimit, type Priority } from 'holdfast';
import type { Client, ClientParts } from 'holdfast/simulator';

/** Makes one process; its clients differ by priority alone and share one limit. */
export type MakeProcess = (parts: ClientParts) => (priority: Priority) => Client;

/** A limit on concurrency that takes part. */
export interface Limiter {
  readonly name: string;
  readonly makeProcess: MakeProcess;
}

const holdfast =
  (makeLimit: () => Parameters<typeof concurrencyLimit>[0]['maxConcurrent']): MakeProcess =>
  ({ fetch, clock }) => {
    const policy = concurrencyLimit({ maxConcurrent: makeLimit(), maxQueue: Infinity, clock });
    const limited = asMiddleware(policy)(fetch);
    return (priority) => (url, init) =>
      limited(url, { ...init, holdfast: { priority } } as RequestInit);
  };

const cockatiel =
  (limit: number): MakeProcess =>
  ({ fetch }) => {
    const policy = bulkhead(limit, Infinity);
    return () => (url, init) => policy.execute(() => fetch(url, init));
  };

export const ADAPTIVE: Limiter = {
  name: 'holdfast, adaptive',
  makeProcess: holdfast(() => adaptiveLimit()),
};

/** Fixed limits know what the server can do at one of the two moments. */
export const limiters = (most: number, least: number): readonly Limiter[] => [
  ADAPTIVE,
  { name: `holdfast, fixed ${most}`, makeProcess: holdfast(() => most) },
  { name: `holdfast, fixed ${least}`, makeProcess: holdfast(() => least) },
  { name: `cockatiel bulkhead ${most}`, makeProcess: cockatiel(most) },
  { name: `cockatiel bulkhead ${least}`, makeProcess: cockatiel(least) },
  { name: 'no limit', makeProcess: (parts) => () => (url, init) => parts.fetch(url, init) },
];
