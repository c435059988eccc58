import { AdaptiveCircuit } from '../../../src/policies/circuit-breaker/adaptive-circuit.ts';
import type { AdaptiveSettings } from '../../../src/policies/circuit-breaker/adaptive-states.ts';
import type { CircuitState } from '../../../src/policies/circuit-breaker/circuit-state.ts';
import type { Place } from '../../../src/policies/circuit-breaker/in-flight.ts';
import type { Waiter } from '../../../src/policies/circuit-breaker/circuit-line.ts';
import type { VirtualClock } from '../../../src/testing.ts';
import { virtualClock } from '../../../src/testing.ts';
import { failureWith } from './classic-circuit-under-test.ts';

type Change = [from: CircuitState, to: CircuitState, openMs?: number | undefined];

/** An attempt that was let through, and when it was sent. */
interface Sent {
  readonly place: Place;
  readonly sentAt: number;
}

/** An adaptive circuit on a virtual clock, what it told of its changes, and the uses of it that tests make. */
export function adaptiveCircuitOf(
  settings: Partial<AdaptiveSettings> = {},
  clock: VirtualClock = virtualClock(),
) {
  const changes: Change[] = [];
  const circuit = new AdaptiveCircuit(
    {
      attemptTimeoutMs: 1000,
      clock,
      // In the middle of the spread, where a gap is as long as its name says.
      random: () => 0.5,
      ...settings,
    },
    (from, to, openMs) => changes.push([from, to, openMs]),
  );
  /** Another call, or a repetition of one. */
  const call = (kind: 'first-try' | 'repetition' = 'first-try'): Sent | undefined => {
    const now = clock.now();
    const admission = { record: { startedOn: now, kind }, route: '' };
    const place = circuit.takeFree(admission) ?? circuit.enter(admission, now);
    return place && { place, sentAt: now };
  };
  const send = (kind?: 'first-try' | 'repetition'): Sent => {
    const sent = call(kind);
    if (sent === undefined) throw new Error(`not let through at ${clock.now()}`);
    return sent;
  };
  const answer = ({ place, sentAt }: Sent) =>
    circuit.answered(place, clock.now() - sentAt, true, clock.now());
  const fail = ({ place, sentAt }: Sent, how: { isTimeOut?: boolean; hintMs?: number } = {}) =>
    circuit.failed(
      place,
      {
        because: failureWith(how.hintMs),
        isTimeOut: how.isTimeOut ?? false,
        isFirstTry: true,
        ranMs: clock.now() - sentAt,
      },
      clock.now(),
    );
  const failAtOnce = (times: number, hintMs?: number) => {
    for (let time = 0; time < times; time += 1) {
      fail(send(), hintMs === undefined ? {} : { hintMs });
    }
  };
  const answerAfter = async (milliseconds: number, times = 1) => {
    for (let time = 0; time < times; time += 1) {
      const sent = send();
      await clock.advance(milliseconds);
      answer(sent);
    }
  };
  /** Joins the line as somebody of this name; `told` says what came of it. */
  const told: string[] = [];
  const places = new Map<string, Sent>();
  const join = (name: string, { priority = 0, leavesAt = Infinity } = {}) => {
    const record = { startedOn: undefined as number | undefined, kind: 'first-try' as const };
    const waiter: Waiter = {
      admission: { record, route: '' },
      priority,
      leavesAt,
      go: (place) => {
        told.push(`${name} goes at ${Math.round(clock.now())}`);
        record.startedOn = clock.now();
        places.set(name, { place, sentAt: clock.now() });
      },
      sendAway: () => told.push(`${name} is sent away at ${Math.round(clock.now())}`),
    };
    return { waiter, joined: circuit.join(waiter, clock.now()) };
  };
  return {
    circuit,
    clock,
    changes,
    call,
    send,
    answer,
    fail,
    failAtOnce,
    answerAfter,
    join,
    told,
    places,
  };
}
