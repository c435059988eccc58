import { describe, expect, test } from '@jest/globals';
import { storeErrorKindOf, storeErrorText } from '../../../src/adapters/redis/store-errors.ts';

describe('errors of a store', () => {
  test.each([
    ['NOSCRIPT No matching script. Please use EVAL.', 'script-missing'],
    ["READONLY You can't write against a read only replica.", 'read-only'],
    ['NOREPLICAS Not enough good replicas to write.', 'read-only'],
    ['LOADING Redis is loading the dataset in memory', 'loading'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'out-of-memory'],
    ['MISCONF Redis is configured to save RDB snapshots', 'out-of-memory'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'cross-slot'],
    ['MOVED 3999 127.0.0.1:6381', 'cross-slot'],
    ['BUSY Redis is busy running a script.', 'busy'],
    ['NOAUTH Authentication required.', 'not-allowed'],
    ["NOPERM User guest has no permissions to run the 'evalsha' command", 'not-allowed'],
    ['ERR Error running script: OOM command not allowed', 'out-of-memory'],
    ['Connection is closed.', 'connection'],
    ["Stream isn't writeable and enableOfflineQueue options is false", 'connection'],
    ['Reached the max retries per request limit (which is 20).', 'connection'],
    ['The client is closed', 'connection'],
    ['Socket closed unexpectedly', 'connection'],
    ['Failed to refresh slots cache.', 'connection'],
    ['None of startup nodes is available', 'connection'],
    ['All the root nodes are unavailable', 'connection'],
    ['CLUSTERDOWN The cluster is down', 'cross-slot'],
    ['ERR wrong number of arguments', 'unexpected'],
  ])('are told apart: %s', (message, kind) => {
    expect(storeErrorKindOf(new Error(message))).toBe(kind);
  });

  test('a lost connection is known by its code and its class too', () => {
    expect(storeErrorKindOf(Object.assign(new Error('read'), { code: 'ECONNRESET' }))).toBe(
      'connection',
    );
    class ClientOfflineError extends Error {
      override readonly name = 'ClientOfflineError';
    }
    expect(storeErrorKindOf(new ClientOfflineError('x'))).toBe('connection');
  });

  test('anything may be thrown', () => {
    for (const thrown of [undefined, null, 1, 'NOSCRIPT no', {}]) {
      expect(typeof storeErrorKindOf(thrown)).toBe('string');
      expect(typeof storeErrorText(thrown)).toBe('string');
    }
  });

  test('their texts carry no password', () => {
    const text = storeErrorText(new Error('cannot reach redis://user:hunter2secret@10.0.0.1:6379'));
    expect(text).not.toContain('hunter2secret');
  });
});
