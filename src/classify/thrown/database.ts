import type { Category, Classification } from '../../core/classification.ts';
import { withoutSecrets, type ThrownShape } from './causes.ts';
import { read, readText } from '../untrusted.ts';

/** What a database's code asks for; everything that is not listed is the query's own fault. */
interface DatabaseRule {
  readonly category: Category;
  readonly unprocessed: boolean;
  readonly why: string;
}

const notConnected = (why: string): DatabaseRule => ({
  category: 'retryable',
  unprocessed: true,
  why,
});
const lost = (why: string): DatabaseRule => ({ category: 'retryable', unprocessed: false, why });
/** The transaction was rolled back: as good as never begun. */
const rolledBack = (why: string): DatabaseRule => ({
  category: 'retryable',
  unprocessed: true,
  why,
});
const tooMany = (why: string): DatabaseRule => ({ category: 'throttle', unprocessed: true, why });

/** Prisma's error reference, the codes that are not about the query or the schema. */
const PRISMA: ReadonlyMap<string, DatabaseRule> = new Map([
  ['P1001', notConnected('the database server cannot be reached')],
  ['P1002', notConnected('the database server was reached but timed out')],
  ['P1008', lost('the operation timed out')],
  ['P1017', lost('the server has closed the connection')],
  ['P2024', notConnected('no connection of the pool became free in time')],
  ['P2034', rolledBack('the transaction failed on a write conflict or a deadlock')],
  ['P2037', tooMany('too many database connections are open')],
  ['P5011', tooMany('too many requests (Accelerate)')],
]);

/** PostgreSQL's appendix A, "Error Codes". */
const SQLSTATES: ReadonlyMap<string, DatabaseRule> = new Map([
  ['08000', lost('connection exception')],
  ['08001', notConnected('the client could not establish the connection')],
  ['08003', lost('the connection does not exist')],
  ['08004', notConnected('the server rejected the connection')],
  ['08006', lost('connection failure')],
  ['08007', lost('transaction resolution unknown')],
  ['08S01', lost('communication link failure')],
  ['40001', rolledBack('serialization failure')],
  ['40P01', rolledBack('deadlock detected')],
  ['53300', tooMany('too many connections')],
  ['55P03', rolledBack('lock not available')],
  ['57P01', lost('admin shutdown')],
  ['57P02', lost('crash shutdown')],
  ['57P03', notConnected('the server is starting up or shutting down')],
]);

/** The MySQL drivers' names for the same. */
const MYSQL: ReadonlyMap<string, DatabaseRule> = new Map([
  ['PROTOCOL_CONNECTION_LOST', lost('the server closed the connection')],
  ['ER_CON_COUNT_ERROR', tooMany('too many connections')],
  ['ER_TOO_MANY_USER_CONNECTIONS', tooMany('too many connections of this user')],
  ['ER_LOCK_DEADLOCK', rolledBack('deadlock found')],
  ['ER_LOCK_WAIT_TIMEOUT', rolledBack('lock wait timeout exceeded')],
  ['ER_SERVER_SHUTDOWN', lost('the server is shutting down')],
  ['ER_QUERY_INTERRUPTED', lost('the query was interrupted')],
]);

/**
 * The classification of a database driver's error (Prisma, node-postgres and its kin, MySQL): a lost or
 * refused connection and a rolled back transaction are worth another try, everything else that a
 * database says is about the query. `undefined` for errors of anything else.
 */
export function classifyDatabase(shapes: readonly ThrownShape[]): Classification | undefined {
  for (const shape of shapes) {
    const { code } = shape;
    if (code === undefined) continue;
    const table = tableOf(shape, code);
    if (table === undefined) continue;
    const { category, unprocessed, why } = table.rules.get(code) ?? {
      category: 'fatal',
      unprocessed: false,
      why: 'the query or its data is at fault',
    };
    return {
      category,
      errorCode: code,
      message: withoutSecrets(shape.message),
      status: undefined,
      retryAfterMs: undefined,
      unprocessed,
      decidedBy: 'code',
      rule: `${table.name} ${code}: ${why}`,
    };
  }
  return undefined;
}

function tableOf(
  shape: ThrownShape,
  code: string,
): { readonly name: string; readonly rules: ReadonlyMap<string, DatabaseRule> } | undefined {
  if (/^P\d{4}$/.test(code) && isPrisma(shape)) return { name: 'Prisma', rules: PRISMA };
  if (/^[0-9A-Z]{5}$/.test(code) && isSql(shape, code)) {
    return { name: 'SQLSTATE', rules: SQLSTATES };
  }
  if (code.startsWith('ER_') && readText(shape.value, 'sqlState') !== undefined) {
    return { name: 'MySQL', rules: MYSQL };
  }
  return code === 'PROTOCOL_CONNECTION_LOST' ? { name: 'MySQL', rules: MYSQL } : undefined;
}

function isPrisma({ name, value }: ThrownShape): boolean {
  return name.startsWith('Prisma') || read(value, 'clientVersion') !== undefined;
}

// Five characters alone prove nothing (EPIPE has five): what the server's report has beside it does.
function isSql({ value, name }: ThrownShape, code: string): boolean {
  const reported =
    typeof read(value, 'severity') === 'string' ||
    typeof read(value, 'sqlState') === 'string' ||
    typeof read(value, 'sqlstate') === 'string' ||
    typeof read(value, 'routine') === 'string' ||
    name === 'DatabaseError' ||
    name === 'PostgresError';
  return reported && (/\d/.test(code) || SQLSTATES.has(code));
}
