import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runBounded } from './bounded-process.ts';
import { nodeBinary } from './command-runtimes.ts';
import { packages } from './places.ts';
import type { CheckResult } from './program/check.ts';
import type { ProgramOutput } from './program/program.ts';
import { RUN_MS, type Runtime } from './runtime.ts';

/** Cloudflare's runtime, in the newest behaviour that this version of it knows, without `nodejs_compat`. */
const COMPATIBILITY_DATE = '2026-07-01';

/** Miniflare asks for Node 22 or newer, whatever runs this. */
function hostBinary(): string | undefined {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 22 ? process.execPath : (nodeBinary(24) ?? nodeBinary(22) ?? nodeBinary(26));
}

const MAIN = `import { runConformance } from './program.mjs';
import { answerSharedFetch } from './shared.mjs';
export default {
  async fetch(request) {
    if (request.method === 'GET') return answerSharedFetch(request);
    return Response.json(await runConformance(await request.json()));
  },
};
`;

/** A Node program: it starts the worker, asks it, prints the answers and ends. */
const HOST = (input: unknown, compatibilityDate: string): string => `
import { readFileSync } from 'node:fs';
import { Miniflare } from ${JSON.stringify(join(packages, 'miniflare', 'dist', 'src', 'index.js'))};
import { askSharedFetch } from './ask-shared.mjs';
const module = (name) => ({
  type: 'ESModule',
  path: name,
  contents: readFileSync(new URL(name, import.meta.url), 'utf8'),
});
const input = ${JSON.stringify(input)};
const miniflare = new Miniflare({
  compatibilityDate: ${JSON.stringify(compatibilityDate)},
  modules: ['main.mjs', 'program.mjs', 'shared.mjs'].map(module),
});
try {
  const url = await miniflare.ready;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(input) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  const shared = await askSharedFetch(String(url), input.serverUrl);
  console.log(JSON.stringify({ output: JSON.parse(text), shared }));
} finally {
  await miniflare.dispose();
}
`;

/** workerd, by miniflare: the program runs inside one request, as everything does there. */
export const workerRuntime: Runtime = {
  id: 'workerd',
  title: 'workerd',
  missing() {
    if (!existsSync(join(packages, 'miniflare')))
      return 'not installed: npm ci --prefix test/runtimes';
    return hostBinary() === undefined ? 'miniflare asks for Node 22 or newer' : undefined;
  },
  async run({ input, program, modules, folder }) {
    await mkdir(folder, { recursive: true });
    const files = {
      'program.mjs': program,
      'main.mjs': MAIN,
      'host.mjs': HOST(input, COMPATIBILITY_DATE),
      'shared.mjs': modules.sharedFetch,
      'ask-shared.mjs': modules.askSharedFetch,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const host = await runBounded(hostBinary()!, [join(folder, 'host.mjs')], RUN_MS);
    if (host.code !== 0)
      throw new Error(`it ended with ${host.code}: ${host.output}${host.errors}`);
    const { output, shared } = JSON.parse(host.output) as {
      output: ProgramOutput;
      shared: readonly CheckResult[];
    };
    const manifest = await readFile(join(packages, 'workerd', 'package.json'), 'utf8');
    return {
      version: (JSON.parse(manifest) as { version: string }).version,
      output,
      hostResults: shared,
    };
  },
};
