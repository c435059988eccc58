// If an SDK takes no fetch, wrap its calls. Its errors are read by their shape.
//
//     node scripts/run.mjs examples/protect-an-sdk.ts
import { circuitBreaker, pipeline, protect, retry, timeout } from 'holdfast';

/** A stand-in for an SDK: it throws errors of its own, with a status and a code. */
class MailError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

class Mailer {
  readonly #script = ['resource_unavailable 503', 'rate_limit_exceeded 429'];
  sent = 0;
  tried = 0;

  async send(to: string): Promise<string> {
    this.tried += 1;
    if (!to.includes('@')) throw new MailError(400, 'invalid_request');
    const next = this.#script.shift();
    if (next === undefined) return `mail ${(this.sent += 1)} to ${to}`;
    const [code = '', status] = next.split(' ');
    throw new MailError(Number(status), code);
  }

  /** It takes a signal, as good SDKs do. */
  async export({ signal }: { signal: AbortSignal }): Promise<string> {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return 'never reached';
  }
}

const policy = pipeline(retry({ baseDelayMs: 20 }), circuitBreaker(), timeout({ timeoutMs: 200 }));
const mailer = new Mailer();

// 1. One method, wrapped once, keeps its type, name and length.
const send = protect(policy, mailer.send.bind(mailer), { key: 'mail' });
console.log(await send('ada@example.com'), `after ${mailer.tried} tries`);
// → mail 1 to ada@example.com after 3 tries

// 2. A wrong request fails at once, with the SDK's own error.
mailer.tried = 0;
const error = await send('nobody').catch((thrown: unknown) => thrown);
console.log(error instanceof MailError, `after ${mailer.tried} try`);
// → true after 1 try

// 3. If the SDK takes a signal, hand it on: a timeout then ends the work as well.
const patient = pipeline(timeout({ timeoutMs: 50 }));
const late = await patient
  .execute(({ signal }) => mailer.export({ signal }), { key: 'mail' })
  .catch((thrown: Error) => thrown.message);
console.log(late);
// → mail did not answer within 50 ms
