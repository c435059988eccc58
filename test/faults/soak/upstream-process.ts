import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FinishedCall, FromUpstream, ToUpstream, UpstreamReport } from './messages.ts';
import type { SoakTargets } from './requests.ts';

/** The upstream, from the callers' side. */
export interface Upstream extends SoakTargets {
  finished(call: FinishedCall): void;
  report(): Promise<UpstreamReport>;
  stop(): Promise<void>;
}

/** Starts the upstream in a process of its own; it ends with this one. */
export async function startUpstream(seed: number): Promise<Upstream> {
  const program = join('test', 'faults', 'programs', 'soak-upstream.ts');
  const child = fork(join('scripts', 'run.mjs'), [program, String(seed)], { execArgv: [] });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let isWanted = true;
  child.once('exit', (code) => {
    if (!isWanted) return;
    console.error(`the upstream ended with ${code}`);
    process.exit(1);
  });

  const next = async <Type extends FromUpstream['type']>(type: Type) => {
    for (;;) {
      const [message] = (await once(child, 'message')) as [FromUpstream];
      if (message.type === type) return message as FromUpstream & { type: Type };
    }
  };
  const say = (message: ToUpstream) => void child.send(message);
  const { faulty, raw, refused } = await next('ready');

  let over: FinishedCall[] = [];
  const tell = () => {
    if (over.length === 0) return;
    say({ type: 'finished', calls: over });
    over = [];
  };
  const telling = setInterval(tell, 200);
  return {
    faulty,
    raw,
    refused,
    finished: (call) => void over.push(call),
    report() {
      tell();
      const report = next('report');
      say({ type: 'report' });
      return report;
    },
    async stop() {
      isWanted = false;
      clearInterval(telling);
      const ended = once(child, 'exit');
      say({ type: 'stop' });
      await ended;
      process.off('exit', kill);
    },
  };
}
