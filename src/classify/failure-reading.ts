import type { Classification, DecidedBy } from '../core/classification.ts';
import { ruleForCode, ruleForStatus } from './catalog/catalog.ts';
import type { Catalog, CatalogMatch, FailureCategory } from './catalog/catalog.ts';
import { CATCH_ALL_CODES, findCodeMeaning } from './words/code-words.ts';
import type { BodyEvidence } from './body/body-evidence.ts';
import { ABOUT_THE_REQUEST, categoryOfCode, categoryOfMessage } from './words/meanings.ts';
import type { Meaning, MeaningContext, MeaningRow } from './words/meanings.ts';
import { findMessageMeaning } from './words/message-phrases.ts';
import { wordsOf } from './words/phrases.ts';
import type { PhraseMatch } from './words/phrases.ts';
import type { HeaderMap } from './headers/response-headers.ts';
import { headerCodes, headerHint, headerMessage } from './headers/server-hints.ts';
import { REASON_PHRASES, statusRow } from './words/statuses.ts';
import { read } from './untrusted.ts';
import { bodyWait, bucketIsEmpty, exhaustedBucketWait, explicitWait } from './wait/wait-hint.ts';

/** The tables of providers that a classification may lean on. */
export type Catalogs = Catalog | readonly Catalog[] | undefined;

/** What decided, before waits are added. */
interface Decision {
  readonly category: FailureCategory;
  readonly decidedBy: DecidedBy;
  readonly rule: string;
  /** The words say that nothing was done, which the status may not show. */
  readonly unprocessed?: boolean;
  /** Read off a code that some APIs use for requests that are too large as well. */
  readonly overruledBySize?: boolean;
}

/** One failure while it is being judged: what is asked twice is worked out once. */
export class FailureReading implements MeaningContext {
  /** The status that counts: the body's own, where the response says 200 to everything. */
  readonly status: number;
  readonly #headers: HeaderMap;
  readonly #body: BodyEvidence;
  readonly #catalog: Catalogs;
  readonly #httpStatus: number;
  readonly #now: number;
  readonly #codes: readonly string[];
  readonly #message: string | undefined;
  #explicit: number | 'unusable' | 'unread' | undefined = 'unread';
  #wait: number | 'unread' | undefined = 'unread';
  #prose: PhraseMatch<MeaningRow> | 'unread' | undefined = 'unread';

  constructor(status: number, headers: HeaderMap, body: BodyEvidence, options: object) {
    this.#headers = headers;
    this.#body = body;
    this.#catalog = read(options, 'catalog') as Catalogs;
    this.#httpStatus = status;
    this.status = status >= 400 ? status : (body.status ?? status);
    const now = read(options, 'now');
    this.#now = typeof now === 'number' && Number.isFinite(now) ? now : Date.now();
    const { first, last } = headerCodes(headers);
    this.#codes =
      first.length + last.length === 0 ? body.codes : [...first, ...body.codes, ...last];
    this.#message = body.message ?? headerMessage(headers);
  }

  classify(): Classification {
    const decision = this.#judge();
    return {
      category: decision.category,
      errorCode: this.#codes[0],
      message: this.#message,
      status: Number.isNaN(this.#httpStatus) ? undefined : this.#httpStatus,
      retryAfterMs: this.#waitFor(decision.category),
      unprocessed:
        decision.category === 'throttle' ||
        decision.unprocessed === true ||
        statusRow(this.status).unprocessed === true,
      decidedBy: decision.decidedBy,
      rule: decision.rule,
    };
  }

  #judge(): Decision {
    const hint = headerHint(this.#headers) ?? this.#bodyHint();
    if (hint?.retry === false) return { category: 'fatal', decidedBy: 'hint', rule: hint.rule };
    const decision = this.#judgeUnhinted();
    if (hint === undefined) return decision;
    const category = decision.category === 'fatal' ? 'retryable' : decision.category;
    return { ...decision, category, decidedBy: 'hint', rule: hint.rule };
  }

  #bodyHint(): { readonly retry: boolean; readonly rule: string } | undefined {
    const { retryable } = this.#body;
    return retryable === undefined
      ? undefined
      : {
          retry: retryable,
          rule: `the body says that a retry is ${retryable ? '' : 'not '}in order`,
        };
  }

