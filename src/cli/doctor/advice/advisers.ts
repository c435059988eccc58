import type { Adviser } from './advice.ts';
import { adviseAttemptTimeout } from './attempt-timeout.ts';
import { adviseCatalog } from './catalog.ts';
import { adviseIdempotencyKey } from './idempotency-key.ts';
import { adviseLongWaits } from './long-waits.ts';
import { adviseRate } from './rate.ts';

/** All of them, in the order in which settings are read best. */
export const ADVISERS: readonly Adviser[] = [
  adviseCatalog,
  adviseRate,
  adviseLongWaits,
  adviseAttemptTimeout,
  adviseIdempotencyKey,
];
