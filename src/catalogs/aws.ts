import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const THROTTLING = 'AWS SDKs, standard retry mode: throttling codes';
const TRANSIENT = 'AWS SDKs, standard retry mode: transient codes';
const CLOCK_SKEW =
  'AWS SDKs: clock skew, retried there with a corrected clock and a new signature; ' +
  'the same signature fails again';
const COMMON = 'AWS, "Common error types"';

/**
 * Amazon Web Services: the lists by which the official SDKs decide, and what the services
 * themselves document.
 *
 * Errors of S3 inside a 200 (CopyObject, CompleteMultipartUpload) are recognized where the body is
 * given, but the bodies of successes are not read for it: they are the objects themselves.
 */
export const aws = defineCatalog({
  name: 'aws',
  hosts: ['*.amazonaws.com', '*.amazonaws.com.cn', '*.api.aws'],
  // A client token among the parameters does it: AWS, "Ensuring idempotency".
  idempotencyHeader: false,
  codes: {
    ...rows('throttle', THROTTLING, [
      'BandwidthLimitExceeded',
      'EC2ThrottledException',
      'LimitExceededException',
      'PriorRequestNotComplete',
      'ProvisionedThroughputExceededException',
      'RequestLimitExceeded',
      'RequestThrottled',
      'RequestThrottledException',
      'SlowDown',
      'ThrottledException',
      'Throttling',
      'ThrottlingException',
      'TooManyRequestsException',
      'TransactionInProgressException',
    ]),
    ...rows('throttle', "the service's own throttling error", [
      'KMSThrottlingException',
      'ProvisionedThroughputExceeded',
      'EC2ThrottlingException',
      'ReservedConcurrentExecutionsLimitExceeded',
      'CallerRateLimitExceeded',
    ]),
    ...rows('retryable', TRANSIENT, ['RequestTimeout', 'RequestTimeoutException', 'TimeoutError']),
    ...rows('retryable', COMMON, [
      'InternalError',
      'InternalFailure',
      'InternalServerError',
      'InternalServerException',
      'InternalServerErrorException',
      'InternalServiceError',
      'InternalServiceException',
      'ServiceException',
      'ServiceUnavailable',
      'ServiceUnavailableException',
      'ServerException',
      'Unavailable',
    ]),
    ...rows('retryable', 'AWS KMS, API reference', [
      'DependencyTimeoutException',
      'KMSInternalException',
    ]),
    ...rows('retryable', 'AWS Lambda, Invoke: the function is being made ready', [
      'CodeArtifactUserPendingException',
      'EC2UnexpectedException',
      'EFSMountTimeoutException',
      'ENINotReadyException',
      'ResourceNotReadyException',
      'SnapStartNotReadyException',
      'SnapStartTimeoutException',
      'SubnetIPAddressLimitReachedException',
    ]),
    ...rows('retryable', 'Amazon Bedrock, InvokeModel; its SDK retries', [
      'ModelNotReadyException',
      'ModelTimeoutException',
    ]),
    ...rows('retryable', 'AWS STS and IAM, API reference', [
      'IDPCommunicationError',
      'ConcurrentModification',
    ]),
    ...rows('retryable', 'the service asks for another try', [
      'ConcurrentModificationException',
      'OperationAborted', // S3: a conflicting operation is in progress
      'ConditionalRequestConflict', // S3
      'InsufficientInstanceCapacity', // EC2: capacity returns
      'TransactionConflictException', // DynamoDB
      'DeadlockException',
    ]),
    ...rows('fatal', CLOCK_SKEW, [
      'AuthFailure',
      'InvalidSignatureException',
      'RequestExpired',
      'RequestInTheFuture',
      'RequestTimeTooSkewed',
      'SignatureDoesNotMatch',
    ]),
    ...rows('fatal', COMMON, [
      'AccessDenied',
      'AccessDeniedException',
      'ExpiredToken',
      'ExpiredTokenException',
      'IncompleteSignature',
      'InvalidAction',
      'InvalidClientTokenId',
      'InvalidParameterCombination',
      'InvalidParameterValue',
      'InvalidQueryParameter',
      'MalformedQueryString',
      'MissingAction',
      'MissingAuthenticationToken',
      'MissingAuthenticationTokenException',
      'MissingParameter',
      'NotAuthorized',
      'OptInRequired',
      'UnauthorizedOperation',
      'UnrecognizedClientException',
      'ValidationError',
      'ValidationException',
    ]),
    ...rows('fatal', 'Amazon S3, "Error responses"', [
      'BucketAlreadyExists',
      'BucketAlreadyOwnedByYou',
      'EntityTooLarge',
      'InvalidAccessKeyId',
      'InvalidBucketName',
      'InvalidRequest',
      'MalformedXML',
      'NoSuchBucket',
      'NoSuchKey',
      'NoSuchUpload',
      'PreconditionFailed',
    ]),
    ...rows('fatal', "the service's API reference", [
      'ConditionalCheckFailedException',
      'DisabledException',
      'EntityAlreadyExists',
      'InvalidInstanceID.Malformed',
      'ItemCollectionSizeLimitExceededException',
      'LimitExceeded', // IAM and others: a quota of things, not a rate
      'RequestTooLargeException',
      'ResourceNotFoundException',
      'ServiceQuotaExceededException',
      'AWS.SimpleQueueService.NonExistentQueue',
    ]),
    TransactionCanceledException: [
      {
        category: 'retryable',
        phrases: ['transactionconflict', 'throttlingerror', 'provisionedthroughputexceeded'],
        source: 'DynamoDB, TransactWriteItems: cancelled by contention, not by a condition',
      },
      { category: 'fatal', source: 'DynamoDB, TransactWriteItems' },
    ],
  },
});
