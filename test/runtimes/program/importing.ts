import type { CheckResult, Tools } from './check.ts';

type AnyFunction = (...given: unknown[]) => unknown;

/** What a module may not touch while it is imported. */
const WATCHED = [
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'addEventListener',
] as const;

/**
 * Imports the package (the bundle keeps it asleep until then) and watches what that does: no
 * timer, no request, no listener, no new global.
 */
export async function importQuietly(): Promise<{
  readonly holdfast: Tools['holdfast'];
  readonly result: CheckResult;
}> {
  const scope = globalThis as unknown as Record<string, AnyFunction | undefined>;
  const used: string[] = [];
  const globalsBefore = new Set(Reflect.ownKeys(globalThis));
  const listenersBefore = processListeners();
  const originals = WATCHED.map((name) => {
    const isOwn = Object.hasOwn(globalThis, name);
    return { name, isOwn, original: scope[name] };
  });
  for (const { name, original } of originals) {
    if (original === undefined) continue;
    scope[name] = (...given) => {
      used.push(name);
      return Reflect.apply(original, globalThis, given);
    };
  }
  let holdfast: Tools['holdfast'];
  try {
    const main = await import('holdfast');
    const results = await import('holdfast/result');
    holdfast = { ...main, ...results };
  } finally {
    for (const { name, isOwn, original } of originals) {
      if (isOwn) scope[name] = original;
      else delete scope[name];
    }
  }
  const added = Reflect.ownKeys(globalThis).filter((key) => !globalsBefore.has(key));
  used.push(...added.map((key) => `globalThis.${String(key)}`));
  if (processListeners() !== listenersBefore) used.push('a listener on process');
  const name = 'importing does nothing';
  return {
    holdfast,
    result:
      used.length === 0
        ? { name, result: 'pass' }
        : { name, result: 'fail', reason: `it used ${used.join(', ')}` },
  };
}

function processListeners(): number | undefined {
  const { process } = globalThis as {
    process?: { eventNames?: () => string[]; listenerCount?: (name: string) => number };
  };
  return process
    ?.eventNames?.()
    .reduce((sum, name) => sum + (process.listenerCount?.(name) ?? 0), 0);
}
