// Makes calls through a shared limit and ends without closing it; prints how long after its last
// line of work the process was still alive. Nothing here ends it by force.
import { Redis } from 'ioredis';
import { redisTokenBucket } from '../../../src/redis.ts';

// Without `disconnectTimeout` ioredis itself stays for two seconds where it is not connected.
const client = new Redis(Number(process.argv[2]), '127.0.0.1', {
  retryStrategy: () => 100,
  disconnectTimeout: 10,
});
const limit = redisTokenBucket({ client, ratePerSecond: 1000, name: 'program' });
let started = 0;
for (let ms = 0; ms < 300; ms += 5) {
  await limit.execute(() => {
    started += 1;
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}
client.disconnect();
const endedAt = performance.now();
console.log(started);
process.on('exit', () => console.log(Math.round(performance.now() - endedAt)));
