import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const ERRORS = 'Stripe, API reference "Errors"';
const CODES = 'Stripe, "Error codes"';
const LIMITS = 'Stripe, "Rate limits"';
const LOW_LEVEL = 'Stripe, "Advanced error handling"';
const V2 = 'stripe-node: the errors of API v2';

/**
 * Stripe.
 *
 * A declined card is final for this request even where its `decline_code` says `try_again_later`:
 * that is advice for another payment. `stripe-should-retry` outranks everything here.
 */
export const stripe = defineCatalog({
  name: 'stripe',
  hosts: ['api.stripe.com', 'files.stripe.com', 'meter-events.stripe.com', 'connect.stripe.com'],
  // Stripe, API reference "Idempotent requests": every POST takes it.
  idempotencyHeader: 'Idempotency-Key',
  codes: {
    ...rows('throttle', LIMITS, ['rate_limit', 'rate_limit_error', 'rate_limit_exceeded']),
    // Sent with a 429, but about one object, not about the rate: a short wait frees it.
    lock_timeout: { category: 'retryable', source: LIMITS },
    idempotency_key_in_use: { category: 'retryable', source: LOW_LEVEL },
    ...rows('retryable', ERRORS, ['api_error', 'api_connection_error']),
    ...rows('fatal', ERRORS, ['authentication_error', 'card_error', 'idempotency_error']),
    invalid_request_error: {
      category: 'fatal',
      // Since 2015 a 429 has this type and no code: there the status decides.
      statuses: [400, 401, 402, 403, 404, 422],
      source: ERRORS,
    },
    ...rows('fatal', CODES, [
      'account_closed',
      'account_invalid',
      'amount_too_large',
      'amount_too_small',
      'api_key_expired',
      'authentication_required',
      'balance_insufficient',
      'bank_account_declined',
      'card_decline_rate_limit_exceeded', // for this card, for a day: not for this caller
      'card_declined',
      'charge_already_captured',
      'charge_already_refunded',
      'charge_disputed',
      'charge_expired_for_capture',
      'country_unsupported',
      'coupon_expired',
      'customer_max_subscriptions',
      'email_invalid',
      'expired_card',
      'incorrect_cvc',
      'incorrect_number',
      'incorrect_zip',
      'insufficient_funds',
      'invalid_charge_amount',
      'invalid_cvc',
      'invalid_expiry_month',
      'invalid_expiry_year',
      'invalid_number',
      'livemode_mismatch',
      'missing',
      'more_permissions_required',
      'parameter_invalid_empty',
      'parameter_invalid_integer',
      'parameter_invalid_string_blank',
      'parameter_missing',
      'parameter_unknown',
      'parameters_exclusive',
      'payment_intent_authentication_failure',
      'payment_intent_unexpected_state',
      'payment_method_unexpected_state',
      'platform_api_key_expired',
      'processing_error',
      'resource_already_exists',
      'resource_missing',
      'secret_key_required',
      'setup_intent_authentication_failure',
      'setup_intent_unexpected_state',
      'testmode_charges_only',
      'tls_version_unsupported',
      'token_already_used',
      'url_invalid',
    ]),
    ...rows('fatal', V2, [
      'quota_exceeded',
      'already_canceled',
      'blocked_by_stripe',
      'cannot_proceed',
      'capability_not_enabled',
      'feature_not_enabled',
      'financial_account_not_open',
      'fx_quote_needs_refresh',
      'invalid_payment_method',
      'invalid_payout_method',
      'not_cancelable',
      'recipient_not_notifiable',
      'temporary_session_expired',
    ]),
  },
  statuses: {
    409: { category: 'retryable', source: `${LOW_LEVEL}: concurrent requests conflicted` },
  },
});
