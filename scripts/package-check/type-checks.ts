import { join } from 'node:path';
import { typedConsumer } from './programs.ts';
import { OLDER_NODE, type ScratchProject } from './scratch-project.ts';
import type { Entry } from '../build/manifest.ts';

/** Each way in which TypeScript resolves a package, with the module kind of the program. */
const RESOLUTIONS = [
  { moduleResolution: 'nodenext', module: 'nodenext', type: 'module' },
  { moduleResolution: 'nodenext', module: 'nodenext', type: 'commonjs' },
  { moduleResolution: 'node16', module: 'node16', type: 'module' },
  { moduleResolution: 'node16', module: 'node16', type: 'commonjs' },
  { moduleResolution: 'bundler', module: 'esnext', type: 'module' },
] as const;

/** Type-checks a program under every resolution, for a browser and for Node. */
export function checkTypes(project: ScratchProject, root: string, entries: readonly Entry[]): void {
  const platforms = {
    browser: { lib: ['esnext', 'dom', 'dom.iterable'], types: [] },
    Node: { lib: ['esnext'], types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
  };
  for (const { type, ...resolution } of RESOLUTIONS) {
    const folder = `types-${resolution.moduleResolution}-${type}`;
    project.write(`${folder}/package.json`, { type });
    project.write(`${folder}/consumer.ts`, typedConsumer(entries));
    for (const [platform, settings] of Object.entries(platforms)) {
      const title = `${resolution.moduleResolution} from ${type === 'module' ? 'an ES module' : 'CommonJS'}`;
      project.step(`type-checks under ${title}, for ${platform}`, () => {
        project.write(`${folder}/tsconfig.json`, {
          compilerOptions: {
            ...settings,
            ...resolution,
            target: 'es2022',
            strict: true,
            exactOptionalPropertyTypes: true,
            // Our own declarations are judged as well; those of packages that ours name, too.
            skipLibCheck: false,
            outDir: 'out',
          },
          files: ['consumer.ts'],
        });
        project.node([join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false'], folder);
      });
    }
    if (resolution.moduleResolution === 'bundler') continue;
    project.step(`runs what the compiler made of it under ${folder}`, () => {
      project.node([...OLDER_NODE, 'out/consumer.js'], folder);
    });
  }
}
