import { cleanText } from '../../classify/clean-text.ts';

/** Why the store did not do its work. */
export type StoreErrorKind =
  /** No answer within `storeTimeoutMs`; one that comes later is used. */
  | 'timeout'
  /** There is no connection, or it was lost. */
  | 'connection'
  /** The server had forgotten the script. It was sent again. */
  | 'script-missing'
  /** The server is a replica, or lacks replicas to write to. */
  | 'read-only'
  /** The server is reading its data after a start. */
  | 'loading'
  /** The server's memory is full, and it may drop nothing. */
  | 'out-of-memory'
  /** The key belongs to another node of a cluster, or the cluster is down. */
  | 'cross-slot'
  /** Another script or a transaction keeps the server from answering. */
  | 'busy'
  /** The credentials are missing or wrong, or allow no scripts. */
  | 'not-allowed'
  /** Anything else, such as an answer that is none of the script's. */
  | 'unexpected';

const KINDS_BY_WORD: readonly (readonly [RegExp, StoreErrorKind])[] = [
  [/\bNOSCRIPT\b/, 'script-missing'],
  [/\b(READONLY|NOREPLICAS|MASTERDOWN)\b/, 'read-only'],
  [/\bLOADING\b/, 'loading'],
  [/\b(OOM|MISCONF)\b/, 'out-of-memory'],
  [/\b(CROSSSLOT|MOVED|ASK|CLUSTERDOWN|TRYAGAIN)\b/, 'cross-slot'],
  [/\bBUSY\b/, 'busy'],
  [/\b(NOAUTH|NOPERM|WRONGPASS)\b/, 'not-allowed'],
];
// The clients' own errors: by code and by class name, since their texts differ.
const LOST_CODE = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENETUNREACH|NR_CLOSED)/;
const LOST_WORDS =
  /connection|socket|offline|max retries|client is closed|stream isn't writeable|slots cache|(startup|root) nodes/i;

/** Tells errors of a store apart: by the first word of the server's answer, or as a lost connection. */
export function storeErrorKindOf(error: unknown): StoreErrorKind {
  const { message, code, name } = (error ?? {}) as Readonly<Record<string, unknown>>;
  const text = String(message ?? error);
  // Redis puts its word in front; a script's error puts `ERR Error running script` before it.
  const head = text.slice(0, 200);
  const byWord = KINDS_BY_WORD.find(([word]) => word.test(head));
  if (byWord !== undefined) return byWord[1];
  const isLost = LOST_CODE.test(String(code)) || LOST_WORDS.test(`${String(name)} ${head}`);
  return isLost ? 'connection' : 'unexpected';
}

/** What the store, or its client, said: cleaned of credentials, and short. */
export const storeErrorText = (error: unknown): string =>
  cleanText(String((error as { readonly message?: unknown } | undefined)?.message ?? error)) ??
  'no message';
