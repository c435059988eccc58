/** A source of random numbers: at least 0 and below 1, as `Math.random` gives them. */
export type Random = () => number;

/**
 * Makes a generator whose numbers depend on seed and name alone (Chris Doty-Humphrey's sfc32).
 *
 * Streams of different names are independent of each other. So the load of a world stays the same,
 * call by call, whichever client is tried in it.
 *
 * @example
 * const random = seededRandom(7);
 */
export function seededRandom(seed: number, name = ''): Random {
  let a = seed | 0;
  let b = Math.trunc(seed / 2 ** 32) | 0;
  let c = hashOf(name);
  let counter = 1;
  const next: Random = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first numbers of small seeds are alike.
  for (let round = 0; round < 20; round += 1) next();
  return next;
}

/** FNV-1a. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash;
}
