import { isObject, read } from '../untrusted.ts';
import type { BodyEvidence, BodyWait } from './body-evidence.ts';
import { holdsErrorObject, isErrorBody } from './error-in-success.ts';
import { slotsOf } from './json-keys.ts';
import type { Slot, Slots } from './json-keys.ts';
import {
  booleanOf,
  isCodeWord,
  isErrorCode,
  isShouting,
  parsed,
  statusNumber,
  typeName,
} from './json-values.ts';
import { addCode, echoedOf, rankedCodes, type FoundCode } from './ranked-codes.ts';

const MAX_DEPTH = 6;
const MAX_ITEMS = 8;
const MAX_OBJECTS = 64;
const MAX_MESSAGE_LENGTH = 8_192;
const MAX_EMBEDDED_LENGTH = 16_384;

type Place = 'top' | 'error' | 'inner' | 'item';

/** How far from the error itself something stands: in it, in a part of it, or in an echo of the caller. */
type Within = 'error' | 'part' | 'echo';

// The code or the text with the lowest rank is the one that a caller wants. These are added to it.

/** For the object around an error. */
const OUTER = 20;
/** For the items of a list in an error. */
const ITEM = 40;

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

/** The keys of nested errors. */
const CHILDREN = [
  'error',
  'wrapper',
  'status',
  'message',
  'errorMessage',
  'detail',
  'reason',
  'only',
] as const;
const WAIT_UNITS = ['seconds', 'milliseconds', 'moment', 'interval'] as const;

