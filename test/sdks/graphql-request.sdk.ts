import { expect } from '@jest/globals';
import { ClientError, GraphQLClient } from 'graphql-request';
import { graphql } from 'holdfast/catalogs';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

const client = ({ url, fetch }: Ground) => new GraphQLClient(url, { fetch });

provesDropIn({
  name: 'graphql-request',
  options: { catalog: graphql },
  call: (ground, signal) => client(ground).request({ document: '{ walk { to } }', signal }),
  success: {
    answer: { status: 200, body: { data: { walk: { to: 'hills' } } } },
    value: { walk: { to: 'hills' } },
  },
  // GraphQL reports errors in a 200.
  fatal: {
    answer: {
      status: 200,
      body: {
        errors: [{ message: 'No such field', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      },
    },
    error: {
      class: ClientError,
      response: expect.objectContaining({
        status: 200,
        errors: [{ message: 'No such field', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      }),
    },
  },
  abort: { class: DOMException, name: 'AbortError' },
});
