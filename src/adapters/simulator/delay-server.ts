import { draw, type Amount } from './distributions.ts';
import { OK, type Answer, type Server } from './server.ts';
import type { World } from './world.ts';

/**
 * Makes a server that answers every request after a time of its own, however many there are.
 *
 * @example
 * const server = delayServer(world, logNormal(50, 0.5));
 */
export function delayServer(world: World, latencyMs: Amount, answer: Answer = OK): Server {
  const random = world.randomOf('latency');
  return (_request, reply) => {
    world.after(draw(latencyMs, random, world.now), () => reply(answer));
  };
}

/**
 * Makes a server that slows down with the requests in it: `baseMs`, and `perRequestMs` more for each
 * of them, itself included, fixed when it arrives. Marc Brooker's model of a collapse.
 *
 * @example
 * const server = collapsingServer(world, { baseMs: 100, perRequestMs: 10 });
 */
export function collapsingServer(
  world: World,
  { baseMs = 1_000, perRequestMs = 10 }: { baseMs?: number; perRequestMs?: number } = {},
): Server {
  let inside = 0;
  return (_request, reply) => {
    inside += 1;
    world.after(baseMs + perRequestMs * inside, () => {
      inside -= 1;
      reply(OK);
    });
  };
}
