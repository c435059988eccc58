import { cpus, loadavg, totalmem } from 'node:os';
import { commitMeasured, versionOf } from './package-under-test.ts';

const PACKAGES = [
  'holdfast',
  'p-retry',
  'opossum',
  'cockatiel',
  'ky',
  'undici',
  'bottleneck',
] as const;

/** What was measured, where and when. */
export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly v8: string;
  /** The undici that is built into Node, behind its own `fetch`. */
  readonly builtInUndici: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  /** How many processes wanted a core, on average over the last minute, before the run. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string | undefined;
}

export function readEnvironment(builtPackage: string | undefined): Environment {
  const { node, v8, undici: builtInUndici = 'unknown' } = process.versions;
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node,
    v8,
    builtInUndici,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    loadBefore: loadNow(),
    versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    commit: commitMeasured(builtPackage),
  };
}

/** How many processes wanted a core, on average over the last minute. */
export const loadNow = (): number => loadavg()[0] ?? NaN;
