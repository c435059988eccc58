import { describe, expect, test } from '@jest/globals';
import { virtualClock } from '../../../src/testing.ts';
import { adaptiveCircuitOf } from './adaptive-circuit-under-test.ts';

type Settings = Parameters<typeof adaptiveCircuitOf>[0];

/** Open since errors came in a row: the next probe is due after 250 ms. */
function refusing(settings: Settings = {}, clock = virtualClock()) {
  const made = adaptiveCircuitOf(settings, clock);
  made.failAtOnce(8);
  return made;
}

/** Open since attempts timed out. */
function silent(settings: Settings = {}) {
  const made = adaptiveCircuitOf(settings);
  for (let time = 0; time < 3; time += 1) made.fail(made.send(), { isTimeOut: true });
  return made;
}

/** Half-open with a window of one that is taken. */
async function full(settings: Settings = {}, clock = virtualClock()) {
  const made = adaptiveCircuitOf(settings, clock);
  await made.answerAfter(20);
  for (let time = 0; time < 3; time += 1) made.fail(made.send(), { isTimeOut: true });
  return { ...made, running: made.send() };
}

describe('the line of a circuit', () => {
  test('goes first come, first served, the higher priority first', async () => {
    const { answer, join, told, places, clock, running } = await full();
    join('a');
    join('b');
    join('important', { priority: 1 });
    await clock.advance(10);
    answer(running);
    answer(places.get('important')!);
    expect(told.map((one) => one.split(' ')[0])).toEqual(['important', 'a', 'b']);
  });

  test('a newcomer does not pass those who wait', async () => {
    const { answer, call, join, told, running } = await full();
    join('first');
    expect(call()).toBeUndefined();
    answer(running);
    expect(told).toHaveLength(1);
  });

  test('one who leaves gives the place to the next at once', async () => {
    const { answer, circuit, join, told, running } = await full();
    const { waiter } = join('gone');
    join('next');
    circuit.leave(waiter);
    expect(circuit.waiting).toBe(1);
    answer(running);
    expect(told).toEqual(['next goes at 20']);
  });

  test.each([
    ['3 s where attempts are refused, however short they are', refusing, 1000, 3000],
    ['half the attempt timeout where attempts time out', silent, 1000, 500],
    ['3 s of a long one', silent, 300_000, 3000],
  ])('waits %s', async (_what, make, attemptTimeoutMs, patienceMs) => {
    const { clock, join, told } = make({ attemptTimeoutMs });
    join('one');
    await clock.advance(10_000);
    expect(told).toEqual([`one is sent away at ${patienceMs}`]);
  });

  test.each([
    [1000, 1000],
    [300_000, 3000],
  ])(
    'waits for a place in flight as long as an attempt may take, %i ms, 3 s at most',
    async (attemptTimeoutMs, patienceMs) => {
      const { clock, join, told } = await full({ attemptTimeoutMs });
      join('one');
      await clock.advance(10_000);
      expect(told).toEqual([`one is sent away at ${20 + patienceMs}`]);
    },
  );

  test('nobody waits for a server that has been away for half a minute', async () => {
    const { clock, join, told } = refusing();
    await clock.advance(30_001);
    expect(join('one').joined).toBe(false);
    expect(told).toEqual([]);
  });

  test('nobody waits beyond a deadline, whoever comes before them', async () => {
    const { clock, join, told } = await full({ attemptTimeoutMs: 300_000 });
    join('patient', { priority: 1 });
    join('in a hurry', { leavesAt: 100 });
    await clock.advance(10_000);
    expect(told).toEqual(['in a hurry is sent away at 100', 'patient is sent away at 3020']);
  });

  test('whoever cannot be served before the deadline does not even join', () => {
    const { join } = refusing();
    expect(join('too late', { leavesAt: 249 }).joined).toBe(false);
    expect(join('in time', { leavesAt: 251 }).joined).toBe(true);
  });

  test('nobody waits for a circuit that was opened by hand, and those who wait are sent away', async () => {
    const { circuit, clock, join, told } = await full();
    join('one');
    circuit.forceOpen(clock.now());
    expect(told).toEqual(['one is sent away at 20']);
    expect(join('two').joined).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  test('everybody goes when it is closed by hand', async () => {
    const { circuit, clock, join, told } = refusing();
    for (const name of ['a', 'b', 'c']) join(name);
    circuit.close(clock.now());
    expect(told).toHaveLength(3);
    expect(circuit.waiting).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('holds a thousand, and no more', () => {
    const { circuit, join } = refusing();
    for (let caller = 0; caller < 1000; caller += 1) expect(join(`${caller}`).joined).toBe(true);
    expect(join('one too many').joined).toBe(false);
    expect(circuit.waiting).toBe(1000);
  });

  test('has one timer, and only while somebody waits', async () => {
    const { circuit, clock, call, join } = refusing();
    expect(clock.pendingTimers).toBe(0);
    const waiters = Array.from({ length: 100 }, (_, index) => join(`${index}`).waiter);
    expect(clock.pendingTimers).toBe(1);
    for (const waiter of waiters.slice(1)) circuit.leave(waiter);
    expect(clock.pendingTimers).toBe(1);
    circuit.leave(waiters[0]!);
    expect(clock.pendingTimers).toBe(0);
    call();
    expect(clock.pendingTimers).toBe(0);
  });

  test('sends one of those who wait as the probe when it is due, without a further call', async () => {
    const { clock, call, join, told } = refusing();
    call();
    call();
    join('a');
    join('b');
    await clock.advance(250);
    expect(told).toEqual(['a goes at 250']);
  });

  test('a first try goes as the probe before repetitions, which have less to spare', async () => {
    const { circuit, clock, join, told } = refusing();
    const repetition = join('repetition').waiter;
    circuit.leave(repetition);
    const admission = { record: { startedOn: undefined, kind: 'repetition' as const }, route: '' };
    circuit.join({ ...repetition, admission }, clock.now());
    join('first try');
    await clock.advance(250);
    expect(told).toEqual(['first try goes at 250']);
  });

  test('those who wait are calls enough for a probe: nobody else need come', async () => {
    const { clock, join, told } = refusing();
    join('a');
    join('b');
    await clock.advance(250);
    expect(told).toEqual(['a goes at 250']);
  });

  test('the first answer lets the others go in turn, as fast as the server answers', async () => {
    const { answer, clock, call, join, told, places } = refusing();
    call();
    call();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) join(name);
    await clock.advance(250);
    await clock.advance(10);
    answer(places.get('a')!);
    expect(told.slice(1)).toEqual(['b goes at 260', 'c goes at 260']);
    await clock.advance(10);
    answer(places.get('b')!);
    answer(places.get('c')!);
    expect(told.slice(3)).toEqual([
      'd goes at 270',
      'e goes at 270',
      'f goes at 270',
      'g goes at 270',
    ]);
  });

  test('says how long the first of them has waited', async () => {
    const { circuit, clock, join } = refusing();
    join('a');
    await clock.advance(50);
    join('important', { priority: 9 });
    await clock.advance(50);
    expect(circuit.longestWaitMs(clock.now())).toBe(100);
  });
});

describe('where a timer serves one call alone', () => {
  const single = () => Object.assign(virtualClock(), { callsPerTimer: 'single' as const });

  test('each who waits has a timer, and looks for a place by itself', async () => {
    const { answer, circuit, clock, join, told, running } = await full({}, single());
    join('a');
    const { waiter } = join('b');
    expect(clock.pendingTimers).toBe(2);
    circuit.leave(waiter);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(10);
    answer(running);
    expect(told).toEqual([]);
    await clock.advance(40);
    expect(told).toEqual(['a goes at 70']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('each is sent away by its own timer', async () => {
    const { clock, join, told } = await full({}, single());
    join('a');
    await clock.advance(500);
    join('b');
    await clock.advance(5000);
    expect(told).toEqual(['a is sent away at 1020', 'b is sent away at 1520']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('one whose request has ended, and its timer with it, is forgotten', async () => {
    const lost = virtualClock();
    const clock = Object.assign(lost, { callsPerTimer: 'single' as const });
    const { circuit, join } = await full({}, clock);
    const { setTimer } = lost;
    lost.setTimer = () => ({ cancel: () => {} });
    join('gone');
    lost.setTimer = setTimer;
    expect(circuit.waiting).toBe(1);
    await clock.advance(5000);
    expect(circuit.waiting).toBe(0);
  });
});
