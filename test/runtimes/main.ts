// `npm run test:runtimes -- [runtime …] [--only=words of a check's name] [--verbose] [--install]`:
// runs the conformance program on each runtime, one after the other. It ends with 0 only if every
// check held on every runtime that was asked for; one that is not there is named, with how to get it.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleNeutral } from './bundle.ts';
import { PAGE, chromiumRuntime } from './chromium-runtime.ts';
import { commandRuntimes } from './command-runtimes.ts';
import { installChromium, installRuntimes } from './installing.ts';
import { comparedWithMeasured } from './measured-shapes.ts';
import type { Assignment, Runtime } from './runtime.ts';
import { testServer } from './test-server.ts';
import { workerRuntime } from './worker-runtime.ts';

const ALL: readonly Runtime[] = [...commandRuntimes, workerRuntime, chromiumRuntime];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
  },
});

/** One line of the table at the end. */
interface Row {
  readonly title: string;
  readonly version: string;
  readonly result: string;
  readonly held: boolean;
}

async function runOn(runtime: Runtime, given: Omit<Assignment, 'folder'>): Promise<Row> {
  const { id, title } = runtime;
  const missing = await runtime.missing();
  if (missing !== undefined) {
    const held = !positionals.includes(id);
    return { title, version: '–', result: `not run: ${missing}`, held };
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-runtime-'));
  const startedAt = performance.now();
  try {
    const { version, output, hostResults } = await runtime.run({ ...given, folder });
    const results = [...output.results, ...hostResults];
    const failed = results.filter(({ result }) => result === 'fail');
    for (const { name, reason } of failed) console.log(`  failed: ${name}\n    ${reason}`);
    if (values.verbose) {
      for (const { name, remark } of results) if (remark) console.log(`  ${name}: ${remark}`);
      const compared = comparedWithMeasured(id, output.thrown);
      if (compared !== undefined) console.log(`  ${compared}`);
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const result = `${results.length - failed.length} of ${results.length} checks held (${seconds} s)`;
    return { title, version, result, held: failed.length === 0 };
  } catch (error) {
    return { title, version: '–', result: `broke off: ${String(error).slice(-2000)}`, held: false };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An address where nobody listens: of a port that was just free. */
async function refusedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}/`;
}

async function main(): Promise<boolean> {
  const unknown = positionals.filter((id) => !ALL.some((runtime) => runtime.id === id));
  if (unknown.length > 0) {
    console.log(
      `no runtime ${unknown.join(', ')}; there are ${ALL.map(({ id }) => id).join(', ')}`,
    );
    return false;
  }
  await installRuntimes();
  const chosen = ALL.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  if (values.install && chosen.includes(chromiumRuntime) && (await chromiumRuntime.missing())) {
    await installChromium();
  }
  const program = await bundleNeutral('program.ts');
  const modules = {
    sharedFetch: await bundleNeutral('shared-fetch.ts'),
    askSharedFetch: await bundleNeutral('ask-shared.ts'),
  };
  const server = await testServer(PAGE(program));
  const rows: Row[] = [];
  try {
    for (const runtime of chosen) {
      console.log(runtime.title);
      const input = { serverUrl: server.url, refusedUrl: await refusedUrl(), only: values.only };
      rows.push(await runOn(runtime, { input, program, modules }));
    }
  } finally {
    await server.close();
  }
  console.log();
  for (const { title, version, result } of rows) {
    console.log(`${title.padEnd(9)} ${version.padEnd(15)} ${result}`);
  }
  return rows.every(({ held }) => held);
}

// What is killed runs no `exit` handlers, and those end the processes that were started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = (await main()) ? 0 : 1;
