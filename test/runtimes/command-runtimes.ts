import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runBounded } from './bounded-process.ts';
import { packages } from './places.ts';
import type { ProgramOutput } from './program/program.ts';
import { RUN_MS, type Runtime } from './runtime.ts';

const { platform, arch } = process;

interface CommandSpec {
  readonly id: string;
  readonly title: string;
  /** Where its binary may be, best first. */
  readonly places: readonly (string | undefined)[];
  readonly args?: readonly string[];
}

/** The environment variable that names a binary of one's own: `HOLDFAST_NODE22=/opt/node22/bin/node`. */
const variableOf = (id: string): string => `HOLDFAST_${id.toUpperCase()}`;

const windows = platform === 'win32' ? '.exe' : '';

/** The binary of a Node major: the one that runs this if it is of that major, or a package's. */
export function nodeBinary(major: number): string | undefined {
  return binaryOf(nodeSpec(major));
}

const nodeSpec = (major: number): CommandSpec => ({
  id: `node${major}`,
  title: `Node ${major}`,
  places: [
    process.version.startsWith(`v${major}.`) ? process.execPath : undefined,
    join(packages, `node-${major}-${platform}-${arch}`, 'bin', `node${windows}`),
  ],
});

const bunArch = arch === 'arm64' ? 'aarch64' : arch;
const denoLibc = platform === 'linux' ? '-glibc' : '';

const SPECS: readonly CommandSpec[] = [
  ...[20, 22, 24, 26].map(nodeSpec),
  {
    id: 'bun',
    title: 'Bun',
    places: [
      join(
        packages,
        '@oven',
        `bun-${platform === 'win32' ? 'windows' : platform}-${bunArch}`,
        'bin',
        `bun${windows}`,
      ),
    ],
  },
  {
    id: 'deno',
    title: 'Deno',
    places: [join(packages, '@deno', `${platform}-${arch}${denoLibc}`, `deno${windows}`)],
    args: ['run', '--no-config', '--no-lock', '--cached-only', '--allow-net'],
  },
];

function binaryOf({ id, places }: CommandSpec): string | undefined {
  const own = process.env[variableOf(id)];
  return [own, ...places].find((place) => place !== undefined && existsSync(place));
}

/** After its last word a program has so long to end; nothing of holdfast may keep it. */
const MAY_LINGER_MS = 1500;

/** Node, Bun and Deno: programs that run a file and end by themselves. */
export const commandRuntimes: readonly Runtime[] = SPECS.map((spec) => ({
  id: spec.id,
  title: spec.title,
  missing() {
    if (binaryOf(spec) !== undefined) return undefined;
    return `no binary for ${platform} ${arch}: npm ci --prefix test/runtimes has it for Linux (x64, arm64) and macOS (arm64); else set ${variableOf(spec.id)} to one of your own`;
  },
  async run({ input, program, folder }) {
    const binary = binaryOf(spec)!;
    const version = (await runBounded(binary, ['--version'], 20_000)).output.split('\n')[0]!;
    await writeFile(join(folder, 'program.mjs'), program);
    await writeFile(
      join(folder, 'main.mjs'),
      `import { runConformance } from './program.mjs';
console.log(JSON.stringify(await runConformance(${JSON.stringify(input)})));
`,
    );
    const args = [...(spec.args ?? []), join(folder, 'main.mjs')];
    const { output, errors, code, lingeredMs } = await runBounded(binary, args, RUN_MS, {
      DENO_DIR: join(folder, 'deno'),
      DENO_NO_UPDATE_CHECK: '1',
    });
    if (code !== 0) throw new Error(`it ended with ${code}: ${output.slice(-500)}${errors}`);
    const isPrompt = lingeredMs < MAY_LINGER_MS;
    return {
      version: version.replace(/^(?:v|deno )/, '').replace(/ \(.*/, ''),
      output: JSON.parse(output) as ProgramOutput,
      hostResults: [
        {
          name: 'the program ends by itself when it is done',
          result: isPrompt ? 'pass' : 'fail',
          ...(isPrompt ? undefined : { reason: `it lingered for ${Math.round(lingeredMs)} ms` }),
        },
        {
          name: 'nothing is written to standard error',
          result: errors === '' ? 'pass' : 'fail',
          ...(errors === '' ? undefined : { reason: errors.slice(0, 500) }),
        },
      ],
    };
  },
}));
