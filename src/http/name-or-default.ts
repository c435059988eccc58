/**
 * The name that an option gives, or the default. It is asked for amid a failure: a function of the
 * user's own that throws, or gives no text, must not be another one.
 *
 * @param name - a text, or a function of what was asked for
 */
export function nameOrDefault<Asked extends readonly unknown[]>(
  name: string | ((...asked: Asked) => string) | undefined,
  asked: Asked,
  byDefault: () => string,
): string {
  if (typeof name === 'string') return name;
  try {
    const given: unknown = name?.(...asked);
    if (typeof given === 'string') return given;
  } catch {
    // The default will do.
  }
  return byDefault();
}