/** Reads an error off a JSON value of any shape, cyclic and hostile ones too. Never throws. */
export function readJsonError(json: unknown): BodyEvidence {
  const codes: FoundCode[] = [];
  const seen = new Set<object>();
  const remarks: string[] = [];
  const waits: BodyWait[] = [];
  let message: string | undefined;
  let messageRank = Number.POSITIVE_INFINITY;
  let retryable: boolean | undefined;
  let status: number | undefined;
  let isError = false;
  let within: Within = 'error';

  function visit(value: unknown, depth: number, place: Place, offset: number): void {
    if (value === null || typeof value !== 'object') return;
    if (depth > MAX_DEPTH || seen.size >= MAX_OBJECTS || seen.has(value)) return;
    seen.add(value);
    const slots = slotsOf(value);
    const own = offset + readChildren(slots, depth, place, offset);
    readCodes(slots, place, own);
    // A text beside an error in an inner object is about something else.
    readMessages(slots, depth, place === 'inner' ? own + ITEM + OUTER : own);
    readHints(slots);
    if (place === 'top') {
      isError ||= isErrorBody(slots, message !== undefined || codes.length > 0);
    } else if (place === 'error' && depth === 1) {
      isError ||= holdsErrorObject(slots);
    }
  }

  /** Reads the nested objects; returns by how much less the object around them says for that. */
  function readChildren(slots: Slots, depth: number, place: Place, offset: number): number {
    let less = 0;
    for (const slot of CHILDREN) {
      const child = slots[slot];
      if (typeof child !== 'object' || child === null) continue;
      less = OUTER;
      if (Array.isArray(child)) {
        visitItems(child, depth, offset);
        continue;
      }
      visit(child, depth + 1, 'error', offset);
      // OData: {"message": {"lang": "en", "value": …}}
      if (slot === 'message') addMessage(read(child, 'value'), offset, depth);
    }
    if (Array.isArray(slots.errors)) visitItems(slots.errors, depth, offset);
    else if (isObject(slots.errors)) visitFields(slots.errors, depth, offset);
    const parts = (child: unknown, echoes: boolean) => {
      const before = within;
      within = echoes || before === 'echo' ? 'echo' : 'part';
      if (Array.isArray(child)) {
        visitItems(child, depth, offset + ITEM);
      } else if (isObject(child) && (place !== 'top' || less === 0)) {
        visit(child, depth + 1, 'inner', offset);
      }
      within = before;
    };
    if (slots.inner !== undefined) parts(slots.inner, false);
    if (slots.echo !== undefined) parts(slots.echo, true);
    if (slots.details !== undefined) parts(slots.details, false);
    if (slots.remark !== undefined) parts(slots.remark, false);
    return less;
  }

  function visitItems(items: readonly unknown[], depth: number, offset: number): void {
    for (const item of items.slice(0, MAX_ITEMS)) {
      addMessage(item, offset + ITEM, depth);
      visit(item, depth + 1, 'item', offset + ITEM);
    }
  }

  /** `{"errors": {"name": ["is too short"]}}`: the fields of a form and what is wrong with them. */
  function visitFields(fields: object, depth: number, offset: number): void {
    const slots = slotsOf(fields);
    if ((slots.message ?? slots.code ?? slots.error) !== undefined) {
      visit(fields, depth + 1, 'error', offset + ITEM);
    } else {
      const values: unknown[] = Object.values(fields).slice(0, MAX_ITEMS);
      const firsts = values.map((value) => (Array.isArray(value) ? (value[0] as unknown) : value));
      visitItems(firsts, depth, offset);
    }
  }

  function readCodes(slots: Slots, place: Place, offset: number): void {
    const { error, reason, type, name, id } = slots;
    const inner = place === 'inner';
    add(slots.specificCode, (inner ? 0 : 2) + offset);
    add(slots.code, (inner ? 8 : 3) + offset);
    add(slots.subcode, 36 + offset);
    if (isErrorCode(error)) add(error, 4 + offset);
    if (isCodeWord(reason)) {
      // Google's older APIs: error.errors[].reason is the code, and error.code repeats the status.
      add(reason, place === 'item' && offset === ITEM ? 1 : 12 + offset);
    }
    // Firebase Auth: {"message": "EMAIL_EXISTS"} is the code, and there is no sentence.
    if (isCodeWord(slots.message) && isShouting(slots.message) && slots.message.includes('_')) {
      add(slots.message, 3 + offset);
    }
    // {"status_code": 7} is no HTTP status. `"status": "active"` is about the resource;
    // `"status": "NOT_FOUND"` about the error.
    if (
      typeof slots.status === 'number'
        ? slots.status < 100 || slots.status > 599
        : isCodeWord(slots.status) && (place === 'error' || isShouting(slots.status))
    ) {
      add(slots.status, 10 + offset);
    }
    if (inner) return;
    if (typeof type === 'string') add(typeName(type), 30 + offset);
    // `name` and `id` may be those of a thing: beside a message they are those of the error. An id
    // with digits in it is that of the request.
    if ((slots.message ?? slots.description ?? slots.errors) === undefined) return;
    if (isCodeWord(name)) add(name, 35 + offset);
    if (isCodeWord(id) && !/\d/.test(id)) add(id, 33 + offset);
  }

  function add(code: unknown, rank: number): void {
    addCode(codes, code, rank, within === 'echo');
  }

  function readMessages(slots: Slots, depth: number, offset: number): void {
    for (const [slot, rank] of MESSAGES) {
      const value = slots[slot];
      const isCode =
        (slot === 'error' && isErrorCode(value)) || (slot === 'reason' && isCodeWord(value));
      if (!isCode) addMessage(value, rank + offset, depth);
    }
    if (typeof slots.remark === 'string') remarks.push(slots.remark);
  }

  function addMessage(value: unknown, rank: number, depth: number): void {
    if (typeof value !== 'string') return;
    const text = value.trim();
    if (text === '') return;
    // An error that was wrapped by a gateway: the message is the JSON of the error inside.
    if (text.startsWith('{') && text.length <= MAX_EMBEDDED_LENGTH && depth < MAX_DEPTH) {
      const before = messageRank;
      visit(parsed(text), depth + 1, 'error', 0);
      if (messageRank < before) return;
    }
    if (rank >= messageRank) {
      if (remarks.length < MAX_ITEMS) remarks.push(value);
      return;
    }
    if (message !== undefined) remarks.push(message);
    message = value.slice(0, MAX_MESSAGE_LENGTH);
    messageRank = rank;
  }

  function readHints(slots: Slots): void {
    if (within === 'error') {
      retryable ??= booleanOf(slots.retryable);
      // "Not transient" does not forbid to come back after a rate limit; "transient" invites.
      if (booleanOf(slots.transient)) retryable ??= true;
    }
    // google.rpc.RetryInfo says by its type whose wait it is.
    const isTyped =
      within === 'part' && typeof slots.type === 'string' && slots.type.endsWith('.RetryInfo');
    for (const unit of WAIT_UNITS) {
      if (slots[unit] !== undefined)
        waits.push({ unit, value: slots[unit], isDeep: within !== 'error' && !isTyped });
    }
    status ??= statusNumber(slots.status) ?? statusNumber(slots.code);
  }

  try {
    // Some streaming APIs wrap the error in an array; some answer with a list of errors. The first
    // speaks for the list: `[{"id": 1}, {"error": …}]` is a list of results.
    const list: unknown[] = Array.isArray(json) ? json.slice(0, MAX_ITEMS) : [json];
    list.forEach((item, at) => visit(item, at && 1, at ? 'item' : 'top', 0));
  } catch {
    // A proxy or a getter that throws: the evidence ends there.
  }
  return {
    codes: rankedCodes(codes),
    echoedCodes: echoedOf(codes),
    message,
    remarks,
    retryable,
    waits,
    status,
    isError,
  };
}
