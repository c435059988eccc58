/** The names of gRPC's failure statuses from 1 on (grpc/grpc doc/statuscodes.md). 0 is OK. */
export const GRPC_STATUSES: readonly string[] = (
  'cancelled, unknown, invalid argument, deadline exceeded, not found, already exists, ' +
  'permission denied, resource exhausted, failed precondition, aborted, out of range, ' +
  'unimplemented, internal, unavailable, data loss, unauthenticated'
)
  .split(', ')
  .map((name) => name.toUpperCase().replaceAll(' ', '_'));
