import { defineCatalog } from '../classify/catalog/catalog.ts';
import { aiStreams } from './ai-streams.ts';
import { rows } from './rows.ts';

const ARM = 'Azure Resource Manager, "Troubleshoot common deployment errors" and "Request limits"';
const STORAGE = 'Azure Storage, "Common REST API error codes"';
const NETWORK = 'Azure Networking, "RetryableError"';
const OPENAI = 'Azure OpenAI, REST API reference';

/** Azure: Resource Manager and its providers, Storage, API Management, Azure OpenAI. */
export const azure = defineCatalog({
  name: 'azure',
  hosts: [
    'management.azure.com',
    '*.azure-api.net',
    '*.azure.com',
    '*.cognitiveservices.azure.com',
    '*.core.windows.net',
    '*.openai.azure.com',
    '*.search.windows.net',
    '*.servicebus.windows.net',
    '*.vault.azure.net',
  ],
  idempotencyHeader: false,
  streams: aiStreams,
  codes: {
    ...rows('throttle', ARM, [
      'SubscriptionRequestsThrottled',
      'TooManyRequests',
      'ResourceRequestsThrottled',
      'TenantRequestsThrottled',
      'ResourceCollectionRequestsThrottled',
      'RateLimitReached',
      'RateLimitExceeded',
    ]),
    // One code, two meanings: too fast on a 429, not possible with this resource otherwise.
    OperationNotAllowed: [
      { category: 'throttle', statuses: [429], source: 'Azure Compute, "API throttling"' },
      { category: 'fatal', source: ARM },
    ],
    ...rows('throttle', OPENAI, ['429']),
    ...rows('retryable', NETWORK, ['RetryableError', 'RetryableErrorDueToAnotherOperation']),
    ...rows('retryable', ARM, [
      'AnotherOperationInProgress',
      'DeploymentActive',
      'DeploymentActiveAndUneditable',
      'GatewayTimeout',
      'InternalServerError',
      'ServiceUnavailable',
      'ServerTimeout',
    ]),
    ...rows('fatal', ARM, [
      'AuthorizationFailed',
      'ExpiredAuthenticationToken',
      'InvalidAuthenticationToken',
      'InvalidAuthenticationTokenTenant',
      'InvalidSubscriptionId',
      'InvalidTemplate',
      'LinkedAuthorizationFailed',
      'MissingSubscriptionRegistration',
      'NoRegisteredProviderFound',
      'NotFound',
      'ParentResourceNotFound',
      'QuotaExceeded',
      'RequestDisallowedByPolicy',
      'ReservedResourceName',
      'ResourceGroupNotFound',
      'ResourceNotFound',
      'ResourceQuotaExceeded',
      'SkuNotAvailable',
      'SubscriptionNotFound',
      'SubscriptionNotRegistered',
    ]),
    ...rows('throttle', `${STORAGE}: over the account's limit`, ['ServerBusy']),
    ...rows('retryable', STORAGE, [
      'InternalError',
      'OperationTimedOut',
      'AccountBeingCreated',
      'ContainerBeingDeleted',
      'ContainerBeingDisabled',
      'QueueBeingDeleted',
      'ShareBeingDeleted',
      'TableBeingDeleted',
    ]),
    CannotVerifyCopySource: [
      {
        category: 'retryable',
        phrases: ['server is busy', 'timed out'],
        source: `${STORAGE}: the source's own answer stands in the message`,
      },
      { category: 'fatal', source: STORAGE },
    ],
    ...rows('fatal', STORAGE, [
      'AccountIsDisabled',
      'AuthenticationFailed',
      'AuthorizationFailure',
      'AuthorizationPermissionMismatch',
      'BlobAlreadyExists',
      'BlobNotFound',
      'ConditionNotMet',
      'ContainerAlreadyExists',
      'ContainerNotFound',
      'InsufficientAccountPermissions',
      'InvalidHeaderValue',
      'InvalidQueryParameterValue',
      'InvalidRange',
      'InvalidUri',
      'LeaseAlreadyPresent',
      'LeaseIdMissing',
      'NotImplemented',
      'OutOfRangeInput',
      'RequestBodyTooLarge',
      'TargetConditionNotMet',
      'UnsupportedHttpVerb',
    ]),
    ...rows('fatal', OPENAI, [
      '401',
      'content_filter',
      'context_length_exceeded',
      'DeploymentNotFound',
      'ResponsibleAIPolicyViolation',
    ]),
  },
  statuses: {
    403: {
      category: 'throttle',
      phrases: ['quota will be replenished'],
      source: 'API Management, quota policy: a spent quota answers 403 and says when it returns',
    },
  },
});
