import { join } from 'node:path';

/** npm runs scripts there; a bundled program does not know where its source was. */
export const root = process.cwd();
export const here = join(root, 'test', 'runtimes');
/** Where `npm ci --prefix test/runtimes` puts the runtimes. */
export const packages = join(here, 'node_modules');
