/** By shape: a polyfilled or another realm's `Response` is one too. */
export function isResponse(value: unknown): value is Response {
  if (typeof value !== 'object' || value === null) return false;
  const { status, headers, clone } = value as Partial<Response>;
  return (
    typeof status === 'number' &&
    typeof clone === 'function' &&
    typeof (headers as Partial<Headers> | undefined)?.get === 'function'
  );
}
