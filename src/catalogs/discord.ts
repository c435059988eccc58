import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const CODES = 'Discord, "Opcodes and status codes": JSON error codes';

/** Discord: numbers in `code`, `retry_after` in seconds beside a 429. */
export const discord = defineCatalog({
  name: 'discord',
  hosts: ['discord.com', 'discordapp.com', 'ptb.discord.com', 'canary.discord.com'],
  // A nonce in the body does it, with enforce_nonce.
  idempotencyHeader: false,
  codes: {
    ...rows('throttle', CODES, [
      '20016', // slowmode
      '20022', // announcement edits
      '20028', // the channel's write limit
      '20029', // the server's write limit
      '30040', // prune requests, try again later
      '30042', // widget settings, try again later
      '30046', // edits of old messages, try again later
      '31002', // announcement followers
      '40003', // direct messages opened too fast
      '40062', // the resource is being rate limited
      '130000', // the resource is overloaded, try again a little later
    ]),
    ...rows('retryable', CODES, [
      '110001', // the application is not yet available, try again later
    ]),
    ...rows('fatal', CODES, [
      '10003', // unknown channel
      '10004', // unknown guild
      '10007', // unknown member
      '10008', // unknown message
      '10013', // unknown user
      '10015', // unknown webhook
      '10062', // unknown interaction
      '20001', // not for bots
      '20002', // for bots only
      '30001', // maximum number of guilds
      '30003', // maximum number of pins
      '30005', // maximum number of roles
      '30007', // maximum number of webhooks
      '30008', // maximum number of emojis
      '30010', // maximum number of reactions
      '30013', // maximum number of channels
      '30016', // maximum number of invites
      '30034', // daily application command creates
      '40001', // unauthorized
      '40002', // the account must be verified
      '40005', // the request is too large
      '40007', // banned
      '40060', // already acknowledged
      '50001', // missing access
      '50005', // another user's message
      '50006', // an empty message
      '50007', // this user takes no messages
      '50008', // not a text channel
      '50013', // missing permissions
      '50014', // invalid token
      '50024', // not on this type of channel
      '50025', // invalid OAuth2 token
      '50027', // invalid webhook token
      '50033', // invalid recipients
      '50034', // too old to delete in bulk
      '50035', // invalid form body
      '50045', // the file is too large
      '50083', // an archived thread
      '50109', // invalid JSON
      '60003', // two factors are required
      '90001', // reaction blocked
      '160002', // no permission to read the history
      '160004', // the thread exists
      '160005', // the thread is locked
      '200000', // blocked by moderation
      '240000', // blocked by the link filter
    ]),
  },
});
