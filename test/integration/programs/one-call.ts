// Makes the calls that it is told to and ends; prints how long after its last line of work the
// process was still alive. Nothing here ends it by force.
import { resilientFetch, type ResilientFetchOptions } from '../../../src/index.ts';

const [url = '', plan = '{}'] = process.argv.slice(2);
const { options, abortAfterMs } = JSON.parse(plan) as {
  options?: ResilientFetchOptions;
  abortAfterMs?: number;
};
const controller = new AbortController();
if (abortAfterMs !== undefined) setTimeout(() => controller.abort('enough'), abortAfterMs);
const outcome = await resilientFetch(undefined, options)(url, { signal: controller.signal }).then(
  async (response) => `${response.status} ${(await response.text()).length > 0}`,
  (error: unknown) => String(error),
);
const endedAt = performance.now();
console.log(outcome);
process.on('exit', () => console.log(Math.round(performance.now() - endedAt)));
