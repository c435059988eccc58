// `npm run test:faults:redis`: eight processes share a limit and a circuit on a real Redis, and faults of
// the store come one after the other, drawn at random, beside outages of the server. The limited
// server's own log shows whether the limit held; no call may end late, and every circuit must close.
// It needs redis-server (Debian: apt-get install -y redis-server).
//   -- --seeds=20       so many sequences, or `--seeds=3,7` for these, `--seeds=3,` for this one
//   -- --seconds=300    how long the faults of each go on
import { parseArgs } from 'node:util';
import { runMember, type MemberInput } from '../test/adapters/redis/fault-sequence/member.ts';
import { runSequence } from '../test/adapters/redis/fault-sequence/sequence.ts';

const [mode, input] = process.argv.slice(2);
if (mode === 'member' && input !== undefined) {
  await runMember(JSON.parse(input) as MemberInput);
} else {
  await runAll();
}

async function runAll(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '300' },
    },
  });
  const given = values.seeds.split(',').filter(Boolean).map(Number);
  const isList = values.seeds.includes(',');
  const seeds = isList ? given : Array.from({ length: given[0] ?? 0 }, (_, index) => index + 1);
  let failed = 0;
  for (const seed of seeds) {
    const program = [process.argv[1] ?? '', 'member'] as const;
    const report = await runSequence(seed, Number(values.seconds) * 1000, program);
    const { starts, faults, outages, overshoot, used, complaints } = report;
    const beyond = Object.entries(overshoot).map(([window, tokens]) => `${tokens} in ${window}`);
    console.log(
      `seed ${seed}: ${faults} faults, ${outages} outages, ${starts} starts, worst against burst + rate × t: ${beyond.join(', ')}; ${(100 * used).toFixed(0)} % used afterwards`,
    );
    for (const complaint of complaints) console.log(`  ${complaint}`);
    if (complaints.length > 0) failed += 1;
  }
  console.log(`${seeds.length - failed} of ${seeds.length} sequences held`);
  process.exit(failed === 0 ? 0 : 1);
}
