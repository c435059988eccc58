import { stripe } from 'holdfast/catalogs';
import { Stripe } from 'stripe';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

const client = ({ url, fetch }: Ground) =>
  new Stripe('sk_test_key', {
    httpClient: Stripe.createFetchHttpClient(fetch),
    maxNetworkRetries: 0,
    protocol: 'http',
    host: '127.0.0.1',
    port: Number(new URL(url).port),
    telemetry: false,
  });

provesDropIn({
  name: 'stripe',
  options: { catalog: stripe },
  // It sends an Idempotency-Key with every POST, so a repeated one charges nobody twice.
  call: async (ground) => {
    const { id, amount } = await client(ground).paymentIntents.create({
      amount: 1099,
      currency: 'eur',
    });
    return { id, amount };
  },
  changingHeaders: ['idempotency-key'],
  success: {
    answer: { status: 200, body: { id: 'pi_1', object: 'payment_intent', amount: 1099 } },
    value: { id: 'pi_1', amount: 1099 },
  },
  fatal: {
    answer: {
      status: 402,
      headers: { 'request-id': 'req_1' },
      body: {
        error: {
          type: 'card_error',
          code: 'card_declined',
          decline_code: 'insufficient_funds',
          message: 'Your card was declined.',
        },
      },
    },
    error: {
      class: Stripe.errors.StripeCardError,
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      requestId: 'req_1',
      message: 'Your card was declined.',
    },
  },
});
