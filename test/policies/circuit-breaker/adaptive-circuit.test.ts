import { describe, expect, test } from '@jest/globals';
import { adaptiveCircuitOf } from './adaptive-circuit-under-test.ts';
import { failureWith } from './classic-circuit-under-test.ts';

/** A circuit that is open: nothing ever answered, and eight errors came in a row. */
function opened(settings: Parameters<typeof adaptiveCircuitOf>[0] = {}) {
  const made = adaptiveCircuitOf(settings);
  made.failAtOnce(8);
  return made;
}

/** A circuit that is half-open: a probe has been answered, the window holds two, and one runs that had to wait. */
async function halfOpen(settings: Parameters<typeof adaptiveCircuitOf>[0] = {}) {
  const made = opened(settings);
  made.call();
  await made.clock.advance(250);
  const probe = made.send();
  made.join('held');
  await made.clock.advance(10);
  made.answer(probe);
  return { ...made, held: made.places.get('held')! };
}

describe('a closed adaptive circuit', () => {
  test('trips on eight errors in a row, and not on seven', () => {
    const { circuit, failAtOnce } = adaptiveCircuitOf();
    failAtOnce(7);
    expect(circuit.stateAt()).toBe('closed');
    failAtOnce(1);
    expect(circuit.stateAt()).toBe('open');
    expect(circuit.because).toMatchObject({ rule: 'status 503' });
  });

  test('trips on three time-outs in a row', () => {
    const { circuit, send, fail } = adaptiveCircuitOf();
    fail(send(), { isTimeOut: true });
    fail(send(), { isTimeOut: true });
    expect(circuit.stateAt()).toBe('closed');
    fail(send(), { isTimeOut: true });
    expect(circuit.stateAt()).toBe('open');
  });

  test('an answer takes back a time-out, a slow one half of it', async () => {
    for (const [tookMs, afterwards] of [
      [100, 'closed'],
      [700, 'open'],
    ] as const) {
      const { circuit, clock, send, fail, answer } = adaptiveCircuitOf();
      const first = send();
      const answered = send();
      fail(first, { isTimeOut: true });
      await clock.advance(tookMs);
      answer(answered);
      // Long after, so that nothing answers any more.
      await clock.advance(2000);
      fail(send(), { isTimeOut: true });
      fail(send(), { isTimeOut: true });
      // 8 - 8 + 16 = 16, or 8 - 4 + 16 = 20, and an error more makes neither 24 ...
      fail(send());
      expect(circuit.stateAt()).toBe('closed');
      // ... but the second one makes it 26 where the answer was slow.
      fail(send());
      expect(circuit.stateAt()).toBe(afterwards);
    }
  });

  test('never trips where one of two calls fails at once by chance', () => {
    const { changes, send, answer, fail } = adaptiveCircuitOf();
    for (let call = 0; call < 1000; call += 1) {
      if (call % 2 === 0) fail(send());
      else answer(send());
    }
    expect(changes).toEqual([]);
  });

  test('trips on a ratio too where one is asked for, and only first tries count for it', () => {
    const { circuit, send, answer, fail } = adaptiveCircuitOf({
      ratio: { failureRatio: 0.5, minimumCalls: 10, windowMs: 10_000 },
    });
    for (let call = 0; call < 5; call += 1) {
      answer(send());
      fail(send());
    }
    expect(circuit.stateAt()).toBe('half-open');
  });

  test('lets everything through and has no timer', () => {
    const { clock, call } = adaptiveCircuitOf();
    const sent = Array.from({ length: 1000 }, () => call());
    expect(sent).not.toContain(undefined);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('an overdue attempt', () => {
  test('counts as a time-out before it has ended, when the next call comes', async () => {
    const { circuit, clock, call, send, answerAfter } = adaptiveCircuitOf();
    await answerAfter(20);
    for (let attempt = 0; attempt < 3; attempt += 1) send();
    await clock.advance(251);
    expect(circuit.stateAt()).toBe('closed');
    call();
    expect(circuit.stateAt()).not.toBe('closed');
    expect(circuit.because).toMatchObject({ rule: 'no answer within 250 ms' });
  });

  test('counts once: its time-out adds nothing', async () => {
    const { circuit, clock, send, fail, answerAfter } = adaptiveCircuitOf();
    await answerAfter(20);
    const overdue = [send(), send()];
    await clock.advance(300);
    send();
    for (const one of overdue) fail(one, { isTimeOut: true });
    expect(circuit.stateAt()).toBe('closed');
  });

  test.each([
    ['a quarter of the attempt timeout', 8000, 20, 2000],
    ['250 ms', 400, 20, 250],
    ['what is usual and four variations', 1000, 400, 1200],
  ])('is one that takes longer than %s', async (_what, attemptTimeoutMs, usualMs, limitMs) => {
    const { circuit, clock, call, send, answerAfter } = adaptiveCircuitOf({ attemptTimeoutMs });
    await answerAfter(usualMs);
    for (let attempt = 0; attempt < 3; attempt += 1) send();
    await clock.advance(limitMs);
    call();
    expect(circuit.stateAt()).toBe('closed');
    await clock.advance(1);
    call();
    expect(circuit.stateAt()).not.toBe('closed');
  });

  test('there is none where the attempt timeout is not known', async () => {
    const { changes, clock, call, send, answerAfter } = adaptiveCircuitOf({
      attemptTimeoutMs: Infinity,
    });
    await answerAfter(20);
    for (let attempt = 0; attempt < 9; attempt += 1) send();
    await clock.advance(1e6);
    call();
    expect(changes).toEqual([]);
  });

  test('that waits further in has not been sent, and is none', async () => {
    const { circuit, clock, call, answerAfter } = adaptiveCircuitOf();
    await answerAfter(20);
    for (let attempt = 0; attempt < 9; attempt += 1) {
      circuit.enter({ record: { startedOn: undefined, kind: 'first-try' }, route: '' }, 0);
    }
    await clock.advance(500);
    call();
    expect(circuit.stateAt()).toBe('closed');
  });

  test('that is aborted has timed out, one that is aborted sooner says nothing', async () => {
    for (const [ranMs, states] of [
      [300, ['open']],
      [200, ['closed']],
    ] as const) {
      const { circuit, clock, send, answerAfter } = adaptiveCircuitOf();
      await answerAfter(20);
      const sent = [send(), send(), send()];
      await clock.advance(ranMs);
      for (const { place } of sent) {
        const overdue = { because: failureWith(), isTimeOut: true, isFirstTry: true, ranMs };
        circuit.ended(place, overdue, clock.now());
      }
      expect(states).toContain(circuit.stateAt());
    }
  });

  test('is learned slowly: a sudden slow-down is not taken for usual', async () => {
    const { circuit, clock, call, answer, send, answerAfter } = adaptiveCircuitOf();
    await answerAfter(20, 5);
    // Twenty answers of 400 ms within a second: one sample at most.
    const slow = Array.from({ length: 20 }, () => send());
    await clock.advance(240);
    slow.forEach(answer);
    for (let attempt = 0; attempt < 9; attempt += 1) send();
    await clock.advance(300);
    call();
    expect(circuit.stateAt()).not.toBe('closed');
  });
});

describe('an adaptive circuit that trips', () => {
  test('goes half-open at once where answers still come, with what is in flight as its window', async () => {
    const { circuit, call, send, fail, answerAfter } = adaptiveCircuitOf();
    await answerAfter(20);
    const inFlight = Array.from({ length: 7 }, () => send());
    for (const sent of inFlight.slice(0, 3)) fail(sent, { isTimeOut: true });
    expect(circuit.stateAt()).toBe('half-open');
    // Four are still in flight, and no more fit.
    expect(call()).toBeUndefined();
  });

  test('goes open where nothing has answered for longer than an attempt may take', async () => {
    const { circuit, clock, send, fail, answerAfter } = adaptiveCircuitOf();
    await answerAfter(20);
    await clock.advance(1001);
    for (let time = 0; time < 3; time += 1) fail(send(), { isTimeOut: true });
    expect(circuit.stateAt()).toBe('open');
  });

  test('goes open where errors in a row are all the evidence, however young the last answer is', async () => {
    const { circuit, failAtOnce, answerAfter } = adaptiveCircuitOf();
    await answerAfter(20);
    failAtOnce(8);
    expect(circuit.stateAt()).toBe('open');
  });

  test('goes open where nothing has ever answered', () => {
    const { circuit, send, fail } = adaptiveCircuitOf();
    for (let time = 0; time < 3; time += 1) fail(send(), { isTimeOut: true });
    expect(circuit.stateAt()).toBe('open');
  });
});

describe('an open adaptive circuit', () => {
  test('sends probes 250 ms apart, then twice as far, then a second, whatever becomes of them', async () => {
    const { clock, call, fail, send } = adaptiveCircuitOf();
    for (let time = 0; time < 3; time += 1) fail(send(), { isTimeOut: true });
    const sentAt: number[] = [];
    for (let time = 0; time < 400; time += 1) {
      await clock.advance(10);
      if (call() !== undefined) sentAt.push(clock.now());
    }
    expect(sentAt).toEqual([250, 750, 1750, 2750, 3750]);
  });

  test('half a second at most where attempts are refused: that makes the server no work', async () => {
    const { clock, call } = opened();
    const sentAt: number[] = [];
    for (let time = 0; time < 200; time += 1) {
      await clock.advance(10);
      if (call() !== undefined) sentAt.push(clock.now());
    }
    expect(sentAt).toEqual([250, 750, 1250, 1750]);
  });

  test('spreads the gaps by a quarter', async () => {
    for (const [random, gapMs] of [
      [0, 187.5],
      [1, 312.5],
    ] as const) {
      const { circuit } = opened({ random: () => random });
      expect(circuit.refusesForMs(0)).toBe(gapMs);
    }
  });

  test('lets one of four calls out as a probe at most, unless the last is 15 s old', async () => {
    const { clock, call } = opened();
    await clock.advance(1000);
    expect([call(), call()].map((sent) => sent !== undefined)).toEqual([false, true]);
    const fates: boolean[] = [];
    for (let time = 0; time < 4; time += 1) {
      await clock.advance(2000);
      fates.push(call() !== undefined);
    }
    expect(fates).toEqual([false, false, false, true]);
    await clock.advance(14_999);
    expect(call()).toBeUndefined();
    await clock.advance(1);
    expect(call()).toBeDefined();
  });

  test('a repetition is no further call, but may be the probe', async () => {
    const { circuit, clock, call, join } = opened();
    await clock.advance(1000);
    call();
    for (let time = 0; time < 9; time += 1) expect(call('repetition')).toBeUndefined();
    circuit.leave(join('first').waiter);
    expect(call('first-try')).toBeDefined();
    await clock.advance(1000);
    for (let time = 0; time < 3; time += 1) call();
    // The fourth call is not let out: it would be the probe, and a repetition takes its place.
    join('fourth');
    expect(call('repetition')).toBeUndefined();
  });

  test('probes a long outage less often: 2 % of its age apart, 30 s at most', async () => {
    const { circuit, clock, call } = opened();
    const gapAt = async (ageMs: number) => {
      await clock.advance(ageMs - clock.now());
      while (call() === undefined);
      return Math.round(circuit.refusesForMs(clock.now()));
    };
    for (let time = 0; time < 100; time += 1) {
      call();
      await clock.advance(1000);
    }
    await expect(gapAt(100_000)).resolves.toBe(2000);
    await expect(gapAt(600_000)).resolves.toBe(12_000);
    await expect(gapAt(3_600_000)).resolves.toBe(30_000);
  });

  test('sends no probe before the moment that the server asked for, up to a minute', async () => {
    const hinted = (hintMs: number) => {
      const made = adaptiveCircuitOf();
      made.failAtOnce(7);
      made.failAtOnce(1, hintMs);
      return made.circuit.refusesForMs(0);
    };
    expect(hinted(10_000)).toBe(10_000);
    expect(hinted(100)).toBe(250);
    expect(hinted(3_600_000)).toBe(60_000);
  });

  test('respects what the answer to a probe asks for', async () => {
    const { circuit, clock, call, send, fail } = opened();
    call();
    await clock.advance(250);
    fail(send(), { hintMs: 20_000 });
    expect(circuit.refusesForMs(clock.now())).toBe(20_000);
  });

  test('ignores the failures of attempts from before', async () => {
    const { circuit, send, fail, failAtOnce } = adaptiveCircuitOf();
    const stragglers = Array.from({ length: 50 }, () => send());
    failAtOnce(8);
    const opensIn = circuit.refusesForMs(0);
    for (const one of stragglers) fail(one, { isTimeOut: true, hintMs: 50_000 });
    expect(circuit.refusesForMs(0)).toBe(opensIn);
  });

  test('is half-open with the first answer, a straggler’s too', () => {
    const { circuit, send, answer, failAtOnce } = adaptiveCircuitOf();
    const straggler = send();
    failAtOnce(8);
    answer(straggler);
    expect(circuit.stateAt()).toBe('closed');
  });
});

describe('a half-open adaptive circuit', () => {
  test('lets as many run as its window holds, no fraction more', async () => {
    const made = adaptiveCircuitOf();
    await made.answerAfter(20);
    const inFlight = [made.send(), made.send(), made.send()];
    for (const one of inFlight) made.fail(one, { isTimeOut: true });
    expect(made.circuit.stateAt()).toBe('half-open');
    const only = made.send();
    expect(made.call()).toBeUndefined();
    made.join('held');
    // A slow answer adds a twentieth: 1.05 still holds one.
    await made.clock.advance(600);
    made.answer(only);
    expect(made.told).toEqual(['held goes at 620']);
    expect(made.call()).toBeUndefined();
  });

  test('grows by one with each quick answer', async () => {
    const made = await halfOpen();
    const other = made.send();
    expect(made.call()).toBeUndefined();
    for (const name of ['one', 'two', 'three', 'four', 'five']) made.join(name);
    made.answer(made.held);
    // Two were in flight of a window of two; with the answer it holds three, and one place is free beside.
    expect(made.told.slice(1)).toEqual(['one goes at 260', 'two goes at 260']);
    made.answer(other);
    expect(made.told.slice(3)).toEqual(['three goes at 260', 'four goes at 260']);
  });

  test('is closed again when a quick answer comes, nobody waits and half of the window is free', async () => {
    const made = await halfOpen();
    made.send();
    await made.clock.advance(10);
    made.answer(made.held);
    // A window of three with one in flight.
    expect(made.circuit.stateAt()).toBe('closed');
    expect(made.changes.map(([, to]) => to)).toEqual(['open', 'half-open', 'closed']);
  });

  test('is not closed by slow answers before twenty have come while nobody waited', async () => {
    const made = await halfOpen();
    await made.clock.advance(600);
    made.answer(made.held);
    // The probe's answer is one of them, and this the second.
    for (let time = 0; time < 17; time += 1) {
      await made.answerAfter(600);
      expect(made.circuit.stateAt()).toBe('half-open');
    }
    await made.answerAfter(600);
    expect(made.circuit.stateAt()).toBe('closed');
  });

  test('halves its window for three time-outs, once for each round trip', async () => {
    const made = adaptiveCircuitOf();
    await made.answerAfter(20);
    const inFlight = Array.from({ length: 11 }, () => made.send());
    for (const one of inFlight.slice(0, 3)) made.fail(one, { isTimeOut: true });
    // A window of eight, all in flight. What was sent before it tripped cuts nothing.
    await made.clock.advance(900);
    for (const one of inFlight.slice(3)) made.fail(one, { isTimeOut: true });
    const later = Array.from({ length: 8 }, () => made.send());
    expect(made.call()).toBeUndefined();
    await made.clock.advance(900);
    for (const one of later) made.fail(one, { isTimeOut: true });
    const sent = Array.from({ length: 8 }, () => made.call());
    expect(sent.filter((one) => one !== undefined)).toHaveLength(4);
  });

  test('does not halve it for losses amid quick answers: they are no queue', async () => {
    const made = adaptiveCircuitOf();
    await made.answerAfter(20);
    const inFlight = Array.from({ length: 12 }, () => made.send());
    for (const one of inFlight.slice(0, 3)) made.fail(one, { isTimeOut: true });
    await made.clock.advance(1);
    made.join('held');
    made.fail(inFlight[3]!);
    const later = [made.places.get('held')!];
    made.join('next');
    made.answer(inFlight[4]!);
    expect(later).toHaveLength(1);
    await made.clock.advance(100);
    made.fail(later[0]!, { isTimeOut: true });
    expect(made.circuit.stateAt()).toBe('half-open');
  });

  test('opens again after twelve errors in a row, each of which would burn a call', async () => {
    const made = await halfOpen();
    made.failAtOnce(11);
    expect(made.circuit.stateAt()).toBe('half-open');
    made.failAtOnce(1);
    expect(made.circuit.stateAt()).toBe('open');
  });

  test('undoes a false alarm: the overdue were only slow', async () => {
    const made = adaptiveCircuitOf();
    await made.answerAfter(20);
    await made.clock.advance(2000);
    const inFlight = Array.from({ length: 40 }, () => made.send());
    await made.clock.advance(400);
    // With forty in flight every fifth call looks for those that are overdue.
    for (let time = 0; time < 6; time += 1) made.call();
    expect(made.circuit.stateAt()).toBe('open');
    made.answer(inFlight[0]!);
    // As many may run as did when it was noticed, at once.
    const again = Array.from({ length: 50 }, () => made.call()).filter((one) => one !== undefined);
    expect(again.length).toBeGreaterThanOrEqual(39);
  });

  test('is not wedged by attempts that hang: their places are free after 30 s', async () => {
    const made = await halfOpen({ attemptTimeoutMs: Infinity });
    made.send();
    await made.clock.advance(30_000);
    expect(made.call()).toBeUndefined();
    await made.clock.advance(1);
    expect(made.call()).toBeDefined();
  });

  test('gives a place back when an attempt says nothing', async () => {
    const made = await halfOpen();
    made.send();
    expect(made.call()).toBeUndefined();
    made.circuit.ended(made.held.place, undefined, made.clock.now());
    expect(made.call()).toBeDefined();
  });
});

describe('the growth of the gaps', () => {
  test('is remembered over a close that did not last', async () => {
    const made = await halfOpen();
    made.answer(made.held);
    expect(made.circuit.stateAt()).toBe('closed');
    await made.clock.advance(1000);
    made.failAtOnce(8);
    expect(made.circuit.refusesForMs(made.clock.now())).toBe(500);
  });

  test('is forgotten over one that did', async () => {
    const made = await halfOpen();
    made.answer(made.held);
    await made.clock.advance(6000);
    made.failAtOnce(8);
    expect(made.circuit.refusesForMs(made.clock.now())).toBe(250);
  });
});

describe('an adaptive circuit that is worked by hand', () => {
  test('is forced open until it is closed by hand', async () => {
    const { circuit, clock, call } = adaptiveCircuitOf();
    circuit.forceOpen(0);
    await clock.advance(1e9);
    expect(call()).toBeUndefined();
    expect(circuit.refusesForMs(clock.now())).toBe(Infinity);
    expect(circuit.endsAt).toBe(Infinity);
    circuit.close(clock.now());
    expect(call()).toBeDefined();
  });

  test('is not reopened or closed by outcomes of attempts from before', () => {
    const { circuit, send, answer, fail } = adaptiveCircuitOf();
    const before = Array.from({ length: 20 }, () => send());
    circuit.forceOpen(0);
    before.slice(0, 10).forEach(answer);
    expect(circuit.stateAt()).toBe('open');
    circuit.close(0);
    for (const one of before.slice(10)) fail(one, { isTimeOut: true });
    expect(circuit.stateAt()).toBe('closed');
  });

  test('is exported and restored: open, with its gap, its growth and its reason', async () => {
    const here = opened();
    here.call();
    await here.clock.advance(250);
    here.send();
    await here.clock.advance(100);
    const snapshot = JSON.parse(JSON.stringify(here.circuit.snapshot(here.clock.now())));
    expect(snapshot).toMatchObject({ state: 'open', openForMs: 400, because: 'status 503' });
    const there = adaptiveCircuitOf();
    there.circuit.restore(snapshot, 0);
    expect(there.circuit.refusesForMs(0)).toBeGreaterThanOrEqual(400);
    expect(there.circuit.because).toMatchObject({ rule: 'status 503' });
  });

  test('is restored half-open as open with a probe that is due soon', async () => {
    const here = await halfOpen();
    const there = adaptiveCircuitOf();
    there.circuit.restore(here.circuit.snapshot(here.clock.now()), 0);
    expect(there.circuit.stateAt()).toBe('open');
    expect(there.circuit.refusesForMs(0)).toBeLessThanOrEqual(1000);
  });
});
