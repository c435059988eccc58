/** What a thrown error shows, without what differs from call to call. */
export interface ErrorShape {
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  readonly code?: string | number | undefined;
  readonly cause?: ErrorShape | undefined;
}

export function shapeOf(error: unknown, depth = 0): ErrorShape {
  const { name, message, code, cause } = Object(error) as ErrorShape;
  return {
    name,
    message: masked(message),
    ...(code === undefined ? undefined : { code }),
    ...(cause === undefined || depth > 5 ? undefined : { cause: shapeOf(cause, depth + 1) }),
  };
}

/** A message without addresses, ports and reference numbers. */
export function masked(message: string | undefined): string | undefined {
  return message
    ?.replaceAll(/https?:\/\/[^\s"',)]+/g, 'URL')
    .replaceAll(/reference = \w+/g, 'reference = …')
    .replaceAll(/\b[0-9A-F]{12,16}:error/g, '…:error')
    .replaceAll(/(127\.0\.0\.1|port):? ?\d+/g, '$1');
}
