import { createHash } from 'node:crypto';
import type { FinishedCall } from './messages.ts';

/** How long after its end a call's last request may still come out of some buffer. */
const GRACE_MS = 3000;
const MOST_BREACHES = 20;

interface Arrived {
  requests: number;
  /** Requests that were not refused unread: the upstream may have acted on these. */
  actedOn: number;
  readonly bodies: Set<string>;
  finished: FinishedCall | undefined;
  finishedAt: number;
}

/** What has reached the upstream of each call, and whether it should have. */
export function arrivals() {
  const calls = new Map<string, Arrived>();
  const breaches: string[] = [];
  const breach = (text: string) => {
    if (breaches.length < MOST_BREACHES) breaches.push(text);
  };
  const of = (id: string): Arrived => {
    let call = calls.get(id);
    if (call === undefined) {
      call = { requests: 0, actedOn: 0, bodies: new Set(), finished: undefined, finishedAt: 0 };
      calls.set(id, call);
    }
    return call;
  };

  function judge(id: string, call: Arrived, { sent, isUnsafe }: FinishedCall): void {
    if (call.requests > sent) breach(`call ${id}: sent ${sent} times, arrived ${call.requests}`);
    if (isUnsafe && call.actedOn > 1) {
      breach(`call ${id}: not idempotent, and acted on ${call.actedOn} times`);
    }
    if (call.bodies.size > 1) breach(`call ${id}: came with ${call.bodies.size} different bodies`);
  }

  return {
    breaches,
    get open() {
      return calls.size;
    },
    note(id: string | undefined, body: Uint8Array, wasActedOn: boolean): void {
      if (id === undefined) return;
      const call = of(id);
      call.requests += 1;
      if (wasActedOn) call.actedOn += 1;
      call.bodies.add(createHash('sha1').update(body).digest('base64'));
    },
    finish(finished: FinishedCall, now: number): void {
      const call = of(finished.id);
      call.finished = finished;
      call.finishedAt = now;
    },
    /** Judges the calls that have been over for a while, and forgets them. */
    settle(now: number): void {
      for (const [id, call] of calls) {
        if (call.finished === undefined || now - call.finishedAt < GRACE_MS) continue;
        judge(id, call, call.finished);
        calls.delete(id);
      }
    },
  };
}
