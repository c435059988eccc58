import { isObject, read } from '../untrusted.ts';
import type { BodyEvidence, BodyWait } from './body-evidence.ts';
import { holdsErrorObject, isErrorBody } from './error-in-success.ts';
import { slotsOf } from './json-keys.ts';
import type { Slot, Slots } from './json-keys.ts';
import {
  MAX_CODE_LENGTH,
  booleanOf,
  isCodeWord,
  isErrorCode,
  isShouting,
  isStatusNumber,
  statusNumber,
  typeName,
} from './json-values.ts';

const MAX_DEPTH = 6;
const MAX_ITEMS = 8;
const MAX_OBJECTS = 64;
const MAX_MESSAGE_LENGTH = 8_192;
const MAX_EMBEDDED_LENGTH = 16_384;

type Place = 'top' | 'error' | 'inner' | 'item';

// The code or the text with the lowest rank is the one that a caller wants. These are added to it.

/** For the object around an error. */
const OUTER = 20;
/** For the items of a list in an error. */
const ITEM = 40;
/** For codes that stand in only where there is no other. */
const GENERIC = 1_000;
/** For a number, which says less than a word. */
const NUMBER = 5;

/** The keys of messages, with the rank of each. */
const MESSAGES: readonly (readonly [Slot, rank: number])[] = [
  ['message', 0],
  ['errorMessage', 0.5],
  ['description', 1],
  ['detail', 2],
  ['error', 3],
  ['reason', 5],
  ['errors', 5],
  ['details', 6],
  ['title', 7],
];

/** Codes that say no more than that there was an error, or whose fault it was. */
const SAYS_NOTHING =
  /^(?:errors?|err|fail(?:ed|ure)?|fault|exception|invalid|false|true|null|none|undefined|object|sender|receiver|client|server|user|service|httperror|errorlist|ok|success|completed?|0?)$/;

