import { OK, type Server } from './server.ts';

/**
 * A server that answers every request at once: what stands behind a limit where only the limit matters.
 *
 * @example
 * const fleet = startFleet(world, { makeClient, server: instantServer, load });
 */
export const instantServer: Server = (_request, reply) => reply(OK);
