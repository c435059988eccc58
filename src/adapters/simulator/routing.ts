import type { Server } from './server.ts';

/**
 * Makes a host with a server for each of these paths, and one for all others.
 *
 * @example
 * const server = byPath({ '/search': slow }, healthy);
 */
export function byPath(servers: Readonly<Record<string, Server>>, otherwise: Server): Server {
  return (request, reply) => (servers[request.path] ?? otherwise)(request, reply);
}

/**
 * Makes a host with a server for each of these values of `authorization`, and one for all others.
 *
 * @example
 * const server = byCredential({ 'Bearer revoked': answering(world, { status: 401 }) }, healthy);
 */
export function byCredential(servers: Readonly<Record<string, Server>>, otherwise: Server): Server {
  return (request, reply) =>
    (servers[request.header('authorization') ?? ''] ?? otherwise)(request, reply);
}