  #judgeUnhinted(): Decision {
    const decision =
      this.#judgeByCatalog() ??
      this.#judgeByCode() ??
      this.#judgeByHeader() ??
      this.#judgeByCatalogStatus() ??
      this.#judgeByMessage() ??
      this.#judgeByStatus();
    if (decision.category !== 'throttle' || decision.overruledBySize === false) return decision;
    // Some APIs give the code of their rate limit to a single request that is larger than the
    // whole limit, and say so in the message alone. No waiting helps that one.
    const prose = this.#readProse();
    if (prose?.row.meaning !== 'oversize' || this.#readExplicit() !== undefined) return decision;
    return { category: 'fatal', decidedBy: 'code', rule: proseRule(prose) };
  }

  #judgeByCatalog(): Decision | undefined {
    const catalog = this.#catalog;
    if (catalog === undefined) return undefined;
    for (const code of this.#codes) {
      const match = ruleForCode(catalog, code, this.status, this.#message);
      if (match !== undefined) return catalogDecision(match, `code "${code}"`);
    }
    return undefined;
  }

  #judgeByCatalogStatus(): Decision | undefined {
    const catalog = this.#catalog;
    if (catalog === undefined) return undefined;
    const match = ruleForStatus(catalog, this.status, this.#message);
    return match && catalogDecision(match, `status ${this.status}`);
  }

  #judgeByCode(): Decision | undefined {
    for (const code of this.#codes) {
      if (CATCH_ALL_CODES.has(code)) continue;
      const words = wordsOf(code);
      if (this.#restatesStatus(words)) continue;
      const match = findCodeMeaning(words);
      if (match === undefined) continue;
      const category = categoryOfCode(match.row.meaning, this);
      if (category === undefined) continue;
      return {
        category,
        decidedBy: 'code',
        rule: `code "${code}" says "${match.phrase}": ${match.row.because}`,
        unprocessed: match.row.meaning === 'contention',
      };
    }
    return undefined;
  }

  #judgeByHeader(): Decision | undefined {
    const { status } = this;
    if (status === 403) {
      if (this.#headers.get('cf-mitigated') === 'challenge') {
        const rule = 'cf-mitigated: challenge asks for a person at a browser (Cloudflare)';
        return { category: 'fatal', decidedBy: 'header', rule };
      }
      if (bucketIsEmpty(this.#headers)) {
        const rule = 'a 403 with an exhausted rate limit beside it is that rate limit (GitHub)';
        return { category: 'throttle', decidedBy: 'header', rule };
      }
    }
    // RFC 9110 §15.5.14 has a Retry-After for the 413 that passes.
    const mayPass = status < 500 && (status === 413 || !ABOUT_THE_REQUEST.has(status));
    if (!mayPass || status === 401 || status === 429) return undefined;
    if (typeof this.#readExplicit() !== 'number') return undefined;
    return {
      category: status === 403 ? 'throttle' : 'retryable',
      decidedBy: 'header',
      rule: `a ${status} with a Retry-After says when to come back (RFC 9110 §10.2.3)`,
    };
  }

  #judgeByMessage(): Decision | undefined {
    const prose = this.#readProse();
    if (prose === undefined) return undefined;
    const category = categoryOfMessage(prose.row.meaning, this);
    if (category === undefined) return undefined;
    const unprocessed = prose.row.meaning === 'contention';
    return { category, decidedBy: 'code', rule: proseRule(prose), unprocessed };
  }

