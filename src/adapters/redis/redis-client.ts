import { OptionError } from '../../core/options.ts';

/** Sends one command, the name first, and resolves to Redis's answer or rejects with its error. */
export type SendCommand = (command: readonly string[]) => PromiseLike<unknown>;

/** A client that sends commands as ioredis and iovalkey do; their cluster clients too. */
export interface CallsCommands {
  call(command: string, ...args: string[]): PromiseLike<unknown>;
}

/** A client that sends commands as node-redis (the package `redis`) does. */
export interface SendsCommands {
  sendCommand(command: string[]): PromiseLike<unknown>;
}

/** A client that sends commands to a cluster as node-redis does: it has to be told the key. */
export interface RoutesCommands {
  nodeClient(...node: never[]): unknown;
  sendCommand(key: string, isReadonly: boolean, command: string[]): PromiseLike<unknown>;
}

/** A connected client of ioredis, iovalkey or node-redis, for one server or for a cluster, or a function that sends commands with any other. */
export type RedisClient = CallsCommands | SendsCommands | RoutesCommands | SendCommand;

/**
 * How commands are sent with a client. Clients are told apart by shape, so none of them is imported.
 *
 * @throws {@link OptionError} for anything else.
 */
export function senderOf(owner: string, client: unknown): SendCommand {
  if (typeof client === 'function') return client as SendCommand;
  const { call, sendCommand, nodeClient } = (client ?? {}) as Partial<
    CallsCommands & SendsCommands & RoutesCommands
  >;
  if (typeof call === 'function') {
    const caller = client as CallsCommands;
    listenTo(caller);
    return ([name = '', ...args]) => caller.call(name, ...args);
  }
  if (typeof sendCommand === 'function' && typeof nodeClient === 'function') {
    const router = client as RoutesCommands;
    listenTo(router);
    return (command) => router.sendCommand(keyOf(command), false, [...command]);
  }
  if (typeof sendCommand === 'function') {
    const sender = client as SendsCommands;
    listenTo(sender);
    return (command) => sender.sendCommand([...command]);
  }
  throw new OptionError(
    `${owner}.client`,
    'a client of ioredis, iovalkey or node-redis, or a function that sends a command',
    client,
  );
}

/** The key of a script's command: its name, the script, the number of keys, the key. */
const keyOf = (command: readonly string[]): string => command[3] ?? '';

const heard = new WeakSet<object>();

/** Without a listener a lost connection is thrown out of the socket, and the process dies. */
function listenTo(client: object): void {
  const { on } = client as { on?: (event: 'error', listener: () => void) => void };
  if (typeof on !== 'function' || heard.has(client)) return;
  heard.add(client);
  on.call(client, 'error', () => {});
}
