import type { HttpMessage } from './http-message.ts';

/** What `curl -v` tells of an exchange: the request as well as the response. */
export interface CurlExchange {
  readonly message: HttpMessage;
  readonly method: string | undefined;
  readonly url: string | undefined;
}

const REQUEST_LINE = /^> ([A-Z]+) (\S+) HTTP\/\d/;
const STATUS_LINE = /^< HTTP\/\d(?:\.\d)? (\d{3})\b/;
const FIELD = /^[<>] ([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?(.*)$/;
/** Curl's own remarks, what goes up, what comes down as data, and the lines of its progress. */
const REMARK =
  /^(?:[*<>](?: |$)|[{}] \[|\s*% Total\b|\s*Dload\b|\s*\d+\s+[\d.kMG]+\s+\d+\s+[\d.kMG]+\s.*[\d-]:[\d-]{2}:)/;
/** A body without a line break at its end runs into curl's next remark. */
const LAST_REMARK = /\* (?:Connection #\d+ to host .*|Closing connection.*|Curl_http_done.*)$/;

/**
 * Reads what `curl -v … 2>&1` prints, where lines say by their first character what they are. Of
 * several responses the last one counts. `undefined` for any other text.
 */
export function parseCurlVerbose(input: Uint8Array): CurlExchange | undefined {
  const text = Buffer.from(input).toString('utf8');
  if (!/^< HTTP\//m.test(text)) return undefined;
  let method: string | undefined;
  let path: string | undefined;
  let host: string | undefined;
  let scheme = 'http';
  let status = 0;
  let headers: [string, string][] = [];
  let body: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const request = REQUEST_LINE.exec(line);
    const response = STATUS_LINE.exec(line);
    const [, name = '', value = ''] = FIELD.exec(line) ?? [];
    if (request) [, method, path] = request;
    else if (response) [status, headers, body] = [Number(response[1]), [], []];
    else if (line.startsWith('>') && name.toLowerCase() === 'host') host = value;
    else if (line.startsWith('<') && name !== '') headers.push([name, value]);
    else if (/^\* (?:SSL|TLS|ALPN)/.test(line)) scheme = 'https';
    else if (status > 0 && !REMARK.test(line)) body.push(line.replace(LAST_REMARK, ''));
  }
  const url = host === undefined ? undefined : `${scheme}://${host}${path ?? '/'}`;
  return {
    message: { status, headers, body: new TextEncoder().encode(body.join('\n').trim()) },
    method,
    url: url !== undefined && URL.canParse(url) ? url : undefined,
  };
}
