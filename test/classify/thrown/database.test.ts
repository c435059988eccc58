import { describe, expect, test } from '@jest/globals';
import { classifyThrown } from '../../../src/classify/thrown/thrown.ts';

const prisma = (code: string) =>
  Object.assign(new Error('prisma'), {
    name: 'PrismaClientKnownRequestError',
    code,
    clientVersion: '6',
  });
const postgres = (code: string) =>
  Object.assign(new Error('pg'), { name: 'error', code, severity: 'ERROR', routine: 'exec' });

describe("a database's code", () => {
  test.each(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2034'])(
    'Prisma %s is retryable: the connection, a timeout or a conflict',
    (code) => {
      expect(classifyThrown(prisma(code))).toMatchObject({
        category: 'retryable',
        errorCode: code,
        decidedBy: 'code',
      });
    },
  );

  test.each(['P1000', 'P2002', 'P2003', 'P2025', 'P3000'])('Prisma %s is fatal', (code) => {
    expect(classifyThrown(prisma(code))).toMatchObject({ category: 'fatal', errorCode: code });
  });

  test('Prisma says it in errorCode too, while it starts', () => {
    const error = Object.assign(new Error("Can't reach database server"), {
      name: 'PrismaClientInitializationError',
      errorCode: 'P1001',
      clientVersion: '6',
    });
    expect(classifyThrown(error)).toMatchObject({ category: 'retryable', unprocessed: true });
  });

  test.each(['08000', '08003', '08006', '57P01', '57P02', '57P03', '40001', '40P01', '55P03'])(
    'SQLSTATE %s is retryable',
    (code) => {
      expect(classifyThrown(postgres(code)).category).toBe('retryable');
    },
  );

  test.each(['23505', '42601', '42P01', '22P02', '28P01', '57014', '3D000'])(
    'SQLSTATE %s is fatal: the query or its data',
    (code) => {
      expect(classifyThrown(postgres(code))).toMatchObject({ category: 'fatal', errorCode: code });
    },
  );

  test('too many connections is a throttle', () => {
    expect(classifyThrown(postgres('53300')).category).toBe('throttle');
  });

  test('a transaction that was rolled back was not processed, a lost connection may have been', () => {
    expect(classifyThrown(postgres('40001')).unprocessed).toBe(true);
    expect(classifyThrown(postgres('08006')).unprocessed).toBe(false);
  });

  test('five characters alone are no SQLSTATE', () => {
    expect(classifyThrown(Object.assign(new Error('x'), { code: 'EPIPE' })).rule).toContain(
      'EPIPE',
    );
    expect(classifyThrown(Object.assign(new Error('x'), { code: '40001' })).category).toBe('fatal');
  });

  test("a driver's connection error is a network error", () => {
    const error = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    expect(classifyThrown(error)).toMatchObject({ category: 'retryable', decidedBy: 'network' });
  });

  test('MySQL tells by its own names', () => {
    const mysql = (code: string) => Object.assign(new Error('m'), { code, sqlState: 'HY000' });
    expect(classifyThrown(mysql('ER_LOCK_DEADLOCK')).category).toBe('retryable');
    expect(classifyThrown(mysql('ER_CON_COUNT_ERROR')).category).toBe('throttle');
    expect(classifyThrown(mysql('ER_DUP_ENTRY')).category).toBe('fatal');
    const lost = Object.assign(new Error('m'), { code: 'PROTOCOL_CONNECTION_LOST' });
    expect(classifyThrown(lost).category).toBe('retryable');
  });
});
