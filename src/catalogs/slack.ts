import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const ERRORS = 'Slack, Web API: errors of every method';
const LIMITS = 'Slack, "Rate limits"';

/** Slack's Web API: `{ "ok": false, "error": "…" }`, nearly always in a 200. */
export const slack = defineCatalog({
  name: 'slack',
  hosts: ['slack.com', 'api.slack.com', 'hooks.slack.com', 'www.slack.com'],
  errorBodies: 'in-success',
  idempotencyHeader: false,
  codes: {
    ...rows('throttle', LIMITS, ['ratelimited', 'rate_limited']),
    ...rows('retryable', ERRORS, [
      'fatal_error', // part of the work may have been done
      'internal_error',
      'service_unavailable',
      'request_timeout', // the body of the request arrived cut off
      'team_added_to_org', // unavailable while the workspace is moved
      'org_login_required',
    ]),
    ...rows('fatal', ERRORS, [
      'access_denied',
      'accesslimited',
      'account_inactive',
      'already_in_channel',
      'already_reacted',
      'cant_invite_self',
      'channel_not_found',
      'deprecated_endpoint',
      'ekm_access_denied',
      'enterprise_is_restricted',
      'file_not_found',
      'invalid_arg_name',
      'invalid_arguments',
      'invalid_array_arg',
      'invalid_auth',
      'invalid_blocks',
      'invalid_charset',
      'invalid_cursor',
      'invalid_form_data',
      'invalid_post_type',
      'is_archived',
      'message_limit_exceeded',
      'message_not_found',
      'method_deprecated',
      'method_not_supported_for_channel_type',
      'missing_argument',
      'missing_post_type',
      'missing_scope',
      'msg_too_long',
      'name_taken',
      'no_permission',
      'no_service', // incoming webhooks
      'no_text',
      'not_allowed_token_type',
      'not_authed',
      'not_in_channel',
      'restricted_action',
      'team_access_not_granted',
      'team_not_found',
      'thread_not_found',
      'token_expired',
      'token_revoked',
      'too_many_attachments',
      'two_factor_setup_required',
      'unknown_method',
      'user_not_found',
    ]),
  },
});
