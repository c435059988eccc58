import type { Classification } from '../../core/classification.ts';
import { ruleForCode, ruleForStatus } from '../catalog/catalog.ts';
import type { Catalog, CatalogEntry, CatalogRule } from '../catalog/catalog.ts';
import type { NetworkMeaning } from '../thrown/network-words.ts';
import { CODE_WORDS, REFUSING_WORDS } from '../words/code-words.ts';
import type { Meaning } from '../words/meanings.ts';
import { MESSAGE_PHRASES } from '../words/message-phrases.ts';
import { phrasesOf, type PhraseRow } from '../words/phrases.ts';
import {
  CODE_WORD_REASONS,
  CODE_WORD_SOURCES,
  REFUSING_WORD_REASONS,
  REFUSING_WORD_SOURCES,
} from './code-words.ts';
import { HEADER_REASONS } from './headers.ts';
import { MESSAGE_PHRASE_REASONS, MESSAGE_PHRASE_SOURCES } from './message-phrases.ts';
import { NETWORK_REASONS } from './network.ts';
import { STATUS_REASONS, reasonOfClass, type Reason } from './statuses.ts';

/** The reason of a rule, and who says so. */
export interface Explanation {
  /** The rule of the classification, in few words. */
  readonly rule: string;
  /** Why the rule decides as it does, in a sentence. */
  readonly reason: string;
  /** The document, the provider or the example that the rule rests on. */
  readonly source: string | undefined;
}

/** The members of a classification that an explanation needs, so that a log line will do. */
export type Explainable = Pick<Classification, 'rule'> &
  Partial<Pick<Classification, 'category' | 'status' | 'message'>>;

/**
 * Explains the rule of a classification. It is found by its words, so that a classification out of
 * a log can be explained as well.
 *
 * @param catalogs the catalogs that may have decided, found by their names
 * @returns `undefined` for a rule that is not the classifier's: a policy's own refusal
 */
export function explainRule(
  classification: Explainable,
  catalogs: readonly Catalog[],
): Explanation | undefined {
  const { rule } = classification;
  for (const [pattern, reasonFor] of RULES) {
    const groups = pattern.exec(rule);
    const found = groups && reasonFor(groups.slice(1), classification, catalogs);
    if (found) return { rule, reason: found[0], source: found[1] };
  }
  return undefined;
}

type Found = Reason | readonly [reason: string, source: undefined] | undefined;
type ReasonFor = (
  groups: readonly string[],
  classification: Explainable,
  catalogs: readonly Catalog[],
) => Found;

/** The rules that the classifier writes, and where the reason of each is found. */
const RULES: readonly (readonly [RegExp, ReasonFor])[] = [
  [
    /^code ".*" says "(.*)"$/s,
    ([phrase = '']) =>
      reasonOfPhrase(CODE_WORDS, CODE_WORD_REASONS, CODE_WORD_SOURCES, phrase) ??
      reasonOfPhrase(REFUSING_WORDS, REFUSING_WORD_REASONS, REFUSING_WORD_SOURCES, phrase),
  ],
  [
    /^the message says "(.*)"$/s,
    ([phrase = '']) =>
      reasonOfPhrase(MESSAGE_PHRASES, MESSAGE_PHRASE_REASONS, MESSAGE_PHRASE_SOURCES, phrase),
  ],
  [
    /^status (\w+) (?:alone|unexplained)$/,
    ([status]) => STATUS_REASONS[Number(status)] ?? reasonOfClass(Number(status)),
  ],
  [
    /^status \d+ with an error$/,
    () => ['an error in a success says nothing of coming back', 'RFC 9110 §15.3'],
  ],
  [/^status \d+ with a Retry-After$/, () => HEADER_REASONS['retry-after']],
  [
    /^status 403 with an exhausted rate limit$/,
    () => ['a 403 with an exhausted rate limit beside it is that rate limit', 'GitHub'],
  ],
  [
    /^the body says (?:not )?to retry$/,
    () => ['the server answers outright whether to retry', 'the member `retryable` of the body'],
  ],
  [
    /^\$retryable: /,
    () => ["the service's model marks the error so, and its SDK passes it on", 'AWS SDKs'],
  ],
  [/^([a-z-]+): /, ([field = '']) => HEADER_REASONS[field]],
  [/^(.+): code "(.*)"$/s, ([name = '', code = ''], ...rest) => documented(name, code, ...rest)],
  [
    /^(.+): status (\d+)$/,
    ([name, status], classification, catalogs) => {
      const catalog = catalogs.find((one) => one.name === name);
      const { message } = classification;
      const match = catalog && ruleForStatus(catalog, Number(status), message ?? undefined);
      return (
        match && [`${name} documents this status as ${match.rule.category}`, match.rule.source]
      );
    },
  ],
  [
    /^gRPC status \d+ /,
    () => ['the gRPC status code says what to do with the call', 'google/rpc/code.proto'],
  ],
  [
    /^(?:Prisma|SQLSTATE|MySQL) \w+: (.+)$/,
    ([meaning]) => [
      meaning === 'the query or its data'
        ? 'every other code of a database is about the query'
        : 'the connection, the transaction or the pool failed, not the query',
      "Prisma's error reference; PostgreSQL, appendix A; MySQL, server errors",
    ],
  ],
  [
    /^(?:unknown .*|not an error|(?:Type|Range|Reference|Syntax|Eval|URI|Assertion|Option)Error): misuse$/s,
    () => ['no rule recognizes the error, so the program itself is at fault', undefined],
  ],
  [
    /: (not-sent|lost|opaque|slow-down|garbled|permanent|aborted|misuse)$/,
    ([meaning]) => NETWORK_REASONS[meaning as NetworkMeaning],
  ],
  [/^the caller aborted the call$/, () => NETWORK_REASONS.aborted],
  [/^no answer within \d+ ms$/, () => ['the time limit passed', undefined]],
  [/^the call succeeded$/, () => ['a status below 400 is a success', 'RFC 9110 §15']],
];

function reasonOfPhrase(
  table: readonly PhraseRow<Meaning>[],
  reasons: readonly string[],
  sources: Readonly<Record<string, string>>,
  phrase: string,
): Found {
  const reason = reasons[table.findIndex(([, row]) => phrasesOf(row).includes(phrase))];
  return reason === undefined ? undefined : [reason, sources[phrase]];
}

function documented(
  name: string,
  code: string,
  { status, message, category }: Explainable,
  catalogs: readonly Catalog[],
): Found {
  const catalog = catalogs.find((one) => one.name === name);
  if (catalog === undefined) return undefined;
  const holds = ruleForCode(catalog, code, status, message)?.rule;
  // The status that counted may have stood in the body: then a rule of the same category will do.
  const rule =
    holds?.category === category
      ? holds
      : rulesOf((catalog.codes as Record<string, CatalogEntry>)[code]).find(
          (one) => one.category === category,
        );
  return rule && [`${name} documents this code as ${rule.category}`, rule.source];
}

function rulesOf(entry: CatalogEntry | undefined): readonly CatalogRule[] {
  if (entry === undefined) return [];
  return [entry].flat().map((rule) => (typeof rule === 'string' ? { category: rule } : rule));
}
