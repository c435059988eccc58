/** Longer than any message that a log needs. */
const MAX_LENGTH = 300;
/** As much is looked at; what is taken out may make room for what comes after it. */
const MAX_LOOK = 2_000;

/** Colours and cursor movements of a terminal (ECMA-48 §5.4). */
// oxlint-disable-next-line no-control-regex
const TERMINAL = /\u001b\[[\d;?]{0,32}[ -/]{0,4}[@-~]?/g;
/** Marks that show nothing or turn the direction of writing (Unicode UAX #9), which hides text. */
const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
/** Everything else that a terminal or a log's format may act on. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

const REDACTED = '[redacted]';

/** What must not stand in a log, and what is put there instead. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // RFC 3986 §3.2.1: user information in an address; then its query and its fragment.
  [/(\w:\/\/)[^\s/?#"'<>]{1,512}@/g, '$1'],
  [/(\w:\/\/[^\s?#"'<>]{0,512})[?#][^\s"'<>)]*/g, '$1'],
  [/((?:^|[\s"'(=])\/[^\s?#"'<>]{0,512})\?[^\s"'<>)]*/g, '$1'],
  // RFC 6750 §2.1, RFC 7617 §2, and an Authorization that was repeated with any scheme.
  [/\b(bearer|basic)[\s:=]+(?=\S*[\d.+/=_-]|\S{20})[\w.~+/=-]{4,}/gi, `$1 ${REDACTED}`],
  [
    /\b((?:proxy-)?authorization["']?\s?[:=]\s?["']?)(?:\w{1,20} (?=\S{8}))?[^\s"',;]+/gi,
    `$1${REDACTED}`,
  ],
  // Members and parameters with a telling name.
  [
    /((?:api|access|secret|private|auth|account|subscription|x-api)?[_-]?(?:key|token|secret|password|passwd|pwd|signature|credential)["']?\s?[=:]\s?["']?)(?=[^\s"',;&]*\d|[^\s"',;&]{12})[^\s"',;&]{4,}/gi,
    `$1${REDACTED}`,
  ],
  // Key shapes: OpenAI, Anthropic and Stripe; AWS; GitHub; Slack; Google; GitLab, npm; SendGrid.
  [
    /(?:(?<![a-z\d])(?:[spr]k|whsec)|[spr]k(?=[-_](?:live|test|proj|ant|or)[-_]))[-_][\w*.-]{6,}/gi,
    REDACTED,
  ],
  [/(?:AKIA|ASIA)[A-Z\d*]{8,}/g, REDACTED],
  [/(?:gh[oprsu]_|github_pat_|glpat-|npm_|hf_|gsk_)[\w*-]{8,}/g, REDACTED],
  [/xox[a-z]-[\w*-]{6,}/gi, REDACTED],
  [/AIza[\w-]{16,}|SG\.[\w-]{8,}\.[\w-]{8,}/g, REDACTED],
  // RFC 7519: a JSON Web Token begins with an encoded `{"`.
  [/eyJ[\w-]{6,}(?:\.[\w-]*){0,4}/g, REDACTED],
  [/-----BEGIN [A-Z ]{1,40}-----[^]*/g, REDACTED],
];

/** Only a text with one of these has anything to take out. */
const SUSPECT =
  /[^ -~]|:\/\/|\?|key|token|secret|passw|pwd|signature|credential|authoriz|bearer|basic|k[-_]|whsec|AKIA|ASIA|gh[a-z]_|pat[-_]|npm_|hf_|xox|AIza|SG\.|eyJ|-----/i;

/**
 * A text of the server's or of an SDK's as it may be shown: in an error, an event, a log.
 *
 * Without credentials in addresses, query strings, `Bearer …`, `Basic …` and keys of known shapes;
 * without control and bidirectional characters; at most 300 characters. Never throws.
 *
 * @returns `undefined` where nothing remains
 */
export function cleanText(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (text.length <= MAX_LENGTH && !SUSPECT.test(text)) return text;
  let clean = text
    .slice(0, MAX_LOOK)
    .replace(TERMINAL, '')
    .replace(INVISIBLE, '')
    .replace(CONTROL, ' ');
  for (const [secret, instead] of SECRETS) clean = clean.replace(secret, instead);
  return shortened(clean) || undefined;
}

function shortened(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  const end = text.charCodeAt(MAX_LENGTH - 2);
  // Not between the halves of a surrogate pair.
  return `${text.slice(0, end >= 0xd800 && end <= 0xdbff ? MAX_LENGTH - 2 : MAX_LENGTH - 1)}…`;
}
