import { runStream } from '../run-stream.ts';
import { streamServer } from '../stream-server.ts';
import type { Finding } from './findings.ts';

const MOST_EXTRA_MEGABYTES = 100;
const MAX_MS = 300_000;

/** Streams so much up and down, through the wrapped fetch and the bare one, and tells what it cost. */
export async function longBodies(megabytes: number): Promise<Finding[]> {
  const server = await streamServer();
  const findings: Finding[] = [];
  const bytes = megabytes * 1024 * 1024;
  for (const through of ['wrapped', 'bare'] as const) {
    for (const direction of ['up', 'down', 'events'] as const) {
      const cost = await runStream(server.url, direction, bytes, { maxMs: MAX_MS, through });
      const extra = `${cost.extraMegabytes} MB more than at rest`;
      const ahead = `the writer at most ${cost.mostAheadMegabytes} MB ahead of a reader that pauses`;
      findings.push({
        what: `${megabytes} MB ${direction} through the ${through} fetch`,
        found: `${extra}, ${ahead}, ${cost.seconds} s, ${cost.cpuSeconds.toFixed(2)} s of the processor`,
        holds: cost.arrived === bytes && cost.extraMegabytes < MOST_EXTRA_MEGABYTES,
      });
    }
  }
  await server.close();
  return findings;
}
