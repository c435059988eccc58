// `npm run test:runtimes -- [id …] [--only=part of a check's name] [--verbose]`: runs the
// conformance program on each runtime, one after the other, and exits 0 only if all of it held.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { bundleNeutral } from './bundle.ts';
import { commandRuntimes } from './command-runtimes.ts';
import { workerRuntime } from './worker-runtime.ts';
import { PAGE, chromiumRuntime } from './chromium-runtime.ts';
import { testServer } from './test-server.ts';

const ids = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7);

const program = await bundleNeutral('test/runtimes/program/program.ts');
const modules = {
  sharedFetch: await bundleNeutral('test/runtimes/program/shared-fetch.ts'),
  askSharedFetch: await bundleNeutral('test/runtimes/program/ask-shared.ts'),
};
const server = await testServer(PAGE(program));
async function refusedUrl() {
  const s = createServer().listen(0, '127.0.0.1');
  await once(s, 'listening');
  const { port } = s.address() as AddressInfo;
  s.close();
  await once(s, 'close');
  return `http://127.0.0.1:${port}/`;
}
for (const runtime of [...commandRuntimes, workerRuntime, chromiumRuntime]) {
  if (ids.length > 0 && !ids.includes(runtime.id)) continue;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-runtime-'));
  const t = performance.now();
  try {
    const run = await runtime.run({
      input: { serverUrl: server.url, refusedUrl: await refusedUrl(), only },
      program,
      modules,
      folder,
    });
    const all = [...run.output.results, ...run.hostResults];
    console.log(
      runtime.title,
      run.version,
      all.filter((r) => r.result === 'pass').length,
      '/',
      all.length,
      Math.round(performance.now() - t),
      'ms',
    );
    for (const r of all)
      if (r.result === 'fail') console.log('  FAIL', r.name, '\n      ', r.reason);
      else if (r.remark) console.log('  remark', r.name, ':', r.remark);
  } catch (error) {
    console.log(runtime.title, String(error).slice(0, 1000), String(error).slice(-3000));
  }
  await rm(folder, { recursive: true, force: true });
}
await server.close();
