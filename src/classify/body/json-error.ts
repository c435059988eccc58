import { holdsErrorObject, isErrorBody } from './error-in-success.ts';
import {
  CODE_RANK,
  GENERIC,
  GENERIC_RANK,
  ITEM,
  MESSAGE_RANK,
  OUTER,
  ONE_WORD_PHRASES,
} from './evidence-ranks.ts';
import { slotsOf } from './json-keys.ts';
import type { Slots } from './json-keys.ts';
import {
  MAX_CODE_LENGTH,
  booleanOf,
  isCodeWord,
  isShouting,
  isStatusNumber,
  statusNumber,
  typeName,
} from './json-values.ts';
import { isObject, read } from '../untrusted.ts';
import type { BodyEvidence, BodyWait } from './body-evidence.ts';

const MAX_DEPTH = 6;
const MAX_ITEMS = 8;
const MAX_OBJECTS = 64;
const MAX_MESSAGE_LENGTH = 8_192;
const MAX_EMBEDDED_LENGTH = 16_384;

type Place = 'top' | 'error' | 'inner' | 'item';

/** Reads an error off a JSON value of any shape, cyclic and hostile ones too. Never throws. */
export function readJsonError(value: unknown): BodyEvidence {
  const reader = new JsonErrorReader();
  try {
    reader.read(value);
  } catch {
    // A proxy or a getter that throws: what was found until then is what there is.
  }
  return reader.evidence();
}

class JsonErrorReader {
  readonly #codes: { readonly code: string; readonly rank: number }[] = [];
  readonly #seen = new Set<object>();
  readonly #remarks: string[] = [];
  readonly #waits: BodyWait[] = [];
  #message: string | undefined;
  #messageRank = Number.POSITIVE_INFINITY;
  #retryable: boolean | undefined;
  #status: number | undefined;
  #isError = false;

  read(value: unknown): void {
    // Some streaming APIs wrap the error in an array; some answer with a list of errors.
    if (Array.isArray(value)) {
      // The first speaks for the list: `[{"id": 1}, {"error": …}]` is a list of results.
      const [first, ...others] = value.slice(0, MAX_ITEMS) as unknown[];
      this.#visit(first, 0, 'top', 0);
      for (const item of others) this.#visit(item, 1, 'item', 0);
    } else {
      this.#visit(value, 0, 'top', 0);
    }
  }

  evidence(): BodyEvidence {
    const codes = this.#codes.sort((a, b) => a.rank - b.rank).map(({ code }) => code);
    return {
      codes: codes.filter((code, index) => codes.indexOf(code) === index),
      message: this.#message,
      remarks: this.#remarks,
      retryable: this.#retryable,
      waits: this.#waits,
      status: this.#status,
      isError: this.#isError,
    };
  }

  #visit(value: unknown, depth: number, place: Place, offset: number): void {
    if (value === null || typeof value !== 'object') return;
    if (depth > MAX_DEPTH || this.#seen.size >= MAX_OBJECTS || this.#seen.has(value)) return;
    this.#seen.add(value);
    const slots = slotsOf(value);
    const own = offset + this.#readChildren(slots, depth, place, offset);
    this.#readCodes(slots, place, own);
    this.#readMessages(slots, depth, place, own);
    this.#readHints(slots);
    if (place === 'top') {
      const found = this.#message !== undefined || this.#codes.length > 0;
      this.#isError ||= isErrorBody(slots, found);
    } else if (place === 'error' && depth === 1) {
      this.#isError ||= holdsErrorObject(slots);
    }
  }

