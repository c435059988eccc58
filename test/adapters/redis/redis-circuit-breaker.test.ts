import { beforeAll, describe, expect, test } from '@jest/globals';
import { CIRCUIT_SCRIPT } from '../../../src/adapters/redis/circuit-script.ts';
import { scriptName } from '../../../src/adapters/redis/script-name.ts';
import { OptionError, controlOf, reportOf, resilientFetch } from '../../../src/index.ts';
import { redisCircuitBreaker } from '../../../src/redis.ts';
import { repeat, scriptedFetch, virtualClock } from '../../../src/testing.ts';
import { FakeCircuitStore } from './fake-circuit-store.ts';
import { ReplyError } from './fake-store.ts';
import { httpFailure } from '../../policies/http-failure.ts';
import { fleetOf } from './shared-breaker-under-test.ts';

// The platform's digest takes real turns; afterwards no test waits for it.
beforeAll(() => scriptName(CIRCUIT_SCRIPT));

describe('a fleet whose members call seldom', () => {
  test('opens together, for failures of which none has seen many', async () => {
    const { clock, server, members, callOnceEach, begin, openOnes } = fleetOf(20);
    await begin();
    server.mood = 'refuses';
    await callOnceEach(2000);
    await clock.advance(10);
    // Eight errors, of eight members; those that failed before hear of it with their next failure.
    expect(openOnes()).toBe(20 - 7);
    expect(members.every(({ ended }) => ended.length === 2)).toBe(true);
    await callOnceEach(500, members.slice(0, 7));
    expect(openOnes()).toBe(20);
  });

  test('opens after three time-outs of three members', async () => {
    const { clock, server, members, begin, openOnes } = fleetOf(9);
    await begin();
    server.mood = 'hangs';
    for (const member of members) void member.call();
    await clock.advance(1100);
    expect(openOnes()).toBeGreaterThanOrEqual(1);
  });

  test('opens for attempts that are overdue, long before they time out', async () => {
    const { clock, server, callOnceEach, begin, openOnes } = fleetOf(4, {
      attemptTimeoutMs: 60_000,
    });
    await begin();
    server.mood = 'hangs';
    await callOnceEach(100);
    await clock.advance(16_000);
    // A quarter of a minute is overdue; it is looked for when the next call comes.
    await callOnceEach(100);
    await clock.advance(100);
    expect(openOnes()).toBeGreaterThanOrEqual(1);
  });

  test('sends no probe before the server wants one', async () => {
    const { clock, server, members, callOnceEach, begin } = fleetOf(5);
    await begin();
    server.mood = 'refuses';
    server.failure = () => httpFailure(503, { 'retry-after': '20' });
    for (let round = 0; round < 4; round += 1) await callOnceEach(500);
    expect(members.every(({ state }) => state === 'open')).toBe(true);
    server.attempts.length = 0;
    for (let round = 0; round < 17; round += 1) await callOnceEach(1000);
    expect(server.attempts).toHaveLength(0);
    for (let round = 0; round < 4; round += 1) await callOnceEach(1000);
    await clock.advance(100);
    expect(server.attempts.length).toBeGreaterThanOrEqual(1);
  });

  test('needs more members the more there are', async () => {
    const { clock, server, members, callOnceEach, begin, openOnes } = fleetOf(25);
    await begin();
    server.mood = 'hangs';
    const four = members.slice(0, 4);
    await callOnceEach(10, four);
    await clock.advance(1500);
    await callOnceEach(10, four);
    await clock.advance(1500);
    expect(openOnes()).toBe(0);
    void members[4]?.call();
    await clock.advance(1100);
    expect(members[4]?.state).toBe('open');
  });

  test('lets a few probes a second through, of all members together', async () => {
    const { clock, server, members, callOnceEach, begin } = fleetOf(40);
    await begin();
    server.mood = 'hangs';
    for (let round = 0; round < 3; round += 1) await callOnceEach(1000);
    await clock.advance(1500);
    expect(members.every(({ state }) => state === 'open')).toBe(true);
    server.attempts.length = 0;
    for (let round = 0; round < 5; round += 1) await callOnceEach(1000);
    expect(server.attempts.length).toBeGreaterThanOrEqual(10);
    expect(server.attempts.length).toBeLessThanOrEqual(25);
  });

  test('closes together once the server answers, without a rush', async () => {
    const { clock, server, members, callOnceEach, begin } = fleetOf(40);
    await begin();
    server.mood = 'hangs';
    for (let round = 0; round < 3; round += 1) await callOnceEach(1000);
    server.mood = 'answers';
    server.answersAfterMs = 100;
    server.attempts.length = 0;
    await callOnceEach(2000);
    await clock.advance(500);
    await callOnceEach(1000);
    await clock.advance(500);
    expect(members.map(({ state }) => state)).toEqual(members.map(() => 'closed'));
    expect(members.map(({ ended }) => ended.at(-1)?.how)).toEqual(members.map(() => 'answered'));
  });

  test('lets more and more attempts run at once while it is half-open', async () => {
    const { clock, server, members, callOnceEach, begin } = fleetOf(40);
    await begin();
    server.mood = 'hangs';
    for (let round = 0; round < 3; round += 1) await callOnceEach(1000);
    await clock.advance(1500);
    server.mood = 'answers';
    server.answersAfterMs = 100;
    server.attempts.length = 0;
    for (const member of members) for (let call = 0; call < 3; call += 1) void member.call();
    await clock.advance(3000);
    const [first = 0] = server.attempts;
    const by = (ms: number) => server.attempts.filter((at) => at < first + ms).length;
    expect(by(90)).toBeLessThanOrEqual(3);
    expect(by(190)).toBeLessThanOrEqual(9);
    expect(by(390)).toBeLessThanOrEqual(40);
    expect(by(1500)).toBeGreaterThanOrEqual(60);
  });
});