  #judgeByStatus(): Decision {
    const { status } = this;
    if (status === 409 && this.#saysNothing()) {
      const rule =
        'status 409 unexplained: as a rule a lost race or a lock; a clash of names says so (Stripe)';
      return { category: 'retryable', decidedBy: 'status', rule };
    }
    if (status < 400) {
      const rule = `status ${status} with an error in its body that says nothing of coming back`;
      return { category: 'fatal', decidedBy: 'status', rule };
    }
    const row = statusRow(status);
    return {
      category: row.category,
      decidedBy: 'status',
      rule: `status ${status}: ${row.because}`,
    };
  }

  /** `{"code": "Forbidden"}` on a 403: the status in words. */
  #restatesStatus(words: readonly string[]): boolean {
    const phrase = REASON_PHRASES[this.status];
    return phrase !== undefined && words.join(' ') === phrase;
  }

  #saysNothing(): boolean {
    const speaks = (text: string) => {
      const words = wordsOf(text);
      return (
        !this.#restatesStatus(words) && words.some((word) => !/^(?:error|http|409)$/.test(word))
      );
    };
    if (this.#message !== undefined && speaks(this.#message)) return false;
    return this.#codes.every((code) => CATCH_ALL_CODES.has(code) || !speaks(code));
  }

  /** The first text with a meaning: the message, then what else stands in the body. */
  #readProse(): PhraseMatch<MeaningRow> | undefined {
    if (this.#prose === 'unread') {
      this.#prose =
        this.#message === undefined ? undefined : findMessageMeaning(wordsOf(this.#message));
      for (const remark of this.#body.remarks) {
        // The id of a violated quota tells a day's from a minute's where the message does not.
        if (this.#prose !== undefined && this.#prose.row.meaning !== 'exhausted') break;
        const found = findMessageMeaning(wordsOf(remark));
        if (found !== undefined && (this.#prose === undefined || PERIODS.has(found.row.meaning))) {
          this.#prose = found;
        }
      }
    }
    return this.#prose;
  }

  messageMeaning(): Meaning | undefined {
    return this.#readProse()?.row.meaning;
  }

  hasWait(): boolean {
    return this.#readWait() !== undefined;
  }

  #readExplicit(): number | 'unusable' | undefined {
    if (this.#explicit === 'unread') this.#explicit = explicitWait(this.#headers, this.#now);
    return this.#explicit;
  }

  #readWait(): number | undefined {
    if (this.#wait === 'unread') {
      const explicit = this.#readExplicit();
      this.#wait =
        typeof explicit === 'number'
          ? explicit
          : ((explicit === 'unusable'
              ? undefined
              : exhaustedBucketWait(this.#headers, this.#now)) ?? this.#bodyWait());
    }
    return this.#wait;
  }

  #bodyWait(): number | undefined {
    const { waits, message } = this.#body;
    if (waits.length === 0 && message === undefined) return undefined;
    return bodyWait(waits, [message], this.#now, this.#codes.includes('slow_down'));
  }

  #waitFor(category: FailureCategory): number | undefined {
    const explicit = this.#readExplicit();
    if (typeof explicit === 'number') return explicit;
    if (category === 'fatal') return undefined;
    // A window that ends is a reason to wait only for those whom the window has stopped.
    return category === 'throttle' ? this.#readWait() : this.#bodyWait();
  }
}

const PERIODS: ReadonlySet<Meaning> = new Set(['quota', 'throttle']);

function catalogDecision({ catalog, rule }: CatalogMatch, subject: string): Decision {
  return {
    category: rule.category,
    decidedBy: 'catalog',
    rule: `${catalog.name}: ${subject} is ${rule.category}${rule.source ? ` (${rule.source})` : ''}`,
    // A row that looks at the message has already told the two apart.
    overruledBySize: rule.phrases === undefined,
  };
}

function proseRule({ phrase, row }: PhraseMatch<MeaningRow>): string {
  return `the message says "${phrase}": ${row.because}`;
}
