// Two copies of holdfast in one process must not give the same id, so chance begins it.
let prefix: string | undefined;
let count = 0;

/** A new id for a call, unique in the process: a few characters of chance and a number. */
export function nextCallId(): string {
  prefix ??= Math.random().toString(36).slice(2, 8);
  count += 1;
  return `${prefix}-${count}`;
}
