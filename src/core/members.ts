/**
 * A plain copy of an object with all that it has, inherits or computes: its enumerable fields, and
 * of `members` also those that only its class, or a Proxy, knows of.
 */
export function copyOfMembers(
  given: object | null | undefined,
  members: readonly string[],
): Record<string, unknown> {
  const fields = given as Readonly<Record<string, unknown>> | null | undefined;
  const all: Record<string, unknown> = {};
  for (const name in fields) all[name] = fields[name];
  for (const name of members) {
    const value = name in all ? undefined : fields?.[name];
    if (value !== undefined) all[name] = value;
  }
  return all;
}
