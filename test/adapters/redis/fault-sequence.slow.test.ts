import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { hasRedis } from './redis-server.ts';

const onRedis = hasRedis() ? describe : describe.skip;
const ROOT = join(import.meta.dirname, '..', '..', '..');
const SECONDS = 15;

onRedis('faults of the store, drawn at random, one after the other', () => {
  // `npm run test:faults:redis` runs more of them, and longer ones.
  test.each([1, 2])(
    'leave eight processes within their limit, and no call fails (seed %s)',
    async (seed) => {
      const { NODE_OPTIONS: _ours, ...env } = process.env;
      const args = ['scripts/run.mjs', 'scripts/redis-faults.ts', `--seeds=${seed},`];
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [...args, `--seconds=${SECONDS}`],
        { cwd: ROOT, env, timeout: SECONDS * 1000 + 60_000, killSignal: 'SIGKILL' },
      ).catch((error: { stdout: string }) => error);
      expect(stdout).toContain('1 of 1 sequences held');
    },
    SECONDS * 1000 + 70_000,
  );
});
