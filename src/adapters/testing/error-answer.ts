import type { ErrorFault } from './faults.ts';
import { ondemandErrorBody } from './ondemand-errors.ts';
import { retryAfterHeader } from './retry-after-forms.ts';

/** A whole answer, as it goes onto the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The answer that an error of the API's contract is; `epochNow` dates its wait hint. */
export function errorAnswer(fault: ErrorFault, epochNow: number): WireAnswer {
  const { status, errorCode, message = `Status ${status}`, envelope, paddedToBytes = 0 } = fault;
  let body = ondemandErrorBody(errorCode, message, envelope);
  const missing = paddedToBytes - bytes(body).byteLength;
  if (missing > 0) body = `${body.slice(0, -1)},"details":"${'.'.repeat(missing)}"}`;
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    ...fault.headers,
  };
  if (fault.retryAfter) {
    const { form, ms } = fault.retryAfter;
    const [name, value] = retryAfterHeader(form, ms, epochNow);
    headers[name] = value;
  }
  return { status, headers, body: bytes(body) };
}

const bytes = (text: string) => new TextEncoder().encode(text);
