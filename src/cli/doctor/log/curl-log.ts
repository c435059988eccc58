import { readHeaders } from '../../../classify/headers/response-headers.ts';
import { parseCurlVerbose } from '../../explain/curl-verbose.ts';
import { parseThrown } from '../../explain/thrown-input.ts';
import type { LogEntry } from './logged-attempt.ts';

const REQUEST_LINE = /^> [A-Z]+ \S+ HTTP\/\d/;
const RESPONSE_LINE = /^< HTTP\/\d/;
/** Curl's last words about an exchange. */
const LAST_WORDS = /^\* (?:Connection #\d+ to host .* left intact|Closing connection)/;
const FAILED = /^curl: \(\d+\) /;
/** With --trace-time every line begins so. */
const CLOCK = /^\d\d:\d\d:\d\d\.\d{6} (?=[*<>{} ])/;
/** Newer versions of curl say so of a connection that is used again, where the handshake is not repeated. */
const USED_AGAIN = /^\* Re-using existing (https?)?:? ?connection/;

/** Longer exchanges are cut: only the beginning of a body says anything. */
const MAX_LINES = 2_000;

/** Whether a text is what `curl -v` prints. */
export const isCurlLog = (head: string): boolean =>
  /^(?:[\d:.]+ )?(?:> [A-Z]+ \S+ HTTP\/\d|< HTTP\/\d)/m.test(head) || /^curl: \(\d+\) /m.test(head);

/** The exchanges of what `curl -v` prints, one run after the other. */
export async function* curlEntries(
  lines: AsyncIterable<string | undefined>,
): AsyncGenerator<LogEntry> {
  const exchange = new CurlLines();
  for await (const line of lines) {
    if (line === undefined) {
      yield 'broken';
      continue;
    }
    const text = line.replace(CLOCK, '');
    if (exchange.isEndedBy(text)) yield* exchange.take();
    exchange.add(text);
    if (FAILED.test(text)) yield* exchange.take();
  }
  yield* exchange.take();
}

/** The lines of one exchange. */
class CurlLines {
  #lines: string[] = [];
  #hasRequest = false;
  #hasResponse = false;
  #isOver = false;
  #wasSecure = false;

  /** Whether this line belongs to the next exchange. */
  isEndedBy(line: string): boolean {
    if (!this.#hasRequest && !this.#hasResponse) return false;
    if (FAILED.test(line)) return this.#hasResponse;
    return this.#isOver || (this.#hasResponse && REQUEST_LINE.test(line));
  }

  add(line: string): void {
    this.#hasRequest ||= REQUEST_LINE.test(line);
    this.#hasResponse ||= RESPONSE_LINE.test(line);
    // A body without a line break at its end runs into curl's remark.
    this.#isOver ||=
      LAST_WORDS.test(line) || /\* Connection #\d+ to host .* left intact$/.test(line);
    const again = USED_AGAIN.exec(line);
    if (again !== null && (again[1] === 'https' || (again[1] === undefined && this.#wasSecure))) {
      this.#lines.push('* SSL connection used again');
    }
    if (this.#lines.length < MAX_LINES) this.#lines.push(line);
  }

  *take(): Generator<LogEntry> {
    const lines = this.#lines;
    const isExchange =
      this.#hasRequest || this.#hasResponse || lines.some((one) => FAILED.test(one));
    [this.#lines, this.#hasRequest, this.#hasResponse, this.#isOver] = [[], false, false, false];
    this.#wasSecure = lines.some((line) => /^\* (?:SSL|TLS|ALPN)/.test(line));
    if (isExchange) yield entryOf(lines);
  }
}

function entryOf(lines: readonly string[]): LogEntry {
  const bytes = new TextEncoder().encode(lines.join('\n'));
  const requestHeaders = readHeaders(
    lines.flatMap((line) => {
      const [, name, value] = /^> ([^\s:]+): ?(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
  const times = { startedAt: undefined, durationMs: undefined };
  const exchange = parseCurlVerbose(bytes);
  if (exchange !== undefined) {
    const { message, method = 'GET', url } = exchange;
    const { status = 0, headers, body } = message;
    return { method, url, requestHeaders, ...times, outcome: { status, headers, body } };
  }
  const error = parseThrown(bytes);
  if (error === undefined) return 'broken';
  const [, method = 'GET', path] =
    lines.map((line) => /^> ([A-Z]+) (\S+) HTTP/.exec(line)).find((one) => one !== null) ?? [];
  const host = requestHeaders.get('host') ?? hostOf(error.message);
  const url = host === undefined ? undefined : `https://${host}${path ?? '/'}`;
  return {
    method,
    url: url !== undefined && URL.canParse(url) ? url : undefined,
    requestHeaders,
    ...times,
    outcome: { error },
  };
}

/** `Failed to connect to example.com port 81 after 3 ms`, `Could not resolve host: example.com`. */
function hostOf(message: string): string | undefined {
  const [, host, port] =
    /connect to ([\w.-]+) port (\d+)/.exec(message) ??
    /resolve host: ([\w.-]+)/.exec(message) ??
    [];
  return port === undefined || port === '443' ? host : `${host}:${port}`;
}
