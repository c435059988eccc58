import { Client, errors } from '@elastic/elasticsearch';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

// It takes no fetch: `protect` puts a policy around its method instead.
const client = ({ url }: Ground) => new Client({ node: url, maxRetries: 0 });
const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };

provesDropIn({
  name: '@elastic/elasticsearch under protect',
  call: async (ground, signal) => {
    const elasticsearch = client(ground);
    const get = ground.protect((id: string) =>
      elasticsearch.get({ index: 'walks', id }, { signal }),
    );
    const { _source } = await get('1');
    return _source;
  },
  changingFields: ['duration', 'id'],
  success: {
    answer: {
      status: 200,
      headers: PRODUCT,
      body: { _index: 'walks', _id: '1', found: true, _source: { to: 'hills' } },
    },
    value: { to: 'hills' },
  },
  fatal: {
    answer: {
      status: 400,
      headers: PRODUCT,
      body: {
        status: 400,
        error: { type: 'parsing_exception', reason: 'Too far', root_cause: [] },
      },
    },
    error: { class: errors.ResponseError, statusCode: 400 },
  },
  abort: { class: errors.RequestAbortedError },
});
