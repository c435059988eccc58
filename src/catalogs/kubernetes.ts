import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const REASONS = 'Kubernetes, apimachinery: StatusReason';

/**
 * The Kubernetes API server: a `Status` object, whose `reason` is the code and whose
 * `details.retryAfterSeconds` the wait.
 *
 * A cluster's host is its own, so this catalog is given by name. A `Conflict` is fatal here: the
 * same object cannot be written again before it has been read again.
 */
export const kubernetes = defineCatalog({
  name: 'kubernetes',
  hosts: [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ],
  idempotencyHeader: false,
  codes: {
    TooManyRequests: { category: 'throttle', source: REASONS },
    ...rows('retryable', REASONS, [
      'InternalError',
      'ServerTimeout',
      'ServiceUnavailable',
      'Timeout',
    ]),
    ...rows('fatal', REASONS, [
      'AlreadyExists',
      'BadRequest',
      'Conflict',
      'Expired',
      'Forbidden',
      'Gone',
      'Invalid',
      'MethodNotAllowed',
      'NotAcceptable',
      'NotFound',
      'RequestEntityTooLarge',
      'StorageReadError',
      'Unauthorized',
      'UnsupportedMediaType',
    ]),
  },
});
