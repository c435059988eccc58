import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { LEASE_SCRIPT, leaseScriptSha1 } from '../../../src/adapters/redis/lease-script.ts';
import { readSlots, writeSlots, type Slots } from '../../../src/adapters/redis/slots.ts';
import { hasRedis, pause, startRedis, type RedisServer } from './redis-server.ts';

const onRedis = hasRedis() ? describe : describe.skip;

const INTERVAL = 10;
const VALID = 100;
const SPARE = 5;

interface Ask {
  readonly member?: string;
  readonly sequence: number;
  readonly needed?: number;
  readonly ahead?: number;
  readonly delay?: number;
  readonly known?: number;
  readonly lead?: number;
  readonly born?: string;
  readonly alone?: boolean;
  readonly returned?: readonly Slots[];
  readonly leaves?: boolean;
  readonly askedAt?: number;
  /** What the member tells: its latest accepted attempt, new throttles, the start of the latest, the end named. */
  readonly signs?: readonly [accepted: number, throttles: number, latest: number, named: number];
  readonly probe?: number;
  /** How many of the needed tokens are of use only together. */
  readonly whole?: number;
}

onRedis('the lease script', () => {
  let server: RedisServer;
  let client: Redis;
  let limits = 0;

  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    client.disconnect();
    await server.close();
  });

  /** A limit of its own, and how its members ask. */
  const limitOf = () => {
    const key = `{limit-${(limits += 1)}}`;
    const ask = async (asked: Ask) => {
      const { member = 'one', sequence, needed = 0, ahead = 0, delay = 0, known = 0 } = asked;
      const {
        lead = 0,
        born = '0',
        alone = false,
        returned = [],
        leaves = false,
        askedAt = 0,
        signs = [0, 0, 0, 0],
        probe = 0,
        whole = 1,
      } = asked;
      const answer = (await client.eval(
        LEASE_SCRIPT,
        1,
        key,
        member,
        sequence,
        INTERVAL,
        VALID,
        SPARE,
        needed,
        ahead,
        delay,
        known,
        lead,
        born,
        alone ? 1 : 0,
        writeSlots(returned),
        leaves ? 1 : 0,
        askedAt,
        signs.map(String).join(' '),
        probe,
        whole,
      )) as [string, number, string, string, number, string, number];
      const [now, members, birth, slots, , trouble, heaviest] = answer;
      const [throttles = 0, stoppedAt = 0, probeAt = 0, isEndKnown] = trouble
        .split(' ')
        .map(Number);
      const stop = stoppedAt > 0 ? { probeAt, isEndKnown: isEndKnown === 1 } : undefined;
      const reading = { now: Number(now), members, birth, slots: readSlots(slots), heaviest };
      return { ...reading, throttles, stop };
    };
    return { key, ask };
  };
  const countOf = (slots: readonly Slots[]) => slots.reduce((sum, { count }) => sum + count, 0);
  const momentsOf = (slots: readonly Slots[]) =>
    slots.flatMap(({ start, count, spacing }) =>
      Array.from({ length: count }, (_, slot) => start + slot * spacing),
    );

  test('is known to Redis by the name that is computed for it', async () => {
    expect(await client.script('LOAD', LEASE_SCRIPT)).toBe(await leaseScriptSha1());
  });

  test('begins without a burst, and saves one up', async () => {
    const { ask } = limitOf();
    const first = await ask({ sequence: 1, needed: 3 });
    expect(first.slots).toEqual([{ start: expect.any(Number), count: 3, spacing: INTERVAL }]);
    expect(first.slots[0]!.start).toBeGreaterThanOrEqual(first.now - 0.001);
    await pause(300);
    const later = await ask({ sequence: 2, needed: 30 });
    const usable = momentsOf(later.slots).filter((moment) => moment <= later.now);
    expect(usable).toHaveLength((VALID - SPARE) / INTERVAL + 0.5);
  });

  test('gives the same again to a request that comes twice, and nothing to an older one', async () => {
    const { ask } = limitOf();
    const first = await ask({ sequence: 7, needed: 5 });
    const again = await ask({ sequence: 7, needed: 5 });
    expect(again.slots).toEqual(first.slots);
    expect((await ask({ sequence: 6, needed: 5 })).slots).toEqual([]);
    const next = await ask({ sequence: 8, needed: 1 });
    expect(next.slots[0]!.start).toBeCloseTo(first.slots[0]!.start + 5 * INTERVAL, 2);
  });

  test('gives no moment twice, whoever asks for what and returns what', async () => {
    const { ask } = limitOf();
    const held: Slots[] = [];
    const used: number[] = [];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let turn = 1; turn <= 150; turn += 1) {
      const returned = held.length > 3 && random(3) === 0 ? held.splice(random(3), 1) : [];
      const whole = random(3) === 0 ? 2 + random(10) : 1;
      const { slots } = await ask({
        member: `m${random(5)}`,
        sequence: turn,
        needed: whole > 1 ? whole + random(4) : random(4),
        whole,
        ahead: whole > 1 ? 0 : random(4),
        delay: random(4) === 0 ? 200 : 0,
        returned,
      });
      if (whole > 1) {
        const given = momentsOf(slots).toSorted((one, other) => one - other);
        expect(given[whole - 1]! - given[0]!).toBeLessThanOrEqual(VALID + 0.01);
      }
      held.push(...slots);
      if (random(10) === 0) await pause(30);
      while (held.length > 12) used.push(...momentsOf(held.splice(0, 1)));
    }
    const moments = [...used, ...momentsOf(held)].toSorted((one, other) => one - other);
    expect(moments.length).toBeGreaterThan(100);
    for (let index = 1; index < moments.length; index += 1) {
      expect(moments[index]! - moments[index - 1]!).toBeGreaterThanOrEqual(INTERVAL - 0.01);
    }
  });

  test('keeps what it skips for a member far away, for those who are near', async () => {
    const { ask } = limitOf();
    await ask({ sequence: 1, needed: 1 });
    const far = await ask({ member: 'far', sequence: 1, needed: 1, delay: 500 });
    expect(far.slots[0]!.start).toBeGreaterThanOrEqual(far.now + 400);
    const near = await ask({ sequence: 2, needed: 5 });
    expect(Math.max(...momentsOf(near.slots))).toBeLessThanOrEqual(near.now + 100);
  });

  test('gives returned slots to the next who asks', async () => {
    const { ask } = limitOf();
    const { slots } = await ask({ sequence: 1, needed: 20 });
    await ask({
      sequence: 2,
      returned: [{ ...slots[0]!, start: slots[0]!.start + 100, count: 10 }],
    });
    const other = await ask({ member: 'other', sequence: 1, needed: 10 });
    expect(other.slots).toHaveLength(1);
    expect(other.slots[0]!.start).toBeCloseTo(slots[0]!.start + 100, 2);
  });

  test('counts its members, and forgets one that leaves', async () => {
    const { ask } = limitOf();
    await ask({ member: 'a', sequence: 1 });
    expect((await ask({ member: 'b', sequence: 1 })).members).toBe(2);
    await ask({ member: 'a', sequence: 2, leaves: true });
    expect((await ask({ member: 'b', sequence: 2 })).members).toBe(1);
  });

  test('every write renews the expiry, of one key', async () => {
    const { key, ask } = limitOf();
    await ask({ sequence: 1, needed: 1 });
    expect(await client.keys(`*${key.slice(1, -1)}*`)).toEqual([key]);
    const ttl = await client.pttl(key);
    expect(ttl).toBeGreaterThan(10_000);
    expect(ttl).toBeLessThan(11_000);
  });

  test('an empty store leaves time for leases that it does not know of', async () => {
    const { key, ask } = limitOf();
    const before = await ask({ sequence: 1, needed: 1 });
    await client.del(key);
    const survivor = { known: 4, lead: 300, born: before.birth };
    const after = await ask({ sequence: 2, needed: 1, ...survivor });
    expect(after.slots[0]!.start).toBeGreaterThanOrEqual(after.now + 299);
    // The other three may still hold leases or go by their local share.
    expect(after.slots[0]!.spacing).toBe(4 * INTERVAL);
    const second = await ask({ member: 'two', sequence: 5, needed: 1, ...survivor });
    expect(second.slots[0]!.spacing).toBe(2 * INTERVAL);
    for (const member of ['three', 'four']) await ask({ member, sequence: 5, ...survivor });
    const whole = await ask({ sequence: 3, needed: 1 });
    expect(whole.slots[0]!.spacing).toBe(INTERVAL);
    expect(whole.members).toBe(4);
  });

  test('a newcomer at an empty store waits for nobody', async () => {
    const { ask } = limitOf();
    const { now, slots } = await ask({ sequence: 1, needed: 1 });
    expect(slots[0]!.start).toBeLessThanOrEqual(now + 0.01);
  });

  test('a store that nobody reached for a while gives members their share only, until they are back', async () => {
    const { ask } = limitOf();
    await ask({ sequence: 1 });
    await pause(600);
    const back = { known: 2, alone: true };
    const { now, slots } = await ask({ sequence: 2, needed: 2, ...back });
    expect(slots).toEqual([{ start: expect.any(Number), count: 2, spacing: 2 * INTERVAL }]);
    // And no burst for the time that it was away.
    expect(slots[0]!.start).toBeGreaterThanOrEqual(now - 0.01);
    expect((await ask({ member: 'two', sequence: 1, needed: 1, ...back })).slots[0]!.spacing).toBe(
      INTERVAL,
    );
  });

  test('a question that came late is one of a member that went on by itself', async () => {
    const { ask } = limitOf();
    const { now } = await ask({ sequence: 1 });
    await pause(300);
    const late = await ask({ sequence: 2, needed: 2, known: 2, askedAt: now });
    expect(late.slots[0]).toMatchObject({ count: 2, spacing: 2 * INTERVAL });
    expect(late.slots[0]!.start).toBeGreaterThanOrEqual(late.now - 0.01);
  });

  test('asks for what comes first: skipped slots before new ones', async () => {
    const { ask } = limitOf();
    await ask({ sequence: 1, needed: 1 });
    await pause(150);
    const { now, slots } = await ask({ sequence: 2, ahead: 5 });
    // Slots to hold are fresh ones, so that they last.
    expect(slots[0]!.start).toBeGreaterThanOrEqual(now - 0.01);
    const burst = await ask({ member: 'two', sequence: 1, needed: 5 });
    expect(countOf(burst.slots)).toBe(5);
    expect(Math.max(...momentsOf(burst.slots))).toBeLessThanOrEqual(burst.now);
  });

  test('gives the tokens of one call so that the first has not expired when the last is due', async () => {
    const { ask } = limitOf();
    await ask({ sequence: 1, needed: 1 });
    const early = await ask({ sequence: 2, needed: 3 });
    await ask({ member: 'two', sequence: 1, needed: 40 });
    // Three that come back lie before 40 that are given: too far away for ten that are used together.
    const { slots, heaviest } = await ask({
      sequence: 3,
      needed: 12,
      whole: 10,
      returned: early.slots,
    });
    expect(countOf(slots)).toBe(12);
    const moments = momentsOf(slots).toSorted((one, other) => one - other);
    expect(moments[9]! - moments[0]!).toBeLessThanOrEqual(VALID + 0.001);
    expect(heaviest).toBe(10);
    // They are left to somebody who can use them.
    const light = await ask({ member: 'two', sequence: 2, needed: 3 });
    expect(momentsOf(light.slots)).toEqual(momentsOf(early.slots));
    // The others may ask for as many as the heaviest call takes.
    expect(light.heaviest).toBe(10);
  });

  test('gives a heavy call what came back where it fits', async () => {
    const { ask } = limitOf();
    const { slots: first } = await ask({ sequence: 1, needed: 4 });
    const { slots } = await ask({ sequence: 2, needed: 10, whole: 10, returned: first });
    expect(countOf(slots)).toBe(10);
    expect(momentsOf(slots)).toEqual(expect.arrayContaining(momentsOf(first)));
  });

  describe('where members are throttled', () => {
    /** Member `a` has been throttled four times in a row, and `b` is there. */
    const troubled = async () => {
      const { ask } = limitOf();
      await ask({ member: 'b', sequence: 1 });
      const { now } = await ask({ member: 'a', sequence: 1 });
      const told = await ask({ member: 'a', sequence: 2, signs: [now - 50, 4, now, 0] });
      expect(told).toMatchObject({ throttles: 4, stop: undefined });
      return { ask, now };
    };

    test('stops all of them after five in a row, of two members', async () => {
      const { ask, now } = await troubled();
      const { stop } = await ask({ member: 'b', sequence: 2, signs: [now - 9, 1, now + 1, 0] });
      expect(stop?.probeAt).toBeGreaterThan(now + 200);
      const third = await ask({ member: 'c', sequence: 1, needed: 3, ahead: 3 });
      expect(third).toMatchObject({ slots: [], stop: { isEndKnown: false } });
    });

    test('never stops the others on the word of one', async () => {
      const { ask, now } = await troubled();
      const { stop } = await ask({ member: 'a', sequence: 3, signs: [now - 50, 90, now + 5, 0] });
      expect(stop).toBeUndefined();
      const other = await ask({ member: 'b', sequence: 2, needed: 2 });
      expect(countOf(other.slots)).toBe(2);
    });

    test('counts from the start again once an attempt of anybody is accepted that began later', async () => {
      const { ask, now } = await troubled();
      await ask({ member: 'c', sequence: 1, signs: [now + 1, 0, 0, 0] });
      const told = await ask({ member: 'b', sequence: 2, signs: [now - 9, 3, now + 2, 0] });
      expect(told).toMatchObject({ throttles: 3, stop: undefined });
    });

    test('is not impressed by throttles of attempts that began before one that was accepted', async () => {
      const { ask, now } = await troubled();
      await ask({ member: 'c', sequence: 1, signs: [now + 9, 0, 0, 0] });
      const late = await ask({ member: 'b', sequence: 2, signs: [0, 7, now + 8, 0] });
      expect(late).toMatchObject({ throttles: 0, stop: undefined });
    });

    test('lets one member try at a time, at doubling distances', async () => {
      const { ask, now } = await troubled();
      const first = await ask({ member: 'b', sequence: 2, signs: [now - 9, 1, now + 1, 0] });
      await pause(first.stop!.probeAt - first.now + 1);
      const unaware = await ask({ member: 'c', sequence: 1, needed: 50 });
      expect(unaware.slots).toEqual([]);
      const probe = await ask({ member: 'b', sequence: 3, needed: 50, probe: 2 });
      expect(countOf(probe.slots)).toBe(2);
      expect(probe.stop!.probeAt - probe.now).toBeCloseTo(500, 0);
      expect((await ask({ member: 'a', sequence: 3, needed: 1, probe: 1 })).slots).toEqual([]);
      await pause(501);
      const second = await ask({ member: 'a', sequence: 4, needed: 1, probe: 1 });
      expect(countOf(second.slots)).toBe(1);
      expect(second.stop!.probeAt - second.now).toBeCloseTo(1000, 0);
    });

    test('lets all go on once one is accepted', async () => {
      const { ask, now } = await troubled();
      await ask({ member: 'b', sequence: 2, signs: [now - 9, 1, now + 1, 0] });
      const told = await ask({ member: 'b', sequence: 3, signs: [now + 2, 0, 0, 0], needed: 2 });
      expect(told).toMatchObject({ throttles: 0, stop: undefined });
      expect(countOf(told.slots)).toBe(2);
    });

    test('believes in an end that the server names once two members have heard it, two seconds apart', async () => {
      const { ask, now } = await troubled();
      const end = now + 40_000;
      await ask({ member: 'a', sequence: 3, signs: [0, 1, now + 1, end] });
      const stopped = await ask({ member: 'b', sequence: 2, signs: [0, 1, now + 2, end] });
      expect(stopped.stop).toMatchObject({ isEndKnown: false });
      await pause(2050);
      const itself = await ask({ member: 'a', sequence: 4, signs: [0, 1, now + 3, end + 300] });
      expect(itself.stop).toMatchObject({ isEndKnown: false });
      const other = await ask({ member: 'b', sequence: 3, signs: [0, 1, now + 4, end + 300] });
      expect(other.stop).toMatchObject({ isEndKnown: true });
      expect(other.stop!.probeAt).toBeCloseTo(end, -1);
    });

    test('is not held up for longer than a minute by any end', async () => {
      const { ask, now } = await troubled();
      const end = now + 9_000_000;
      await ask({ member: 'a', sequence: 3, signs: [0, 1, now + 1, end] });
      await pause(2050);
      const { stop } = await ask({ member: 'b', sequence: 2, signs: [0, 1, now + 2, end] });
      expect(stop!.isEndKnown).toBe(true);
      expect(stop!.probeAt - now).toBeLessThanOrEqual(62_200);
    });

    test('remembers a stop for as long as the next probe is away', async () => {
      const { key, ask } = limitOf();
      await ask({ member: 'b', sequence: 1 });
      const { now } = await ask({ member: 'a', sequence: 1, signs: [0, 0, 0, 0] });
      await ask({ member: 'a', sequence: 2, signs: [0, 5, now, now + 50_000] });
      await pause(2050);
      await ask({ member: 'b', sequence: 2, signs: [0, 1, now + 1, now + 50_000] });
      expect(await client.pttl(key)).toBeGreaterThan(50_000);
    });
  });
});
