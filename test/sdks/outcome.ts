/** What became of a use of an SDK: its value, or what it threw. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Waits for a use of an SDK, whatever becomes of it. */
export const outcomeOf = (use: Promise<unknown>): Promise<Outcome> =>
  use.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

/** All that a caller can tell two errors apart by, except their stacks. */
export function describeError(error: unknown, depth = 5): unknown {
  if (typeof error === 'function') return `function ${error.name}`;
  if (typeof error !== 'object' || error === null) return error;
  if (depth === 0) return '…';
  // Node's streams differ in an own property, by how they came about.
  if (error instanceof ReadableStream) return { class: 'ReadableStream', locked: error.locked };
  if (error instanceof Headers) return { class: 'Headers', entries: [...error] };
  if (Array.isArray(error)) return error.map((item) => describeError(item, depth - 1));
  const { constructor } = error as { constructor?: { name?: string } };
  const fields: Record<string, unknown> = {
    class: constructor?.name,
    text: error instanceof Error || 'message' in error ? textOf(error) : undefined,
  };
  for (const name of Object.getOwnPropertyNames(error)) {
    if (name === 'stack') continue;
    fields[name] = describeError((error as Record<string, unknown>)[name], depth - 1);
  }
  return fields;
}

const textOf = (error: { name?: unknown; message?: unknown }): string =>
  `${String(error.name)}: ${String(error.message)}`;
