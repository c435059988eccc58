import type { Adviser } from './advice.ts';
import { counted } from './numbers.ts';

/** A key for requests that failed and were not repeated, since they may have been acted on. */
export const adviseIdempotencyKey: Adviser = ({ server, findings }) => {
  const unsafe = findings.filter(({ isUnsafe }) => isUnsafe);
  const { origin, catalog } = server;
  // Where the provider documents that it knows no key, none helps.
  if (unsafe.length === 0 || catalog?.idempotencyHeader === false) return [];
  const count = unsafe.reduce((sum, { group }) => sum + group.count, 0);
  const methods = [...new Set(unsafe.map(({ group }) => group.method))].join(' and ');
  const causes = [...new Set(unsafe.map(({ group }) => String(group.status ?? group.errorCode)))];
  const evidence = `${counted(count, `failed ${methods}`)} (${causes.slice(0, 5).join(', ')}) may have been acted on and had no Idempotency-Key, so a retry might do it twice.`;
  const header = catalog?.idempotencyHeader;
  return [
    header === undefined
      ? {
          setting: 'idempotencyKey',
          origin,
          value: undefined,
          isConditional: true,
          advice:
            "If this API heeds an Idempotency-Key, set idempotencyKey: 'auto', and they are repeated; its documentation says so.",
          evidence,
        }
      : {
          setting: 'idempotencyKey',
          origin,
          value: 'auto',
          isConditional: false,
          advice: `Set idempotencyKey: 'auto': ${catalog?.name} documents ${header}, and they are repeated then.`,
          evidence,
        },
  ];
};
