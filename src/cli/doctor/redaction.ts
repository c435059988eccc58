import type { HeaderMap } from '../../classify/headers/response-headers.ts';
import type { LoggedAttempt } from './log/logged-attempt.ts';

/** The names of fields whose values are secrets. */
const SECRET_NAME = /auth|cookie|key|token|secret|session|password|credential|signature/i;
/** Values that are shorter occur in any text by chance. */
const MIN_SECRET_LENGTH = 6;

/** Secrets by their form: keys with a known beginning, bearer tokens, JWTs, long random texts. */
const SECRET_FORMS: readonly RegExp[] = [
  /\b(?:Bearer|Basic)\s+\S+/gi,
  /\b(?:sk|pk|rk|ak|ghp|gho|ghu|ghs|ghr|glpat|xox[a-z]|whsec|api|key)[-_][A-Za-z0-9_-]{6,}/g,
  /\bgithub_pat_\w+/g,
  /\b(?:AKIA|ASIA|AIza)[A-Za-z0-9_-]{12,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*/g,
  /\b(?=[A-Za-z0-9+/=_-]*\d)(?=[A-Za-z0-9+/=_-]*[A-Za-z])[A-Za-z0-9+/=_-]{32,}/g,
  /\b(?=[A-Za-z]*[a-z])(?=[A-Za-z]*[A-Z])[A-Za-z]{24,}\b/g,
];

const HIDDEN = '[hidden]';

/** Takes out of a text what must not be shown. */
export type Redactor = (text: string) => string;

/**
 * Makes the redactor for what is said of one request: it hides all that the request carried of
 * credentials, cookies and query strings, wherever the server may have repeated it, and everything
 * that looks like a key.
 */
export function redactorFor({ url, requestHeaders, outcome }: LoggedAttempt): Redactor {
  const secrets = [
    ...secretsOf(requestHeaders),
    ...('headers' in outcome && outcome.headers instanceof Map
      ? secretsOf(outcome.headers as HeaderMap)
      : []),
    ...(url === undefined ? [] : secretsOfUrl(url)),
  ].filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  return (text) => {
    let shown = text;
    for (const secret of secrets) shown = shown.replaceAll(secret, HIDDEN);
    for (const form of SECRET_FORMS) shown = shown.replace(form, HIDDEN);
    return shown;
  };
}

function secretsOf(headers: HeaderMap): readonly string[] {
  return [...headers]
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => [value].concat(value.split(/[\s;,=]+/)));
}

function secretsOfUrl(url: string): readonly string[] {
  const { username, password, searchParams, hash } = new URL(url);
  return [username, password, hash.slice(1), ...searchParams.values()].flatMap((value) => [
    value,
    encodeURIComponent(value),
  ]);
}
