// `npm run playground` builds the page of docs/playground into one file and serves it on the
// loopback; `-- --build` only builds, `-- --port=8080` takes that port.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playgroundPage } from './playground/page.ts';
import { servePage } from './playground/serve.ts';

const folder = join(process.cwd(), '.cache', 'playground');
const file = join(folder, 'index.html');

const page = await playgroundPage(process.cwd());
mkdirSync(folder, { recursive: true });
writeFileSync(file, page);
console.log(`${file} (${Math.round(Buffer.byteLength(page) / 1_000)} kB, all in one file)`);

if (!process.argv.includes('--build')) {
  const port = process.argv.find((argument) => argument.startsWith('--port='))?.slice(7);
  const { url } = await servePage(page, Number(port ?? 0));
  console.log(`The playground is at ${url}. Ctrl-C ends it.`);
}