describe('agreement', () => {
  test('one member with a broken network opens its own circuit and nobody else’s', async () => {
    const { clock, server, members, callOnceEach, begin } = fleetOf(10);
    await begin();
    const [broken, ...others] = members;
    broken!.isCutOff = true;
    for (let round = 0; round < 10; round += 1) {
      await callOnceEach(1000, [...others, broken!, broken!]);
    }
    await clock.advance(4000);
    expect(broken!.state).toBe('open');
    expect(others.map(({ state }) => state)).toEqual(others.map(() => 'closed'));
    expect(others.every(({ ended }) => ended.every(({ how }) => how === 'answered'))).toBe(true);
    expect(others.every(({ ended }) => ended.every(({ afterMs }) => afterMs === 10))).toBe(true);
    expect(server.attempts.length).toBe(90);
  });

  test('nor does it while nobody else calls', async () => {
    const { clock, members, begin } = fleetOf(5);
    await begin();
    const [broken, other] = members;
    broken!.isCutOff = true;
    for (let call = 0; call < 30; call += 1) {
      void broken!.call();
      await clock.advance(100);
    }
    expect(broken!.state).toBe('open');
    // Its own failure is no reason to follow, while the fleet does not agree.
    other!.isCutOff = true;
    await clock.run(other!.call());
    await clock.advance(100);
    expect(other!.state).toBe('closed');
  });

  test('who is answered is not stopped, although the fleet has agreed', async () => {
    const { clock, server, members, callOnceEach, begin } = fleetOf(20);
    await begin();
    const [lucky, ...others] = members;
    for (const other of others) other.isCutOff = true;
    for (let round = 0; round < 2; round += 1) await callOnceEach(1000, others);
    expect(others.filter(({ state }) => state === 'open').length).toBeGreaterThan(10);
    server.attempts.length = 0;
    for (let call = 0; call < 50; call += 1) await clock.run(lucky!.call());
    expect(server.attempts).toHaveLength(50);
    expect(lucky!.state).toBe('closed');
  });

  test('answers of others take back what some report', async () => {
    const { clock, server, members, callOnceEach, begin, openOnes } = fleetOf(9);
    await begin();
    for (let round = 0; round < 20; round += 1) {
      server.mood = round % 4 === 0 ? 'refuses' : 'answers';
      await callOnceEach(900);
    }
    await clock.advance(100);
    expect(openOnes()).toBe(0);
    expect(members.flatMap(({ ended }) => ended).some(({ how }) => how === 'refused')).toBe(false);
  });
});

