import type { Classification } from '../../core/classification.ts';
import { read, readText } from '../untrusted.ts';
import { classificationOf, type ThrownShape } from './causes.ts';

/**
 * The codes that are not about the query, its data or the schema: of Prisma's error reference, of
 * PostgreSQL's appendix A (SQLSTATE), and the MySQL drivers' names for the same.
 */
const CODES = {
  'no connection': 'P1001 P1002 P2024 08001 08004 57P03',
  'connection lost':
    'P1008 P1017 08000 08003 08006 08007 08S01 57P01 57P02 ' +
    'PROTOCOL_CONNECTION_LOST ER_SERVER_SHUTDOWN ER_QUERY_INTERRUPTED',
  // As good as never begun.
  'rolled back': 'P2034 40001 40P01 55P03 ER_LOCK_DEADLOCK ER_LOCK_WAIT_TIMEOUT',
  'too many connections': 'P2037 P5011 53300 ER_CON_COUNT_ERROR ER_TOO_MANY_USER_CONNECTIONS',
} as const;

type Meaning = keyof typeof CODES;
const MEANINGS = Object.keys(CODES) as readonly Meaning[];

/**
 * The classification of a database driver's error (Prisma, node-postgres and its kin, MySQL): a
 * lost or refused connection and a rolled back transaction are worth another try, everything else
 * that a database says is about the query. `undefined` for errors of anything else.
 */
export function classifyDatabase(shapes: readonly ThrownShape[]): Classification | undefined {
  for (const shape of shapes) {
    const { code } = shape;
    const database = code === undefined ? undefined : databaseOf(shape, code);
    if (database === undefined || code === undefined) continue;
    const meaning = MEANINGS.find((one) => CODES[one].split(' ').includes(code));
    const isThrottle = meaning === 'too many connections';
    return classificationOf(shape, {
      category: isThrottle ? 'throttle' : meaning === undefined ? 'fatal' : 'retryable',
      unprocessed: meaning !== undefined && meaning !== 'connection lost',
      decidedBy: 'code',
      rule: `${database} ${code}: ${meaning ?? 'the query or its data'}`,
    });
  }
  return undefined;
}

function databaseOf(shape: ThrownShape, code: string): string | undefined {
  const { name, value } = shape;
  if (/^P\d{4}$/.test(code)) {
    const isPrisma = name.startsWith('Prisma') || read(value, 'clientVersion') !== undefined;
    if (isPrisma) return 'Prisma';
  }
  if (/^(?=.*\d)[0-9A-Z]{5}$/.test(code) && isSql(shape)) return 'SQLSTATE';
  const isMysql = code.startsWith('ER_') && readText(value, 'sqlState') !== undefined;
  return isMysql || code === 'PROTOCOL_CONNECTION_LOST' ? 'MySQL' : undefined;
}

// Five characters alone prove nothing: what the server's report has beside them does.
const isSql = ({ value, name }: ThrownShape): boolean =>
  name === 'DatabaseError' ||
  name === 'PostgresError' ||
  ['severity', 'sqlState', 'sqlstate', 'routine'].some(
    (member) => typeof read(value, member) === 'string',
  );
