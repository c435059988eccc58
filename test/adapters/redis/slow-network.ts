import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server on which all takes longer, or that is cut. */
export interface SlowNetwork {
  readonly port: number;
  /** How long each direction takes, in milliseconds. */
  delayMs: number;
  /** Nothing passes any more, and nobody is told. When it is whole again the rest comes, as TCP sees to it. */
  isCut: boolean;
  /** Connections that are made from now on lead to this port, and the others end. */
  leadTo(port: number): void;
  close(): void;
}

export async function slowNetwork(to: number, delayMs: number): Promise<SlowNetwork> {
  const sockets = new Set<Socket>();
  let goal = to;
  const held: (() => void)[] = [];
  let isCut = false;
  const network = {
    port: 0,
    delayMs,
    get isCut() {
      return isCut;
    },
    set isCut(value: boolean) {
      isCut = value;
      if (!isCut) for (const pass of held.splice(0)) pass();
    },
    leadTo(other: number) {
      goal = other;
      for (const socket of sockets) socket.destroy();
    },
    close: () => {},
  };
  const server = createServer((near) => {
    const far = createConnection(goal, '127.0.0.1');
    const pass = (from: Socket, onward: Socket) => {
      sockets.add(from);
      from.on('data', (chunk) => {
        const write = () => onward.writable && onward.write(chunk);
        const arrive = () => void (isCut ? held.push(write) : write());
        if (network.delayMs > 0) setTimeout(arrive, network.delayMs);
        else arrive();
      });
      from
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(from);
          onward.destroy();
        });
    };
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  network.port = (server.address() as AddressInfo).port;
  network.close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return network;
}
