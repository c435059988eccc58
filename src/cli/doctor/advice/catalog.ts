import { DEFAULT_CATALOGS } from '../../../catalogs/default-catalog.ts';
import type { Adviser } from './advice.ts';
import { counted } from './numbers.ts';

/** A fetch knows some catalogs beforehand; of these, the ones with codes need no setting. */
const KNOWN_BEFOREHAND: ReadonlySet<string> = new Set(
  DEFAULT_CATALOGS.filter(({ codes }) => Object.keys(codes).length > 0).map(({ name }) => name),
);

/** APIs send these for faults of the request, and for states of the server that pass. */
const DOUBTFUL_STATUSES: ReadonlySet<number> = new Set([400, 403, 409, 422]);

/** The provider's table, where the host is known and its codes were met; and codes that no table knows. */
export const adviseCatalog: Adviser = ({ server, findings }) => {
  const { origin, catalog, chosenBy } = server;
  const sum = (some: typeof findings) => some.reduce((total, { group }) => total + group.count, 0);
  if (catalog !== undefined) {
    if (chosenBy === 'name' || KNOWN_BEFOREHAND.has(catalog.name)) return [];
    const inTable = findings.filter(({ group }) => group.classification.decidedBy === 'catalog');
    if (inTable.length === 0) return [];
    const differing = sum(inTable.filter(({ group }) => group.differsByCatalog));
    const difference = differing === 0 ? '' : `; without it ${differing} would be read wrongly`;
    return [
      {
        setting: 'catalog',
        origin,
        value: catalog.name,
        isConditional: false,
        advice: `Give the catalog ${catalog.name} (or byHost, for several providers).`,
        evidence: `Its table has ${counted(sum(inTable), 'failure')} of ${hostOf(origin)}${difference}.`,
      },
    ];
  }
  const doubtful = findings.filter(
    ({ group }) =>
      group.errorCode !== undefined &&
      group.classification.decidedBy === 'status' &&
      DOUBTFUL_STATUSES.has(group.status ?? 0),
  );
  if (doubtful.length === 0) return [];
  const codes = [...new Set(doubtful.map(({ group }) => group.errorCode))].slice(0, 8);
  return [
    {
      setting: 'catalog',
      origin,
      value: undefined,
      isConditional: true,
      advice: `If one of these codes means to try again or to slow down, say so with defineCatalog; now the status decides: ${codes.join(', ')}.`,
      evidence: `${counted(sum(doubtful), 'failure')} had a code that no rule knows, with a status that servers use for both.`,
    },
  ];
};

const hostOf = (origin: string | undefined): string =>
  origin === undefined ? 'this server' : new URL(origin).host;