describe('the store of a shared circuit', () => {
  test('is asked now and then by a process that is answered, however many calls it makes', async () => {
    const { clock, store, members } = fleetOf(1);
    for (let call = 0; call < 1000; call += 1) await clock.run(members[0]!.call());
    // Ten seconds: the script is sent once, and a report comes every two seconds.
    expect(store.commands.length).toBeLessThanOrEqual(8);
  });

  test('makes no call wait while the circuit is closed', async () => {
    const { clock, store, members } = fleetOf(1);
    store.roundTripMs = 5000;
    for (let call = 0; call < 20; call += 1) await clock.run(members[0]!.call());
    expect(members[0]!.ended.every(({ afterMs }) => afterMs === 10)).toBe(true);
  });

  test('counts a report once that a client sends twice', async () => {
    const { clock, store, server, members, begin, openOnes } = fleetOf(4);
    await begin();
    store.sendsTwice = true;
    server.mood = 'refuses';
    for (const member of members.slice(0, 3)) void member.call();
    await clock.advance(100);
    for (const member of members.slice(0, 3)) void member.call();
    await clock.advance(100);
    // Six errors are 18 points, and not 36.
    expect(openOnes()).toBe(0);
  });

  test.each([
    ['hangs', (store: FakeCircuitStore) => void (store.mood = 'hangs'), 'timeout'],
    [
      'is not connected',
      (store: FakeCircuitStore) =>
        void (store.error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
      'connection',
    ],
    [
      'is read-only',
      (store: FakeCircuitStore) => void (store.error = new ReplyError('READONLY You can’t write')),
      'read-only',
    ],
    ['answers nonsense', (store: FakeCircuitStore) => void (store.nonsense = ['OK']), 'unexpected'],
  ])('leaves each process its own circuit where it %s', async (_how, spoil, kind) => {
    const { clock, store, server, members } = fleetOf(1);
    const [member] = members;
    spoil(store);
    for (let call = 0; call < 10; call += 1) await clock.run(member!.call());
    await clock.advance(300);
    await clock.run(member!.call());
    server.mood = 'refuses';
    for (let call = 0; call < 8; call += 1) await clock.run(member!.call());
    expect(member!.state).toBe('open');
    expect(member!.control.state().store).toMatchObject({ state: 'alone', failure: kind });
    expect(member!.eventsOf('store-error')[0]).toMatchObject({
      by: 'redis-circuit-breaker',
      kind,
    });
    server.mood = 'answers';
    await clock.advance(2000);
    const calls = Array.from({ length: 4 }, () => member!.call());
    expect(await clock.run(Promise.all(calls))).toEqual(calls.map(() => 'answered'));
  });

  test('is joined again within two seconds of its return', async () => {
    const { clock, store, members } = fleetOf(1);
    const [member] = members;
    store.mood = 'hangs';
    for (let call = 0; call < 100; call += 1) {
      void member!.call();
      await clock.advance(100);
    }
    expect(member!.control.state().store?.state).toBe('alone');
    store.answer();
    for (let call = 0; call < 20; call += 1) {
      void member!.call();
      await clock.advance(100);
    }
    expect(member!.control.state().store).toMatchObject({ state: 'joined', members: 1 });
    expect(member!.eventsOf('store-recovered')).toHaveLength(1);
    expect(member!.ended.every(({ afterMs }) => afterMs === 10)).toBe(true);
  });

  test('may fail while calls wait for it: they go on with their own circuit', async () => {
    const { clock, store, server, members, callOnceEach, begin } = fleetOf(5);
    await begin();
    server.mood = 'refuses';
    for (let round = 0; round < 4; round += 1) await callOnceEach(500);
    const [member] = members;
    expect(member!.state).toBe('open');
    member!.events.length = 0;
    store.mood = 'hangs';
    const waiting = [member!.call(), member!.call()];
    await clock.advance(500);
    server.mood = 'answers';
    // By its own circuit one goes as a probe, and the other after it.
    expect(await clock.run(Promise.all(waiting))).toEqual(['answered', 'answered']);
    expect(member!.control.state().store?.state).toBe('alone');
    expect(member!.eventsOf('circuit-changed')).toMatchObject([
      { from: 'open', to: 'half-open' },
      { from: 'half-open', to: 'closed' },
    ]);
  });

  test('that comes back empty in an outage is told that the circuit was open', async () => {
    const { clock, store, server, members, callOnceEach, begin } = fleetOf(5);
    await begin();
    server.mood = 'hangs';
    for (let round = 0; round < 4; round += 1) await callOnceEach(1000);
    await clock.advance(1500);
    store.forgetAll();
    store.forgetScript();
    server.attempts.length = 0;
    for (let round = 0; round < 4; round += 1) await callOnceEach(1000);
    expect(members.map(({ state }) => state)).toEqual(members.map(() => 'open'));
    expect(server.attempts.length).toBeLessThanOrEqual(20);
    expect(members.flatMap((member) => member.eventsOf('circuit-changed'))).toHaveLength(5);
  });

  test('is told so although a member that does not follow has asked first', async () => {
    const { clock, store, server, members, callOnceEach, begin } = fleetOf(6);
    await begin();
    const [late, ...others] = members;
    server.mood = 'hangs';
    for (let round = 0; round < 4; round += 1) await callOnceEach(1000, others);
    await clock.advance(1500);
    store.forgetAll();
    void late!.call();
    await clock.advance(1100);
    server.attempts.length = 0;
    for (let round = 0; round < 3; round += 1) await callOnceEach(1000, others);
    expect(others.map(({ state }) => state)).toEqual(others.map(() => 'open'));
    expect(server.attempts.length).toBeLessThanOrEqual(15);
  });

  test('keeps each key’s circuit apart, unless one name is for all', async () => {
    const { clock, store, members } = fleetOf(1, { prefix: 'mine' });
    await clock.run(members[0]!.call({ key: 'https://a.example' }));
    await clock.run(members[0]!.call({ key: 'b}{' }));
    await clock.advance(100);
    const named = fleetOf(1, { name: 'all' });
    await named.clock.run(named.members[0]!.call({ key: 'a' }));
    await named.clock.run(named.members[0]!.call({ key: 'b' }));
    await named.clock.advance(100);
    expect(new Set(store.commands.map(({ key }) => key))).toEqual(
      new Set(['mine:{https%3A%2F%2Fa.example}:circuit', 'mine:{b%7D%7B}:circuit']),
    );
    expect(new Set(named.store.commands.map(({ key }) => key))).toEqual(
      new Set(['holdfast:{all}:circuit']),
    );
  });
});

describe('a shared circuit by hand', () => {
  test('is opened for the whole fleet, which hears of it with its next report', async () => {
    const { clock, members, callOnceEach, begin, openOnes } = fleetOf(4);
    await begin();
    members[0]!.control.open();
    expect(members[0]!.state).toBe('open');
    expect(await clock.run(members[0]!.call())).toBe('refused');
    await clock.advance(2000);
    await callOnceEach(100);
    await clock.advance(10);
    expect(openOnes()).toBe(4);
    expect(await clock.run(members[3]!.call())).toBe('refused');
    expect(members[3]!.control.state().circuit).toMatchObject({
      openForMs: Infinity,
      because: undefined,
    });
    await clock.advance(120_000);
    expect(await clock.run(members[3]!.call())).toBe('refused');
  });

  test('is closed for the whole fleet', async () => {
    const { clock, members, callOnceEach, begin, openOnes } = fleetOf(4);
    await begin();
    members[0]!.control.open();
    await clock.advance(2000);
    await callOnceEach(100);
    await clock.advance(10);
    members[1]!.control.close();
    expect(members[1]!.state).toBe('closed');
    await clock.advance(2000);
    await callOnceEach(100);
    await clock.advance(100);
    expect(openOnes()).toBe(0);
    await callOnceEach(100);
    await clock.advance(100);
    expect(members.map(({ ended }) => ended.at(-1)?.how)).toEqual(members.map(() => 'answered'));
  });

  test('is opened by hand without the store too, and told to it later', async () => {
    const { clock, store, members, begin } = fleetOf(2);
    await begin();
    store.mood = 'hangs';
    members[0]!.control.open();
    await clock.advance(5000);
    expect(await clock.run(members[0]!.call())).toBe('refused');
    store.answer();
    await clock.advance(1500);
    expect(await clock.run(members[0]!.call())).toBe('refused');
    await clock.advance(10);
    void members[1]!.call();
    await clock.advance(100);
    expect(members[1]!.state).toBe('open');
  });
});

describe('a call at a shared circuit that is open', () => {
  const openFleet = async (options = {}) => {
    const fleet = fleetOf(5, options);
    await fleet.begin();
    fleet.server.mood = 'refuses';
    for (let round = 0; round < 4; round += 1) await fleet.callOnceEach(500);
    await fleet.clock.advance(3000);
    return { ...fleet, member: fleet.members[0]! };
  };

  test('tells once that the circuit has opened, and why', async () => {
    const { member } = await openFleet();
    expect(member.eventsOf('circuit-changed')).toMatchObject([
      {
        by: 'circuit-breaker',
        key: 'default',
        from: 'closed',
        to: 'open',
        classification: { errorCode: 'ECONNREFUSED' },
      },
    ]);
    expect(member.control.state()).toMatchObject({
      circuit: { state: 'open', because: { errorCode: 'ECONNREFUSED' } },
      store: { state: 'joined', members: 5, failure: undefined },
    });
  });

  test('leaves the line when its signal aborts', async () => {
    const { clock, member } = await openFleet();
    const controller = new AbortController();
    const call = member.call({ signal: controller.signal });
    const other = member.call();
    await clock.advance(1);
    expect(member.control.state().waiting).toBe(2);
    controller.abort();
    await clock.advance(0);
    expect(member.control.state().waiting).toBe(1);
    expect(await call).toBe('failed');
    await clock.advance(10_000);
    await other;
    expect(member.control.state().waiting).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is refused with the time to come back, and what the failure was', async () => {
    const { clock, member } = await openFleet();
    const call = member.policy.execute(() => Promise.reject(new Error('never sent'))).catch(String);
    await clock.advance(20_000);
    expect(await call).toMatch(/circuit of default is open after too many failures|never sent/);
  });
});

describe('redisCircuitBreaker', () => {
  test.each([
    [{}, 'redisCircuitBreaker.client'],
    [{ client: 7 }, 'redisCircuitBreaker.client'],
    [{ attemptTimeoutMs: 0 }, 'redisCircuitBreaker.attemptTimeoutMs'],
    [{ storeTimeoutMs: -1 }, 'redisCircuitBreaker.storeTimeoutMs'],
    [{ maxKeys: 0 }, 'redisCircuitBreaker.maxKeys'],
    [{ name: 3 }, 'redisCircuitBreaker.name'],
    [{ openMs: 3 }, 'redisCircuitBreaker.openMs'],
  ])('refuses %j', (options, option) => {
    const client = () => Promise.resolve();
    const given =
      'client' in options || option.endsWith('client') ? options : { client, ...options };
    expect(() => redisCircuitBreaker(given as never)).toThrow(OptionError);
    expect(() => redisCircuitBreaker(given as never)).toThrow(option);
  });

  test('stands in a wrapped fetch, and its report says in which state an attempt went', async () => {
    const clock = virtualClock();
    const store = new FakeCircuitStore(clock);
    const script = scriptedFetch([repeat(503, 8), repeat(200)], { clock });
    const fetch = resilientFetch(script, {
      clock,
      retry: false,
      circuitBreaker: redisCircuitBreaker({ client: store.send, clock }),
    });
    for (let call = 0; call < 8; call += 1) {
      await clock.run(fetch(`https://api.example.com/${call % 2 === 0 ? 'a' : 'b'}`));
    }
    const control = controlOf(fetch);
    expect(control.state('https://api.example.com')).toMatchObject({
      circuit: { state: 'open' },
      store: { state: 'joined', members: 1 },
    });
    const both = ['a', 'b'].map((name) => fetch(`https://api.example.com/${name}`));
    const [response] = await clock.run(Promise.all(both));
    expect(response?.status).toBe(200);
    expect(reportOf(response!)?.attempts[0]).toMatchObject({ circuit: 'half-open' });
  });
});
