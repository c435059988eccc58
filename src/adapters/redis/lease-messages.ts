import type { StopReading } from './fleet-stop.ts';
import type { ToldSigns } from './server-signs.ts';
import type { ServerTime } from './server-time.ts';
import { readSlots, type Slots } from './slots.ts';

/** A member's request to the store. */
export interface LeaseRequest {
  /** Tokens for calls that wait. */
  readonly needed: number;
  /** How many of them the first of those calls takes, which it can only use together; left out: 1. */
  readonly whole?: number;
  /** Tokens for calls that are expected. */
  readonly ahead: number;
  /** Slots that others may have. */
  readonly returned: readonly Slots[];
  /** The signs of the limited server that the others should know; left out: nothing. */
  readonly signs?: ToldSigns;
  /** The tokens of the call that is first in line, where the member knows that the limit is stopped. */
  readonly probe?: number;
}

/** The signs of the limited server that the members have told. */
export interface TroubleReading {
  /** Throttles in a row, of all members. */
  readonly throttles: number;
  /** `undefined` where the server is not known to accept nothing. */
  readonly stop: StopReading | undefined;
}

/** A member's lease, and what else the store knows. */
export interface Grant {
  readonly slots: readonly Slots[];
  /** Whether the store leaves room for the local shares of members that come back. */
  readonly isLearning: boolean;
  readonly trouble: TroubleReading;
}

/** The words of a member, as the script reads them: moments of the store's time, 0 for none. */
export function writeSigns(signs: ToldSigns | undefined, time: ServerTime): string {
  if (signs === undefined) return '0 0 0 0';
  const { acceptedOn, throttles, throttledOn, namedEnd } = signs;
  const at = (moment: number) => (moment === -Infinity ? 0 : time.of(moment));
  return [at(acceptedOn), throttles, at(throttledOn), at(namedEnd)].join(' ');
}

/** The numbers that the script tells of the limited server, in this process's time. */
export function troubleOf(
  [throttles = 0, stoppedAt = 0, probeAt = 0, isEndKnown]: readonly number[],
  time: ServerTime,
): TroubleReading {
  if (stoppedAt === 0) return { throttles, stop: undefined };
  const since = time.localOf(stoppedAt);
  const stop = { since, probeAt: time.localOf(probeAt), throttles, isEndKnown: isEndKnown === 1 };
  return { throttles, stop };
}

/** @throws TypeError for an answer that is none of the script's. */
export function readAnswer(answer: unknown) {
  const words = Array.isArray(answer) ? answer.map(String) : [];
  const [serverNow, members, born, slots, learns, trouble = '', heaviest = 1] = words;
  if (!(Number(serverNow) > 0 && Number(members) >= 1)) {
    throw new TypeError('the store gave an answer that is none of the script');
  }
  return {
    serverNow: Number(serverNow),
    members: Number(members),
    born: Number(born),
    slots: readSlots(slots ?? ''),
    isLearning: learns === '1',
    heaviest: Number(heaviest),
    trouble: trouble === '' ? [] : trouble.split(' ').map(Number),
  };
}
