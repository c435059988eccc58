import type { Catalog } from '../classify/catalog/catalog.ts';

/** Finds a catalog by the address of a request. */
export type CatalogLookup = (url: string | URL) => Catalog | undefined;

/** As many hosts are remembered; a program may ask any number. */
const MAX_KNOWN_HOSTS = 1_000;

/**
 * Makes a lookup over some catalogs. A more specific host goes before a wider one, and of two
 * catalogs with the same host the first has it. Cheap enough for every request.
 *
 * @param atPath chooses again where one host speaks two APIs
 */
export function hostLookup(
  catalogs: readonly Catalog[],
  atPath: (catalog: Catalog, pathname: string) => Catalog | undefined,
): CatalogLookup {
  let known: Map<string, Catalog | undefined> | undefined;
  return (url) => {
    const address = typeof url === 'string' ? parse(url) : url;
    if (address === undefined) return undefined;
    // The last entry of a key stays in a map, so the first catalog comes last.
    known ??= new Map(
      catalogs.toReversed().flatMap((catalog) => catalog.hosts.map((host) => [host, catalog])),
    );
    // A name may end in the dot of the root.
    const host = address.hostname.replace(/\.$/, '');
    let catalog = known.get(host);
    if (!catalog && !known.has(host)) {
      // The longest suffix first: a.b.c asks for *.b.c, then for *.c.
      for (let dot = host.indexOf('.'); !catalog && dot !== -1; dot = host.indexOf('.', dot + 1)) {
        catalog = known.get(`*${host.slice(dot)}`);
      }
      if (known.size < MAX_KNOWN_HOSTS) known.set(host, catalog);
    }
    return catalog && atPath(catalog, address.pathname);
  };
}

// The form that most programs write; five times faster than parsing.
const PLAIN = /^https?:\/\/([a-z0-9.-]+)(?::\d{1,5})?(\/[^?#]*)?(?=[?#]|$)/;

function parse(url: string): Pick<URL, 'hostname' | 'pathname'> | undefined {
  const [, hostname, pathname = '/'] = PLAIN.exec(url) ?? [];
  if (hostname !== undefined) return { hostname, pathname };
  return URL.canParse(url) ? new URL(url) : undefined;
}
