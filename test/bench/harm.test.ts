import { describe, expect, test } from '@jest/globals';
import { SCENARIOS } from '../../bench/harm-rows.ts';
import { groupOf } from '../../bench/harm-scenario.ts';

describe('the benchmark of harm', () => {
  test('plays the rows that it is for', () => {
    const rows = new Set(SCENARIOS.map(({ row }) => row.replace(/\D$/, '')));
    expect([...rows]).toEqual(['4', '5', '6', '7', '10', '12', '37']);
  });

  // The server counts by group, so a request that it took for another one would falsify a table.
  test.each(SCENARIOS)('tells the groups of row $row apart by their requests', (scenario) => {
    for (const group of scenario.groups) {
      const paths = Array.from({ length: 200 }, (_, index) => group.path(index));
      const found = paths.map((path) => groupOf(scenario, path, group.credential).name);
      expect(new Set(found)).toEqual(new Set([group.name]));
    }
  });

  test.each(SCENARIOS)('row $row has a group that fails, and requirements', (scenario) => {
    expect(scenario.groups.map(({ name }) => name)).toContain(scenario.failing);
    expect(scenario.mustBe.length).toBeGreaterThan(0);
  });
});
