/** Runs what must never change a call: the sampler, processor and exporter are the user's own. */
export function quietly<Made>(tell: () => Made): Made | undefined {
  try {
    return tell();
  } catch {
    return undefined;
  }
}
