import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Conditions of `exports` and `imports`, down to the files. */
export type Target = string | { readonly [condition: string]: Target };

/** `package.json`, as far as it concerns the build and its checks. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type?: string;
  readonly exports: Readonly<Record<string, Target>>;
  readonly imports?: Readonly<Record<string, Target>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The files that a target names, each once. */
export function filesOf(target: Target | undefined): readonly string[] {
  if (target === undefined) return [];
  if (typeof target === 'string') return [target];
  return [...new Set(Object.values(target).flatMap((inner) => filesOf(inner)))];
}

/** One public entry point. */
export interface Entry {
  /** As a user imports it: `holdfast/result`. */
  readonly specifier: string;
  /** The file in `dist` without an extension: `./dist/result`. */
  readonly stem: string;
}

/** The entry points of `exports`: each path that leads to JavaScript. */
export function entriesOf({ name, exports }: Manifest): readonly Entry[] {
  return Object.entries(exports).flatMap(([path, target]) => {
    const file = filesOf(target).find((candidate) => candidate.endsWith('.js'));
    return file === undefined
      ? []
      : [{ specifier: `${name}${path.slice(1)}`, stem: file.slice(0, -'.js'.length) }];
  });
}