/** Reads an error off a JSON value of any shape, cyclic and hostile ones too. Never throws. */
export function readJsonError(value: unknown): BodyEvidence {
  const reader = new JsonErrorReader();
  try {
    reader.read(value);
  } catch {
    // A proxy or a getter that throws: the evidence ends there.
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
    // Some streaming APIs wrap the error in an array; some answer with a list of errors. The first
    // speaks for the list: `[{"id": 1}, {"error": …}]` is a list of results.
    const list: unknown[] = Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [value];
    const [first, ...others] = list;
    this.#visit(first, 0, 'top', 0);
    for (const item of others) this.#visit(item, 1, 'item', 0);
  }

  evidence(): BodyEvidence {
    const codes = this.#codes.sort((a, b) => a.rank - b.rank).map(({ code }) => code);
    return {
      codes: [...new Set(codes)],
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
    // A text beside an error in an inner object is about something else.
    this.#readMessages(slots, depth, place === 'inner' ? own + ITEM + OUTER : own);
    this.#readHints(slots);
    if (place === 'top') {
      const found = this.#message !== undefined || this.#codes.length > 0;
      this.#isError ||= isErrorBody(slots, found);
    } else if (place === 'error' && depth === 1) {
      this.#isError ||= holdsErrorObject(slots);
    }
  }

  /** Reads the nested objects; returns by how much less the object around them says for that. */
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
      this.#addMessage(item, offset + ITEM, depth);
      this.#visit(item, depth + 1, 'item', offset + ITEM);
    }
  }

  /** `{"errors": {"name": ["is too short"]}}`: the fields of a form and what is wrong with them. */
  #visitFields(fields: object, depth: number, offset: number): void {
    const { message, code, error } = slotsOf(fields);
    if ((message ?? code ?? error) !== undefined) {
      this.#visit(fields, depth + 1, 'error', offset + ITEM);
    } else {
      const values: unknown[] = Object.values(fields).slice(0, MAX_ITEMS);
      this.#visitItems(
        values.map((value) => (Array.isArray(value) ? (value[0] as unknown) : value)),
        depth,
        offset,
      );
    }
  }

  #readCodes(slots: Slots, place: Place, offset: number): void {
    const { specificCode, code, error, reason, message, status, type, name, id } = slots;
    const inner = place === 'inner';
    this.#addCode(specificCode, (inner ? 0 : 2) + offset);
    this.#addCode(code, (inner ? 8 : 3) + offset);
    this.#addCode(slots.subcode, 36 + offset);
    if (isErrorCode(error)) this.#addCode(error, 4 + offset);
    if (isCodeWord(reason)) {
      // Google's older APIs: error.errors[].reason is the code, and error.code repeats the status.
      this.#addCode(reason, place === 'item' && offset === ITEM ? 1 : 12 + offset);
    }
    // Firebase Auth: {"message": "EMAIL_EXISTS"} is the code, and there is no sentence.
    if (isCodeWord(message) && isShouting(message) && message.includes('_')) {
      this.#addCode(message, 3 + offset);
    }
    // {"status_code": 7} is no HTTP status. `"status": "active"` is about the resource;
    // `"status": "NOT_FOUND"` about the error.
    if (
      typeof status === 'number'
        ? status < 100 || status > 599
        : isCodeWord(status) && (place === 'error' || isShouting(status))
    ) {
      this.#addCode(status, 10 + offset);
    }
    if (inner) return;
    if (typeof type === 'string') this.#addCode(typeName(type), 30 + offset);
    // `name` and `id` may be those of a thing: beside a message they are those of the error. An id
    // with digits in it is that of the request.
    if ((message ?? slots.description ?? slots.errors) === undefined) return;
    if (isCodeWord(name)) this.#addCode(name, 35 + offset);
    if (isCodeWord(id) && !/\d/.test(id)) this.#addCode(id, 33 + offset);
  }

  #addCode(value: unknown, rank: number): void {
    if (typeof value === 'number') {
      if (!Number.isFinite(value) || value === 0) return;
      const less = isStatusNumber(value) ? GENERIC : NUMBER;
      this.#codes.push({ code: String(value), rank: rank + less });
    }
    if (typeof value !== 'string' || value.length > MAX_CODE_LENGTH) return;
    // `com.amazonaws.dynamodb.v20120810#ThrottlingException` is named by its end.
    const code = value.slice(value.lastIndexOf('#') + 1).trim();
    if (SAYS_NOTHING.test(code.replace(/[_\-\s.]/g, '').toLowerCase())) return;
    // A sentence or a status under `code` is still a code, but anything else comes first.
    const isGeneric = /^[45]\d\d$/.test(code) || (/\s/.test(code) && !isCodeWord(code));
    this.#codes.push({ code, rank: rank + (isGeneric ? GENERIC : 0) });
  }

  #readMessages(slots: Slots, depth: number, offset: number): void {
    for (const [slot, rank] of MESSAGES) {
      const value = slots[slot];
      const isCode =
        (slot === 'error' && isErrorCode(value)) || (slot === 'reason' && isCodeWord(value));
      if (!isCode) this.#addMessage(value, rank + offset, depth);
    }
    if (typeof slots.remark === 'string') this.#remarks.push(slots.remark);
  }

  #addMessage(value: unknown, rank: number, depth: number): void {
    if (typeof value !== 'string') return;
    const text = value.trim();
    if (text === '') return;
    // An error that was wrapped by a gateway: the message is the JSON of the error inside.
    if (text.startsWith('{') && text.length <= MAX_EMBEDDED_LENGTH && depth < MAX_DEPTH) {
      const before = this.#messageRank;
      this.#visit(parsed(text), depth + 1, 'error', 0);
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
    this.#retryable ??= booleanOf(slots.retryable);
    // "Not transient" does not forbid to come back after a rate limit; "transient" invites.
    if (booleanOf(slots.transient)) this.#retryable ??= true;
    for (const unit of ['seconds', 'milliseconds', 'moment', 'interval'] as const) {
      if (slots[unit] !== undefined) this.#waits.push({ unit, value: slots[unit] });
    }
    this.#status ??= statusNumber(slots.status) ?? statusNumber(slots.code);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
