/** The program cannot do this as it was asked. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
