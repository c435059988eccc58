import { defineCatalog } from '../classify/catalog/catalog.ts';
import { geminiStreams } from './ai-streams.ts';
import { rows } from './rows.ts';

const RPC = 'google/rpc/code.proto and AIP-193';
const DRIVE = 'Google Drive API, "Resolve errors"';
const STORAGE = 'Cloud Storage, "HTTP status and error codes"';
const BIGQUERY = 'BigQuery, "Error messages"';
const YOUTUBE = 'YouTube Data API, "Errors"';

/**
 * Google: the canonical codes of google.rpc (Cloud, Gemini, Vertex AI) and the `reason`s of the
 * older APIs (Drive, Gmail, Calendar, YouTube, Cloud Storage, BigQuery).
 *
 * A quota a minute or a second passes by waiting; one a day, or of money, does not while a caller
 * waits. `RESOURCE_EXHAUSTED` is both, and only its message says which.
 */
export const google = defineCatalog({
  name: 'google',
  hosts: ['*.googleapis.com'],
  // A request id among the fields does it: AIP-155.
  idempotencyHeader: false,
  streams: geminiStreams,
  codes: {
    ...rows('fatal', RPC, [
      'CANCELLED',
      'INVALID_ARGUMENT',
      'NOT_FOUND',
      'ALREADY_EXISTS',
      'PERMISSION_DENIED',
      'UNAUTHENTICATED',
      'FAILED_PRECONDITION',
      'OUT_OF_RANGE',
      'UNIMPLEMENTED',
      'DATA_LOSS',
    ]),
    ...rows('retryable', RPC, ['UNKNOWN', 'DEADLINE_EXCEEDED', 'ABORTED', 'INTERNAL']),
    UNAVAILABLE: [
      {
        category: 'throttle',
        phrases: ['overloaded'],
        source: 'Gemini API, "Troubleshooting": the model is overloaded',
      },
      { category: 'retryable', source: RPC },
    ],
    RESOURCE_EXHAUSTED: [
      {
        category: 'fatal',
        statuses: [402],
        source: 'Gemini API, billing: prepaid credits are used up',
      },
      {
        category: 'fatal',
        phrases: ['daily quota', 'prepaid', 'billing account'],
        source: 'Gemini API, "Rate limits": a quota a day returns at midnight Pacific time',
      },
      { category: 'throttle', source: RPC },
    ],
    ...rows('throttle', 'google.api.ErrorReason', [
      'RATE_LIMIT_EXCEEDED',
      'RESOURCE_QUOTA_EXCEEDED',
    ]),
    ...rows('fatal', 'google.api.ErrorReason', [
      'SERVICE_DISABLED',
      'BILLING_DISABLED',
      'API_KEY_INVALID',
      'API_KEY_SERVICE_BLOCKED',
      'API_KEY_HTTP_REFERRER_BLOCKED',
      'API_KEY_IP_ADDRESS_BLOCKED',
      'API_KEY_ANDROID_APP_BLOCKED',
      'API_KEY_IOS_APP_BLOCKED',
      'CONSUMER_SUSPENDED',
      'CONSUMER_INVALID',
      'ACCESS_TOKEN_EXPIRED',
      'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      'ACCESS_TOKEN_TYPE_UNSUPPORTED',
      'ACCOUNT_STATE_INVALID',
      'CREDENTIALS_MISSING',
      'USER_PROJECT_DENIED',
      'LOCATION_TAX_POLICY_VIOLATED',
    ]),

    ...rows('throttle', DRIVE, ['rateLimitExceeded', 'userRateLimitExceeded']),
    sharingRateLimitExceeded: { category: 'throttle', source: `${DRIVE}: retry with backoff` },
    ...rows('fatal', DRIVE, [
      'dailyLimitExceeded',
      'dailyLimitExceededUnreg',
      'accessNotConfigured',
      'storageQuotaExceeded',
      'authError',
      'badRequest',
      'invalidSharingRequest',
      'notFound',
      'required',
      'invalid',
      'appNotAuthorizedToFile',
      'insufficientFilePermissions',
      'insufficientPermissions',
      'domainPolicy',
      'activeItemCreationLimitExceeded',
      'numChildrenInNonRootLimitExceeded',
      'teamDriveFileLimitExceeded',
      'teamDriveHierarchyTooDeep',
      'UrlLeaseLimitExceeded',
      'fileNotDownloadable',
      'cannotDownloadAbusiveFile',
    ]),
    ...rows('retryable', DRIVE, ['backendError', 'internalError', 'transientError']),
    ...rows('fatal', YOUTUBE, ['quotaExceeded', 'uploadLimitExceeded', 'forbidden']),

    ...rows('fatal', STORAGE, [
      'conditionNotMet',
      'accountDisabled',
      'conflict',
      'NoSuchKey',
      'NoSuchBucket',
      'AccessDenied',
      'PreconditionFailed',
      'InvalidArgument',
      'SignatureDoesNotMatch',
    ]),
    ...rows('retryable', STORAGE, [
      'uploadBrokenConnection',
      'ServiceUnavailable',
      'InternalError',
      'RequestTimeout',
    ]),
    SlowDown: { category: 'throttle', source: STORAGE },

    ...rows('throttle', BIGQUERY, ['jobRateLimitExceeded']),
    ...rows('retryable', BIGQUERY, ['jobBackendError', 'jobInternalError', 'tableUnavailable']),
    ...rows('fatal', BIGQUERY, [
      'resourcesExceeded',
      'responseTooLarge',
      'accessDenied',
      'billingNotEnabled',
      'billingTierLimitExceeded',
      'blocked',
      'duplicate',
      'invalidQuery',
      'notImplemented',
      'resourceInUse',
      'stopped',
    ]),
  },
});
