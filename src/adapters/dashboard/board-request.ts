/** A request to a dashboard, whichever server it came to. */
export interface BoardRequest {
  readonly method: string;
  /** Path and query, as the server gives them: Express leaves out where the dashboard is mounted. */
  readonly url: string;
  readonly headers: Headers;
}

/** The subject of a request to a dashboard, by the end of its path. */
export type Asked =
  | { readonly kind: 'page' }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'events' }
  | { readonly kind: 'action'; readonly action: string; readonly id: string };

/** Reads where a request leads. The dashboard does not know its own place, so the last segment decides. */
export function askedBy({ url }: BoardRequest): Asked {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  switch (pathname.slice(pathname.lastIndexOf('/') + 1)) {
    case 'snapshot.json':
      return { kind: 'snapshot' };
    case 'events':
      return { kind: 'events' };
    case 'actions':
      return {
        kind: 'action',
        action: searchParams.get('action') ?? '',
        id: searchParams.get('id') ?? '',
      };
    default:
      return { kind: 'page' };
  }
}