  /** Reads what is nested; returns by how much less the object around it says for that. */
  #readChildren(slots: Slots, depth: number, place: Place, offset: number): number {
    let less = 0;
    const { error, wrapper, status, message, errorMessage, detail, reason, only } = slots;
    for (const child of [error, wrapper, status, message, errorMessage, detail, reason, only]) {
      if (typeof child !== 'object' || child === null) continue;
      less = OUTER;
      if (Array.isArray(child)) {
        this.#visitItems(child, depth, offset);
        continue;
      }
      this.#visit(child, depth + 1, 'error', offset);
      // OData: {"message": {"lang": "en", "value": …}}
      if (child === message) this.#addMessage(read(child, 'value'), offset, depth);
    }
    if (Array.isArray(slots.errors)) this.#visitItems(slots.errors, depth, offset);
    else if (isObject(slots.errors)) this.#visitFields(slots.errors, depth, offset);
    for (const child of [slots.inner, slots.details, slots.remark]) {
      if (Array.isArray(child)) {
        this.#visitItems(child, depth, offset + ITEM);
      } else if (isObject(child) && (place !== 'top' || less === 0)) {
        this.#visit(child, depth + 1, 'inner', offset);
      }
    }
    return less;
  }

  #visitItems(items: readonly unknown[], depth: number, offset: number): void {
    for (const item of items.slice(0, MAX_ITEMS)) {
      if (typeof item === 'string') this.#addMessage(item, offset + ITEM, depth);
      else this.#visit(item, depth + 1, 'item', offset + ITEM);
    }
  }

  /** `{"errors": {"name": ["is too short"]}}`: the fields of a form and what is wrong with them. */
  #visitFields(fields: object, depth: number, offset: number): void {
    const slots = slotsOf(fields);
    if (slots.message !== undefined || slots.code !== undefined || slots.error !== undefined) {
      this.#visit(fields, depth + 1, 'error', offset + ITEM);
      return;
    }
    for (const value of Object.values(fields).slice(0, MAX_ITEMS)) {
      const first: unknown = Array.isArray(value) ? value[0] : value;
      if (typeof first === 'string') this.#addMessage(first, offset + ITEM, depth);
      else this.#visit(first, depth + 1, 'item', offset + ITEM);
    }
  }

  #readCodes(slots: Slots, place: Place, offset: number): void {
    const inner = place === 'inner';
    this.#addCode(
      slots.specificCode,
      (inner ? CODE_RANK.innerSpecific : CODE_RANK.specific) + offset,
    );
    this.#addCode(slots.code, (inner ? CODE_RANK.innerCode : CODE_RANK.word) + offset);
    this.#addCode(slots.subcode, CODE_RANK.subcode + offset);
    if (isCodeWord(slots.error) && !ONE_WORD_PHRASES.has(slots.error)) {
      this.#addCode(slots.error, CODE_RANK.errorWord + offset);
    }
    if (isCodeWord(slots.reason)) {
      // Google's older APIs: error.errors[].reason is the code, and error.code repeats the status.
      const legacy = place === 'item' && offset === ITEM;
      this.#addCode(slots.reason, legacy ? CODE_RANK.legacyReason : CODE_RANK.reason + offset);
    }
    // Firebase Auth: {"message": "EMAIL_EXISTS"} is the code, and there is no sentence.
    if (isCodeWord(slots.message) && isShouting(slots.message) && slots.message.includes('_')) {
      this.#addCode(slots.message, CODE_RANK.word + offset);
    }
    // {"status_code": 7} is no HTTP status.
    if (typeof slots.status === 'number' && (slots.status < 100 || slots.status > 599)) {
      this.#addCode(slots.status, CODE_RANK.statusWord + offset);
    }
    // `"status": "active"` is about the resource; `"status": "NOT_FOUND"` about the error.
    if (isCodeWord(slots.status) && (place === 'error' || isShouting(slots.status))) {
      this.#addCode(slots.status, CODE_RANK.statusWord + offset);
    }
    if (typeof slots.type === 'string' && !inner) {
      this.#addCode(typeName(slots.type), CODE_RANK.type + offset);
    }
    // `name` and `id` may be those of a thing: beside a message they are those of the error. An id
    // with digits in it is that of the request.
    const { message, description, errors } = slots;
    if (inner || (message ?? description ?? errors) === undefined) return;
    if (isCodeWord(slots.name)) this.#addCode(slots.name, CODE_RANK.name + offset);
    if (isCodeWord(slots.id) && !/\d/.test(slots.id))
      this.#addCode(slots.id, CODE_RANK.id + offset);
  }

  #addCode(value: unknown, rank: number): void {
    if (typeof value === 'number') {
      if (Number.isFinite(value) && value !== 0) {
        this.#codes.push({
          code: String(value),
          rank: rank + (isStatusNumber(value) ? GENERIC_RANK : CODE_RANK.number),
        });
      }
      return;
    }
    if (typeof value !== 'string' || value.length > MAX_CODE_LENGTH) return;
    const code = value.trim();
    if (code === '' || code === '0') return;
    if (GENERIC.has(code.replace(/[_\-\s.]/g, '').toLowerCase())) return;
    // `com.amazonaws.dynamodb.v20120810#ThrottlingException` is named by its end.
    const named = code.includes('#') ? code.slice(code.lastIndexOf('#') + 1) : code;
    if (named === '') return;
    const number = /^\d{3}$/.test(named) && isStatusNumber(Number(named));
    // A sentence under `code` is still a code, but anything shorter comes first.
    const sentence = !isCodeWord(named) && /\s/.test(named);
    this.#codes.push({ code: named, rank: rank + (number || sentence ? GENERIC_RANK : 0) });
  }

  #readMessages(slots: Slots, depth: number, place: Place, offset: number): void {
    // What stands beside an error in an inner object is about something else.
    const less = place === 'inner' ? ITEM + OUTER : 0;
    this.#addMessage(slots.message, MESSAGE_RANK.message + offset + less, depth);
    this.#addMessage(slots.errorMessage, MESSAGE_RANK.errorMessage + offset + less, depth);
    this.#addMessage(slots.description, MESSAGE_RANK.description + offset + less, depth);
    this.#addMessage(slots.detail, MESSAGE_RANK.detail + offset + less, depth);
    if (!isCodeWord(slots.error) || ONE_WORD_PHRASES.has(slots.error)) {
      this.#addMessage(slots.error, MESSAGE_RANK.error + offset + less, depth);
    }
    if (!isCodeWord(slots.reason)) {
      this.#addMessage(slots.reason, MESSAGE_RANK.reason + offset + less, depth);
    }
    this.#addMessage(slots.errors, MESSAGE_RANK.reason + offset + less, depth);
    this.#addMessage(slots.details, MESSAGE_RANK.details + offset + less, depth);
    this.#addMessage(slots.title, MESSAGE_RANK.title + offset + less, depth);
    if (typeof slots.remark === 'string') this.#remarks.push(slots.remark);
  }

  #addMessage(value: unknown, rank: number, depth: number): void {
    if (typeof value !== 'string') return;
    const blank = value.trim();
    if (blank === '') return;
    // An error that was wrapped by a gateway: the message is the JSON of the error inside.
    if (blank.startsWith('{') && blank.length <= MAX_EMBEDDED_LENGTH && depth < MAX_DEPTH) {
      const before = this.#messageRank;
      this.#visit(parsed(blank), depth + 1, 'error', 0);
      if (this.#messageRank < before) return;
    }
    if (rank >= this.#messageRank) {
      if (this.#remarks.length < MAX_ITEMS) this.#remarks.push(value);
      return;
    }
    if (this.#message !== undefined) this.#remarks.push(this.#message);
    this.#message = value.slice(0, MAX_MESSAGE_LENGTH);
    this.#messageRank = rank;
  }

  #readHints(slots: Slots): void {
    const retryable = booleanOf(slots.retryable);
    if (retryable !== undefined) this.#retryable ??= retryable;
    // "Not transient" does not forbid to come back after a rate limit; "transient" invites.
    if (booleanOf(slots.transient) === true) this.#retryable ??= true;
    for (const unit of ['seconds', 'milliseconds', 'moment', 'interval'] as const) {
      if (slots[unit] !== undefined) this.#waits.push({ unit, value: slots[unit] });
    }
    const status = statusNumber(slots.status) ?? statusNumber(slots.code);
    if (status !== undefined) this.#status ??= status;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
