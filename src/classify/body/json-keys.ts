import { read } from '../untrusted.ts';

/** The part of an error that a key holds. */
export type Slot =
  | 'specificCode'
  | 'code'
  | 'subcode'
  | 'reason'
  | 'status'
  | 'type'
  | 'name'
  | 'id'
  | 'message'
  | 'errorMessage'
  | 'description'
  | 'detail'
  | 'details'
  | 'title'
  | 'error'
  | 'errors'
  | 'wrapper'
  | 'inner'
  | 'echo'
  | 'remark'
  | 'retryable'
  | 'transient'
  | 'seconds'
  | 'milliseconds'
  | 'moment'
  | 'interval'
  | 'ok';

/**
 * The keys under which JSON APIs put the parts of an error, spelled without case, `_` and `-`.
 * A key stands here because several APIs use it so; one word a provider needs none.
 */
const KEYS: Readonly<Record<Slot, string>> = {
  // A code under a name of its own: nobody calls anything else so.
  specificCode: 'errorcode errorid errcode ecode errorclass errorname',
  code: 'code faultcode retcode',
  subcode: 'errorsubcode declinecode',
  reason: 'reason issue',
  status: 'status statuscode httpstatuscode rawstatuscode',
  type: 'type errortype tag class kind category',
  name: 'name',
  id: 'id messageid',
  message: 'message msg retmsg statusmessage faultstring messages',
  errorMessage: 'errormessage errmsg errormsg errormessages',
  description: 'description errordescription errorsummary longmessage text info',
  detail: 'detail errordetail',
  details: 'details',
  title: 'title developermessage',
  error: 'error',
  errors: 'errors err',
  wrapper: 'fault meta response errorresponse output',
  inner: 'metadata extensions innererror',
  // Places where APIs also repeat what the caller sent.
  echo: 'data parameters errordata result',
  remark: 'quotaid quotalimit raw violations hint',
  retryable: 'retryable isretryable shouldretry',
  transient: 'transient istransient',
  seconds: 'retryafter retryafterseconds retryinseconds resetsinseconds retrydelay estimatedtime',
  milliseconds: 'retryafterms retryaftermilliseconds retrydelayms msbeforenext',
  moment: 'resetat resetsat resettime retryat',
  interval: 'interval',
  ok: 'ok success',
};

// `__type` (AWS) normalises to `type`; so does `_type`.
const slotByKey = new Map<string, Slot | undefined>(
  Object.entries(KEYS).flatMap(([slot, keys]) =>
    keys.split(' ').map((key) => [key, slot as Slot] as const),
  ),
);

/** Servers may send any keys: those beyond this many are worked out anew each time. */
const MAX_KNOWN_KEYS = 1_024;
/** Longer than any key that means something here. */
const MAX_KEY_LENGTH = 32;

/** The part that a key holds, in any spelling; `undefined` for a key that says nothing here. */
export function slotOf(key: string): Slot | undefined {
  if (key.length > MAX_KEY_LENGTH) return undefined;
  if (slotByKey.has(key)) return slotByKey.get(key);
  const name = key.replace(/[_\-\s.@:]/g, '').toLowerCase();
  // `serviceErrorCode`, `display_error_message`: whatever stands before it, the end says what it is.
  const slot =
    slotByKey.get(name) ??
    (name.endsWith('errorcode')
      ? 'specificCode'
      : name.endsWith('errormessage')
        ? 'errorMessage'
        : name.endsWith('errordetails')
          ? 'detail'
          : undefined);
  if (slotByKey.size < MAX_KNOWN_KEYS) slotByKey.set(key, slot);
  return slot;
}

/** The parts of an object that mean something, by what they are. */
export type Slots = Partial<Record<Slot, unknown>> & {
  keyCount?: number;
  /** The value of the only key, where nobody knows the key: `{"overLimit": {…}}`. */
  only?: unknown;
};

const MAX_KEYS = 64;

/** Sorts the parts of an object by what they are; what its keys say nothing of is left out. */
export function slotsOf(object: object): Slots {
  const slots: Slots = {};
  let count = 0;
  let only: string | undefined;
  for (const key in object) {
    if ((count += 1) > MAX_KEYS) break;
    const slot = slotOf(key);
    if (slot === undefined) {
      if (count === 1) only = key;
      continue;
    }
    const value = read(object, key);
    // The first key that says something wins: `code` before a later `responseCode: null`.
    if (value !== undefined && value !== null) slots[slot] ??= value;
  }
  slots.keyCount = count;
  if (count === 1 && only !== undefined) slots.only = read(object, only);
  return slots;
}
