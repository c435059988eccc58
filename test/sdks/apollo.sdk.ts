import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core/index.js';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { graphql } from 'holdfast/catalogs';
import { provesDropIn, type Ground } from './sdk-scenarios.ts';

// It does not retry unless a RetryLink is added.
const client = ({ url, fetch }: Ground) =>
  new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri: url, fetch }),
    incrementalHandler: new Defer20220824Handler(),
  });
const part = (payload: unknown, end = ''): string =>
  `content-type: application/json\r\n\r\n${JSON.stringify(payload)}\r\n---${end}\r\n`;

provesDropIn({
  name: '@apollo/client',
  options: { catalog: graphql },
  call: async (ground, signal) => {
    const { data } = await client(ground).query({
      query: gql`
        {
          walk {
            to
          }
        }
      `,
      context: signal ? { fetchOptions: { signal } } : {},
    });
    return data;
  },
  success: {
    answer: { status: 200, body: { data: { walk: { __typename: 'Walk', to: 'hills' } } } },
    value: { walk: { __typename: 'Walk', to: 'hills' } },
  },
  fatal: {
    answer: {
      status: 200,
      body: {
        errors: [{ message: 'No such field', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      },
    },
    error: { class: CombinedGraphQLErrors, message: 'No such field' },
  },
  abort: { class: DOMException, name: 'AbortError' },
  // `@defer`: the answer's parts come one by one, as multipart/mixed.
  stream: {
    headers: { 'content-type': 'multipart/mixed; boundary="-"; deferSpec=20220824' },
    pieces: [
      `\r\n---\r\n${part({ data: { walk: { __typename: 'Walk', to: 'hills' } }, hasNext: true })}`,
      part({ incremental: [{ path: ['walk'], data: { via: 'woods' } }], hasNext: false }, '--'),
    ],
    value: 'hills-undefined hills-woods ',
    async *read(ground) {
      const results = client(ground).watchQuery<{ walk: { to: string; via?: string } }>({
        query: gql`
          query {
            walk {
              to
              ... on Walk @defer {
                via
              }
            }
          }
        `,
      });
      let subscription: { unsubscribe(): void } | undefined;
      yield* new ReadableStream<string>({
        start(controller) {
          subscription = results.subscribe(({ data, loading }) => {
            const walk = data?.walk;
            if (walk?.to) controller.enqueue(`${walk.to}-${walk.via} `);
            if (!loading) controller.close();
          });
        },
        cancel: () => subscription?.unsubscribe(),
      });
    },
  },
});
