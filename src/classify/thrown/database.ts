import type { Classification } from '../../core/classification.ts';
import { read, readText } from '../untrusted.ts';
import { classificationOf, type ThrownShape } from './causes.ts';

/**
 * The codes that are not about the query, its data or the schema: of Prisma's error reference, of
 * PostgreSQL's appendix A (SQLSTATE), and the MySQL drivers' names for the same; in lower case.
 */
const CODES = {
  'no connection': 'p1001 p1002 p2024 08001 08004 57p03',
  'connection lost':
    'p1008 p1017 08000 08003 08006 08007 08s01 57p01 57p02 ' +
    'protocol_connection_lost er_server_shutdown er_query_interrupted',
  // As good as never begun.
  'rolled back': 'p2034 40001 40p01 55p03 er_lock_deadlock er_lock_wait_timeout',
  'too many connections': 'p2037 p5011 53300 er_con_count_error er_too_many_user_connections',
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
    const meaning = MEANINGS.find((one) => CODES[one].split(' ').includes(code.toLowerCase()));
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
