import { OK, type Server } from './server.ts';

/** A server that answers every request at once: what stands behind a limit where only the limit matters. */
export const instantServer: Server = (_request, reply) => reply(OK);
