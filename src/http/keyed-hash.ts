/** Turns left, within 32 bits. */
const turned = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/**
 * HalfSipHash-2-4 with 64 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
 * 2012, and its reference implementation): a hash that says nothing of its input to whoever does
 * not have the key. Synchronous, unlike the platform's.
 *
 * @param key - 64 bits, as two words of 32
 * @returns 16 hexadecimal digits, the first byte first
 */
export function keyedHash(bytes: Uint8Array, [key0, key1]: readonly [number, number]): string {
  let v0 = key0;
  let v1 = key1 ^ 0xee;
  let v2 = key0 ^ 0x6c796765;
  let v3 = key1 ^ 0x74656462;

  const mix = (rounds: number): void => {
    for (let round = 0; round < rounds; round += 1) {
      v0 = (v0 + v1) | 0;
      v1 = turned(v1, 5) ^ v0;
      v0 = turned(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = turned(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = turned(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = turned(v1, 13) ^ v2;
      v2 = turned(v2, 16);
    }
  };
  const take = (word: number): void => {
    v3 ^= word;
    mix(2);
    v0 ^= word;
  };

  const { length } = bytes;
  const byteAt = (index: number): number => bytes[index] ?? 0;
  const wordAt = (index: number): number =>
    byteAt(index) | (byteAt(index + 1) << 8) | (byteAt(index + 2) << 16);
  const whole = length - (length % 4);
  for (let index = 0; index < whole; index += 4) take(wordAt(index) | (byteAt(index + 3) << 24));
  take(wordAt(whole) | (length << 24));

  v2 ^= 0xee;
  mix(4);
  const first = v1 ^ v3;
  v1 ^= 0xdd;
  mix(4);
  return hexadecimal(first) + hexadecimal(v1 ^ v3);
}

/** A word as eight digits, its lowest byte first. */
function hexadecimal(word: number): string {
  let text = '';
  for (let bits = 0; bits < 32; bits += 8) {
    text += ((word >>> bits) & 0xff).toString(16).padStart(2, '0');
  }
  return text;
}
