// Soaks the wrapped fetch in faults: `npm run soak`, ten minutes; `npm run soak -- --seconds 30`;
// `--callers 200 --seed 7` for the same random numbers again; `--bare` has the same callers use the
// platform's fetch by itself; `--stream` sends and takes in 2 GB instead (`--megabytes 64` for
// less). Ends with 1 if anything that must hold did not.
import { parseArgs } from 'node:util';
import { printFindings } from '../test/faults/soak/findings.ts';
import { longBodies } from '../test/faults/soak/long-bodies.ts';
import { soak } from '../test/faults/soak/soak.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    callers: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    bare: { type: 'boolean', default: false },
    stream: { type: 'boolean', default: false },
    megabytes: { type: 'string', default: '2048' },
  },
});
const seconds = Number(values.seconds);
const callers = Number(values.callers);
const seed = Number(values.seed);
const megabytes = Number(values.megabytes);
if (![seed, seconds, callers, megabytes].every((value) => value > 0)) {
  console.error(
    'usage: npm run soak -- [--seconds 600] [--callers 200] [--seed 1] [--bare] | --stream [--megabytes 2048]',
  );
  process.exit(2);
}
const through = values.bare ? 'bare' : 'wrapped';
if (!values.stream) console.log(`${callers} callers for ${seconds} s, seed ${seed}, ${through}`);
const findings = values.stream
  ? await longBodies(megabytes)
  : await soak({ seconds, callers, seed, through });
process.exitCode = printFindings(findings) ? 0 : 1;
