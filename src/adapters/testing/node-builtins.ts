// Asked for when a server starts and not when the module loads, so that `holdfast/testing` can be
// imported where these do not exist; caught, so that bundlers for browsers let it pass.

/** Node's `http`. @throws Error where the runtime has none. */
export async function nodeHttp() {
  try {
    return await import('node:http');
  } catch (cause) {
    throw new Error('faultyServer needs node:http, and this runtime has none', { cause });
  }
}

/** Node's `net`. @throws Error where the runtime has none. */
export async function nodeNet() {
  try {
    return await import('node:net');
  } catch (cause) {
    throw new Error('faultyServer needs node:net, and this runtime has none', { cause });
  }
}
