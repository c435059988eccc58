import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const ERRORS = 'Microsoft Graph, "Error responses and resource types"';
const THROTTLING = 'Microsoft Graph, "Throttling guidance"';
const OUTLOOK = 'Exchange response codes, as Graph passes them on';
const DIRECTORY = 'Microsoft Entra ID: directory errors, as Graph passes them on';

/** Microsoft Graph: OneDrive's, Outlook's and the directory's codes under one roof. */
export const microsoftGraph = defineCatalog({
  name: 'microsoft-graph',
  hosts: [
    'graph.microsoft.com',
    'graph.microsoft.us',
    'dod-graph.microsoft.us',
    'microsoftgraph.chinacloudapi.cn',
  ],
  // A transactionId in the body does it, where there is one.
  idempotencyHeader: false,
  codes: {
    ...rows('throttle', THROTTLING, [
      'activityLimitReached',
      'TooManyRequests',
      'tooManyRequests',
      'ApplicationThrottled',
      'Request_ThrottledTemporarily',
      'throttledRequest',
    ]),
    ...rows('throttle', OUTLOOK, ['ErrorServerBusy', 'MailboxConcurrency']),
    ...rows('retryable', ERRORS, [
      'generalException',
      'serviceNotAvailable',
      'ServiceUnavailable',
      'serviceUnavailable',
      'UnknownError',
      'InternalServerError',
      'internalServerError',
      'timeout',
      'gatewayTimeout',
    ]),
    ...rows('retryable', OUTLOOK, [
      'ErrorInternalServerTransientError',
      'ErrorMailboxStoreUnavailable',
      'ErrorTimeoutExpired',
      'ErrorConnectionFailed',
    ]),
    ...rows('retryable', DIRECTORY, [
      'Directory_ConcurrencyViolation',
      'Service_InternalServerError',
      'Service_ServiceUnavailable',
    ]),
    ...rows('fatal', ERRORS, [
      'accessDenied',
      'AccessDenied',
      'BadRequest',
      'invalidRange',
      'invalidRequest',
      'InvalidAuthenticationToken',
      'itemNotFound',
      'malwareDetected',
      'nameAlreadyExists',
      'notAllowed',
      'notSupported',
      'quotaLimitReached', // storage, not a rate
      'resourceModified', // read it again, then repeat with its new tag
      'resyncRequired', // the delta token is too old
      'ResourceNotFound',
      'unauthenticated',
      'UnsupportedQueryOption',
    ]),
    ...rows('fatal', OUTLOOK, [
      'ErrorAccessDenied',
      'ErrorInvalidIdMalformed',
      'ErrorInvalidUser',
      'ErrorItemNotFound',
      'ErrorQuotaExceeded',
      'MailboxNotEnabledForRESTAPI',
    ]),
    ...rows('fatal', DIRECTORY, [
      'Authorization_IdentityNotFound',
      'Authorization_RequestDenied',
      'Directory_QuotaExceeded',
      'Request_BadRequest',
      'Request_ResourceNotFound',
      'Request_UnsupportedQuery',
    ]),
  },
  statuses: {
    507: { category: 'fatal', source: `${ERRORS}: the storage quota is reached` },
    509: { category: 'throttle', source: `${ERRORS}: the bandwidth cap is exceeded` },
  },
});
