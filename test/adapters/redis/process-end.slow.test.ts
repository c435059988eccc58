import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { hasRedis, startRedis } from './redis-server.ts';

const onRedis = hasRedis() ? describe : describe.skip;
const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAX_PROGRAM_MS = 20_000;

onRedis('an idle shared limit', () => {
  test.each(['there', 'away'])(
    'keeps no process alive while the store is %s',
    async (where) => {
      const server = await startRedis();
      try {
        if (where === 'away') await server.kill();
        const { NODE_OPTIONS: _ours, ...env } = process.env;
        const { stdout } = await promisify(execFile)(
          process.execPath,
          ['scripts/run.mjs', 'test/integration/programs/shared-limit.ts', `${server.port}`],
          { cwd: ROOT, env, timeout: MAX_PROGRAM_MS, killSignal: 'SIGKILL' },
        );
        const [started, aliveMs] = stdout.trim().split('\n').map(Number);
        expect(started).toBe(60);
        expect(aliveMs).toBeLessThan(1000);
      } finally {
        await server.close();
      }
    },
    MAX_PROGRAM_MS + 5000,
  );
});
