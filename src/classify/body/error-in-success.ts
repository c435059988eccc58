import { isObject, isText, read } from '../untrusted.ts';
import type { Slots } from './json-keys.ts';
import { slotsOf } from './json-keys.ts';
import { statusNumber } from './json-values.ts';

/**
 * Is this unmistakably the body of an error, whatever the status of its response?
 *
 * Asked of the body of a 2xx, so a maybe is a no: a job that has failed, a list of results with a
 * failed one in it and a text about errors are what was asked for.
 *
 * @param found something that could be a code or a message has been found in it
 */
export function isErrorBody(slots: Slots, found: boolean): boolean {
  const { error, errors, ok, code, specificCode, message, errorMessage } = slots;
  const explained =
    isText(message) || isText(errorMessage) || isText(slots.description) || isText(slots.title);
  return (
    // {"error": {…}}, {"error": "slow_down", "error_description": …}, {"error": true, "message": …}
    (isObject(error) && found) ||
    (isText(error) && (explained || ok === false || slots.keyCount === 1)) ||
    (error === true && explained) ||
    // {"errors": [{"message": …}]} (GraphQL, JSON:API), {"error": ["E…"]}
    isErrorList(errors) ||
    isErrorList(error) ||
    // {"ok": false, "error": …}, {"success": false, "message": …}
    (ok === false && found) ||
    // {"errorCode": "…", "message": …}, {"error_message": …, "status": "REQUEST_DENIED"}
    (isText(specificCode) && !isZero(specificCode) && explained) ||
    (isText(errorMessage) && !isZero(specificCode ?? code) && !isPraise(errorMessage)) ||
    // {"status": 429, "message": …}, {"type": "error", "message": …}
    ((statusNumber(slots.status) ?? statusNumber(code)) !== undefined && explained) ||
    (slots.type === 'error' && explained) ||
    // {"code": 40100, "msg": …, "data": {}}: 0 is the code of a success, and a success has data
    (isFailureNumber(specificCode ?? code) &&
      (isText(message) || isText(errorMessage)) &&
      !isPraise(message ?? errorMessage) &&
      isEmpty(slots.echo ?? slots.inner))
  );
}

/** `{"Response": {"Error": {…}}}`: the error is one step further in. */
export function holdsErrorObject(slots: Slots): boolean {
  return isErrorItem(slots.error);
}

function isErrorList(list: unknown): boolean {
  return Array.isArray(list) && list.some((item) => isText(item) || isErrorItem(item));
}

function isErrorItem(item: unknown): boolean {
  if (!isObject(item)) return false;
  const slots = slotsOf(item);
  return isText(slots.message) || isText(slots.detail) || isText(slots.title) || isText(slots.code);
}

/** Numbers that no API uses for success: those use 0, 1, 200, 1000, 10000 and the like. */
function isFailureNumber(code: unknown): boolean {
  const number = typeof code === 'string' && /^-?\d{1,9}$/.test(code) ? Number(code) : code;
  if (typeof number !== 'number' || !Number.isInteger(number)) return false;
  return number < 0 || (number >= 400 && !/^[12]0+$/.test(String(number)));
}

function isZero(code: unknown): boolean {
  return code === 0 || code === '0';
}

function isPraise(message: unknown): boolean {
  return isText(message) && /^\W*(?:ok|success|succe|done|accepted|created)/i.test(message);
}

function isEmpty(data: unknown): boolean {
  if (!isObject(data)) return !Array.isArray(data) || data.length === 0;
  for (const key in data) if (read(data, key) !== undefined) return false;
  return true;
}
