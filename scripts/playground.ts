// `npm run playground` builds the page of docs/playground into one file and serves it on the
// loopback; `-- --build` only builds, `-- --port=8080` takes that port, `-- --plots` draws those of
// the documentation instead.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { playgroundPage } from './playground/page.ts';
import { scenarioPlots } from './playground/plots.ts';
import { servePage } from './playground/serve.ts';

const { values } = parseArgs({
  options: {
    build: { type: 'boolean', default: false },
    plots: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
  },
});
const port = Number(values.port);
if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
  throw new RangeError(
    `--port must be a whole number from 0 to 65535, but it is ${JSON.stringify(values.port)}`,
  );
}

if (values.plots) await drawPlots();
else await buildPage();

async function drawPlots(): Promise<void> {
  for (const [name, plot] of Object.entries(await scenarioPlots())) {
    writeFileSync(join(process.cwd(), 'docs', 'plots', name), plot);
    console.log(`docs/plots/${name}`);
  }
}

async function buildPage(): Promise<void> {
  const page = await playgroundPage(process.cwd());
  const folder = join(process.cwd(), '.cache', 'playground');
  const file = join(folder, 'index.html');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, page);
  console.log(`${file} (${Math.round(Buffer.byteLength(page) / 1_000)} kB, all in one file)`);
  if (values.build) return;
  const { url } = await servePage(page, port);
  console.log(`The playground is at ${url}. Ctrl-C ends it.`);
}
