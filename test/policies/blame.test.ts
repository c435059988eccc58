import { describe, expect, test } from '@jest/globals';
import { Routes } from '../../src/policies/blame.ts';

const SAYS_NOTHING = -Infinity;

interface Own {
  readonly route: string;
  readonly failures: number;
  endsAt: number;
}

const routesOf = () =>
  new Routes<Own>(
    (route, failures) => ({ route, failures, endsAt: 0 }),
    ({ endsAt }) => endsAt,
  );

/** Plays a mix in turn: `'/a'` failed, `'+/b'` passed. */
function play(routes: Routes<Own>, outcomes: readonly string[], times: number, from = 0): void {
  for (let round = 0; round < times; round += 1) {
    for (const outcome of outcomes) {
      const isGood = outcome.startsWith('+');
      if (!isGood) routes.failed(outcome, from + round);
      else if (routes.watching) routes.passed(outcome.slice(1), from + round);
    }
  }
}

describe('blame', () => {
  test('asks for no route before something has failed', () => {
    const routes = routesOf();
    expect(routes.watching).toBe(false);
    routes.failed('/a', 0);
    expect(routes.watching).toBe(true);
  });

  test('falls on a route that fails while others pass', () => {
    const routes = routesOf();
    play(routes, ['/dead', '+/b', '+/c', '+/d', '+/e'], 4);
    expect(routes.of('/dead')).toMatchObject({ route: '/dead' });
    expect(routes.of('/b')).toBeUndefined();
  });

  test('says how often the route has failed in a row, if nothing of it passed', () => {
    const routes = routesOf();
    play(routes, ['/dead', '+/b', '+/c', '+/d', '+/e'], 4);
    expect(routes.of('/dead')!.failures).toBe(4);
    const mixed = routesOf();
    play(mixed, ['/dead', '/dead', '+/dead', '+/b', '+/c', '+/d', '+/e', '+/f'], 4);
    expect(mixed.of('/dead')!.failures).toBe(0);
  });

  test('falls on no route where all fail alike, or one has all the traffic', () => {
    const alike = routesOf();
    play(alike, ['/a', '+/a', '/b', '+/b', '/c', '+/c'], 100);
    const alone = routesOf();
    play(alone, ['/a', ...Array.from({ length: 20 }, () => '+/a')], 100);
    expect([alike.blaming, alone.blaming]).toEqual([false, false]);
  });

  test('falls on nothing that has no name', () => {
    const routes = routesOf();
    play(routes, ['', '+/b', '+/c', '+/d', '+/e'], 100);
    expect(routes.blaming).toBe(false);
    expect(routes.watching).toBe(false);
  });

  test('is lifted once the others fail nearly as often', () => {
    const routes = routesOf();
    play(routes, ['/dead', '+/b', '+/c', '+/d', '+/e'], 4);
    expect(routes.blaming).toBe(true);
    play(routes, ['/b', '/c', '/d', '/e', '/dead'], 60);
    expect(routes.of('/dead')).toBeUndefined();
  });

  test('is forgotten a minute after the last failure, where its state says nothing any more', () => {
    const routes = routesOf();
    play(routes, ['/dead', '+/b', '+/c', '+/d', '+/e'], 4);
    routes.passed('/b', 61_000);
    expect(routes.blaming).toBe(true);
    routes.of('/dead')!.endsAt = SAYS_NOTHING;
    routes.passed('/b', 62_000);
    expect([routes.blaming, routes.watching]).toEqual([false, false]);
  });

  test('singles out the route that a whole run is of, and no other', () => {
    const routes = routesOf();
    routes.failed('/a', 0);
    routes.passed('/b', 0);
    for (let call = 0; call < 5; call += 1) routes.failed('/dead', 0);
    expect(routes.singleOut('run')).toMatchObject({ route: '/dead', failures: 5 });
    // It is accounted for: the next run must have another reason.
    expect(routes.singleOut('run')).toBeUndefined();
    for (const route of ['/a', '/b', '/a', '/b', '/a']) routes.failed(route, 0);
    expect(routes.singleOut('run')).toBeUndefined();
    for (const route of ['', '', '', '', '']) routes.failed(route, 0);
    expect(routes.singleOut('run')).toBeUndefined();
  });

  test('singles out the route that most failures are of, where too many fail of all', () => {
    const routes = routesOf();
    for (const route of ['/dead', '/dead', '/a', '/dead', '/b']) routes.failed(route, 0);
    expect(routes.singleOut('ratio')).toBeUndefined();
    for (const route of ['/dead', '/dead', '/dead']) routes.failed(route, 0);
    expect(routes.singleOut('ratio')).toMatchObject({ route: '/dead' });
    expect(routes.singleOut('ratio')).toBeUndefined();
  });

  test('is bounded: of 32 routes that are blamed, the one that ends soonest leaves', () => {
    const routes = routesOf();
    for (let index = 0; index < 100; index += 1) {
      const name = `/dead/${index}`;
      for (let call = 0; call < 3; call += 1) {
        routes.failed(name, 0);
        routes.passed('/fine', 0);
        routes.passed('/fine', 0);
      }
      routes.singleOut('ratio');
      const own = routes.of(name);
      if (own) own.endsAt = index;
    }
    expect([...routes.entries()].length).toBeLessThanOrEqual(32);
  });
});
