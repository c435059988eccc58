import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { CIRCUIT_SCRIPT } from '../../../src/adapters/redis/circuit-script.ts';
import { seededRandom } from '../../../src/adapters/simulator/random.ts';
import { CircuitModel } from './circuit-model.ts';
import { hasRedis, startRedis, type RedisServer } from './redis-server.ts';

const onRedis = hasRedis() ? describe : describe.skip;

/** The script with its time handed in, after its other words. */
const SCRIPT_AT = CIRCUIT_SCRIPT.replace("redis.call('TIME')", '{ ARGV[21], ARGV[22] }');
const BEGINNING_S = 1_700_000_000;

onRedis('the script of a shared circuit', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    client.disconnect();
    await server.close();
  });

  const ask = async (words: readonly string[], key = 'circuit'): Promise<number[]> =>
    ((await client.call('EVAL', CIRCUIT_SCRIPT, '1', key, ...words)) as unknown[]).map(Number);
  const words = (
    member: string,
    sequence: number,
    own: Record<number, string | number> = {},
  ): string[] => {
    const plain = [member, sequence, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2000, 250, '', 0.5];
    return plain.map((word, index) => String(own[index] ?? word));
  };

  test.each([1, 2, 3, 4, 5, 6])('does the same as its model, by seed %i', async (seed) => {
    const random = seededRandom(seed, 'script');
    const upTo = (most: number) => Math.floor(random() * (most + 1));
    const model = new CircuitModel();
    const sequences = new Map<string, number>();
    let micros = 0;
    let known = [0, 0];
    const states = new Set<number>();
    for (let step = 0; step < 800; step += 1) {
      micros += upTo(random() < 0.02 ? 50_000_000 : 300_000);
      const now = { s: BEGINNING_S + Math.floor(micros / 1e6), us: micros % 1e6 };
      const member = `member-${upTo(5)}`;
      // Now and then one is sent twice, or overtaken.
      const sequence = (sequences.get(member) ?? 0) + (random() < 0.05 ? -upTo(1) : 1);
      sequences.set(member, Math.max(sequence, sequences.get(member) ?? 0));
      const isDown = Math.floor(micros / 20_000_000) % 2 === 1;
      const failures = isDown ? [upTo(2), upTo(1)] : [0, random() < 0.02 ? 1 : 0];
      const answers = isDown && random() < 0.97 ? [0, 0] : [upTo(2), upTo(1)];
      const held = random() < 0.3 ? [upTo(2), upTo(1), upTo(4)] : [0, 0, answers[0]];
      const [generation = 0, cut = 0] = random() < 0.9 ? known : [1, 0];
      const want = upTo(3);
      const hold = random() < 0.02 ? upTo(5000) : 0;
      const follows = random() < 0.2 ? [1, upTo(5000), upTo(5)] : [0, 0, 0];
      const command = random() < 0.01 ? (random() < 0.3 ? 'open' : 'close') : '';
      const said = [
        failures,
        answers,
        generation,
        cut,
        held,
        want,
        hold,
        follows,
        2000,
        250,
      ].flat();
      const asked = [member, sequence, ...said, command, random()].map(String);
      const real = (await client.call(
        'EVAL',
        SCRIPT_AT,
        '1',
        `model-${seed}`,
        ...asked,
        String(now.s),
        String(now.us),
      )) as unknown[];
      const modelled = model.run(asked, now.s * 1000 + now.us / 1000);
      const numbers = modelled.map(Number);
      for (const [index, number] of real.map(Number).entries()) {
        expect({ step, index, number }).toEqual({
          step,
          index,
          number: expect.closeTo(numbers[index] ?? NaN, 3),
        });
      }
      known = [numbers[1] ?? 0, numbers[2] ?? 0];
      states.add(numbers[3] ?? -1);
    }
    expect(states.size).toBeGreaterThanOrEqual(3);
  });

  test('keeps one key, which expires', async () => {
    await client.flushall();
    await ask(words('a', 1, { 4: 1 }));
    expect(await client.keys('*')).toEqual(['circuit']);
    expect(await client.pttl('circuit')).toBeGreaterThan(30_000);
    expect(await client.pttl('circuit')).toBeLessThanOrEqual(120_000);
  });

  test('opens for two of two that see time-outs, and once for a report that is sent twice', async () => {
    await client.flushall();
    await ask(words('a', 1, { 3: 3 }));
    expect((await ask(words('a', 1, { 3: 3 })))[3]).toBe(0);
    // Only one member: its own circuit is for that.
    expect((await ask(words('a', 2, { 3: 3 })))[3]).toBe(0);
    expect((await ask(words('b', 1, { 3: 1 })))[3]).toBe(2);
  });

  test('forgets members that are gone', async () => {
    await client.flushall();
    const at = async (seconds: number, member: string, sequence: number) =>
      client.call('EVAL', SCRIPT_AT, '1', 'gone', ...words(member, sequence), String(seconds), '0');
    for (let member = 0; member < 50; member += 1) await at(BEGINNING_S, `m${member}`, 1);
    expect(await client.hlen('gone')).toBe(52);
    await at(BEGINNING_S + 40, 'late', 1);
    await at(BEGINNING_S + 80, 'late', 2);
    expect(await client.hlen('gone')).toBe(3);
  });
});
