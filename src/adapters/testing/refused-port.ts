import type { AddressInfo, Socket } from 'node:net';
import { nodeNet } from './node-builtins.ts';

/** A port of this machine that refuses connections until it is released. */
export interface RefusedPort {
  readonly port: number;
  release(): Promise<void>;
}

/**
 * Finds a port that refuses every connection, and keeps it so.
 *
 * A port that was merely closed may be given to the next program that asks for one. This one is
 * the near end of a connection that stays open: taken, so that nobody else gets it, and not
 * listening, so that whoever connects to it is refused.
 */
export async function holdRefusedPort(): Promise<RefusedPort> {
  const { createServer, connect } = await nodeNet();
  const farEnd = createServer();
  const accepted = new Promise<Socket>((resolve) => farEnd.once('connection', resolve));
  await new Promise<void>((resolve, reject) => {
    farEnd.once('error', reject);
    farEnd.listen(0, '127.0.0.1', resolve);
  });
  const nearEnd = connect((farEnd.address() as AddressInfo).port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    nearEnd.once('connect', resolve).once('error', reject);
  });
  const far = await accepted;
  for (const socket of [nearEnd, far]) socket.on('error', () => undefined);
  return {
    port: (nearEnd.address() as AddressInfo).port,
    release: () =>
      new Promise((resolve) => {
        nearEnd.destroy();
        far.destroy();
        farEnd.close(() => resolve());
      }),
  };
}
