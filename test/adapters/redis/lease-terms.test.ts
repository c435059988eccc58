import { describe, expect, test } from '@jest/globals';
import { leaseLeadMs, leaseQuantum, leaseTerms } from '../../../src/adapters/redis/lease-terms.ts';

describe('how far ahead the store may have given out moments', () => {
  test.each([
    [1, 1000],
    [25, 1000],
    [1000, 1000],
    [5000, 100],
  ])(
    'covers two leases of each of %s members that share %s tokens a second',
    (members, ratePerSecond) => {
      const terms = leaseTerms(ratePerSecond, 50);
      const leasesMs = leaseQuantum(terms, members, 1) * members * terms.intervalMs;
      expect(leaseLeadMs(terms, members, 1)).toBeGreaterThanOrEqual(2 * leasesMs + terms.validMs);
    },
  );

  test('is a quarter of a second where few members take turns every tenth of one', () => {
    expect(leaseLeadMs(leaseTerms(1000, 51), 5, 1)).toBe(250);
  });
});
