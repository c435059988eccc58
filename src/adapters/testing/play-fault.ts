import type { ServerResponse } from 'node:http';
import { errorAnswer, type WireAnswer } from './error-answer.ts';
import type { Fault } from './faults.ts';
import type { EndpointAnswer } from './ondemand-endpoints.ts';

// A reset throws away what the client has not read yet; this gives it time to read the headers.
const BEFORE_MID_BODY_RESET_MS = 20;

/** Answers one request, as its fault wants it. */
export function playFault(
  fault: Fault,
  proper: EndpointAnswer,
  response: ServerResponse,
  after: (delayMs: number, action: () => void) => void,
): void {
  const answer = wireAnswer(proper);
  const socket = response.socket;
  switch (fault.kind) {
    case 'none':
      return send(response, answer);
    case 'error':
      return send(response, errorAnswer(fault, Date.now()));
    case 'answer': {
      const body = fault.body ?? '';
      return send(response, {
        status: fault.status,
        headers: fault.headers ?? {},
        body: typeof body === 'string' ? bytes(body) : body,
      });
    }
    case 'reset':
      if (fault.when === 'before-headers') return void socket?.resetAndDestroy();
      return sendHalf(response, answer, 'content-length', () =>
        after(BEFORE_MID_BODY_RESET_MS, () => socket?.resetAndDestroy()),
      );
    case 'slow-headers':
      return after(fault.delayMs, () =>
        playFault(fault.next ?? { kind: 'none' }, proper, response, after),
      );
    case 'slow-body':
      return drip(response, answer, fault.pieces, (next) => after(fault.everyMs, next));
    case 'truncated-body':
      return sendHalf(response, answer, fault.framing, () => socket?.destroy());
    case 'never-answers':
      return;
    case 'not-http':
      return void socket?.end('I am not the server that you are looking for.\r\n\r\n');
  }
}

function wireAnswer({ status, contentType, body, allow }: EndpointAnswer): WireAnswer {
  const headers = { 'content-type': contentType, ...(allow !== undefined && { allow }) };
  return { status, headers, body: bytes(body) };
}

function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  response.writeHead(status, { 'content-length': body.byteLength, ...headers });
  response.end(body);
}

/** Promises the whole body, sends half of it, and calls `then` once that has left. */
function sendHalf(
  response: ServerResponse,
  { status, headers, body }: WireAnswer,
  framing: 'content-length' | 'chunked',
  then: () => void,
): void {
  const length = framing === 'content-length' ? { 'content-length': body.byteLength } : {};
  response.writeHead(status, { ...headers, ...length });
  response.write(body.subarray(0, Math.floor(body.byteLength / 2)), then);
}

function drip(
  response: ServerResponse,
  { status, headers, body }: WireAnswer,
  pieces: number,
  later: (next: () => void) => void,
): void {
  response.writeHead(status, { ...headers, 'content-length': body.byteLength });
  const size = Math.max(1, Math.ceil(body.byteLength / Math.max(1, pieces)));
  let sent = 0;
  const next = () => {
    const end = sent + size;
    response.write(body.subarray(sent, end));
    sent = end;
    if (sent >= body.byteLength) response.end();
    else later(next);
  };
  next();
}

const bytes = (text: string) => new TextEncoder().encode(text);
