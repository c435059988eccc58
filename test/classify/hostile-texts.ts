/** A text of an upstream, and what of it must never stand in a log. */
export interface HostileText {
  readonly text: string;
  readonly secret: string;
}

/** The same numbers each time, between 0 and 1 (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.split('');

const BEFORE = [
  'Incorrect API key provided: ',
  'upstream said\r\nSet-Cookie: a=b\r\n',
  '\u001b[31mfatal\u001b[0m ',
  'fetch failed: ',
  '{"note":"',
  'a\u202eb\u2066c\u200b ',
  'не удалось: ',
  '',
  `${'x'.repeat(279)} `,
  'GET ',
  '(',
];
const AFTER = [
  '.',
  '\r\n\r\nHTTP/1.1 200 OK',
  ' \u001b]0;title\u0007',
  '"}',
  '',
  ' \u0000\u0085',
  ')',
  ' and more',
];

/** Ways in which a secret gets into a message; `random` makes letters and digits. */
const WAYS: readonly ((random: (length: number) => string) => readonly [string, string])[] = [
  (random) => withSecret(random(12), (it) => `https://admin:${it}@db.example.com/path`),
  (random) => withSecret(random(16), (it) => `https://${it}@api.example.com`),
  (random) => withSecret(random(20), (it) => `https://api.example.com/v1/things?key=${it}&a=b`),
  (random) => withSecret(random(20), (it) => `/v1/things?a=b&sig=${it}`),
  (random) => withSecret(random(20), (it) => `https://api.example.com/cb#access_token=${it}`),
  (random) => withSecret(random(30), (it) => `Authorization: Bearer ${it}`),
  (random) => withSecret(random(24), (it) => `authorization=Token ${it}`),
  (random) => withSecret(random(30), (it) => `bearer ${it}`),
  (random) => withSecret(`${random(22)}==`, (it) => `Basic ${it}`),
  (random) => withSecret(`sk-${random(40)}`, (it) => it),
  (random) => withSecret(`sk-proj-${random(30)}_${random(20)}`, (it) => it),
  (random) => withSecret(`sk-ant-api03-${random(40)}`, (it) => it),
  (random) => withSecret(`sk_live_${random(24)}`, (it) => it),
  (random) => withSecret(`rk_test_${random(24)}`, (it) => it),
  (random) => withSecret(`AKIA${random(16).toUpperCase()}`, (it) => it),
  (random) => withSecret(`ghp_${random(36)}`, (it) => it),
  (random) => withSecret(`github_pat_${random(22)}_${random(40)}`, (it) => it),
  (random) => withSecret(`xoxb-${random(11)}-${random(24)}`, (it) => it),
  (random) => withSecret(`eyJ${random(20)}.eyJ${random(30)}.${random(43)}`, (it) => it),
  (random) => withSecret(`AIza${random(35)}`, (it) => it),
  (random) => withSecret(`glpat-${random(20)}`, (it) => it),
  (random) => withSecret(random(20), (it) => `api_key=${it}`),
  (random) => withSecret(random(20), (it) => `"password": "${it}"`),
  (random) => withSecret(random(32), (it) => `x-api-key: ${it}`),
  (random) => withSecret(random(20), (it) => `client_secret=${it}`),
];

function withSecret(secret: string, say: (secret: string) => string): readonly [string, string] {
  return [say(secret), secret];
}

/** `count` texts, each with a secret in it and some with control and bidirectional characters. */
export function hostileTexts(count: number): readonly HostileText[] {
  const chance = seeded(9);
  const oneOf = <Item>(list: readonly Item[]) => list[Math.floor(chance() * list.length)] as Item;
  const random = (length: number) => Array.from({ length }, () => oneOf(LETTERS)).join('');
  return Array.from({ length: count }, (_, index) => {
    const [said, secret] = (WAYS[index % WAYS.length] as (typeof WAYS)[number])(random);
    return { text: `${oneOf(BEFORE)}${said}${oneOf(AFTER)}`, secret };
  });
}
