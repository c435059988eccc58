import { LogLevel, WebAPIPlatformError, WebClient } from '@slack/web-api';
import { slack } from 'holdfast/catalogs';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

const client = ({ url, fetch }: Ground) =>
  new WebClient('xoxb-token', {
    slackApiUrl: `${url}/api/`,
    fetch,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });

provesDropIn({
  name: '@slack/web-api',
  options: { catalog: slack },
  call: async (ground) => {
    const { channel, ts } = await client(ground).chat.meMessage({ channel: 'C1', text: 'Hills' });
    return { channel, ts };
  },
  success: {
    answer: { status: 200, body: { ok: true, channel: 'C1', ts: '1.1' } },
    value: { channel: 'C1', ts: '1.1' },
  },
  // Slack reports errors in a 200.
  fatal: {
    answer: { status: 200, body: { ok: false, error: 'channel_not_found' } },
    error: {
      class: WebAPIPlatformError,
      code: 'slack_webapi_platform_error',
      message: 'An API error occurred: channel_not_found',
    },
  },
});
