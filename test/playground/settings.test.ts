import { describe, expect, test } from '@jest/globals';
import { controlsOf } from '../../docs/playground/controls.ts';
import {
  defaultsOf,
  hashOf,
  inScenario,
  readHash,
  type Settings,
  type Value,
} from '../../docs/playground/settings.ts';
import { SCENARIOS, type ScenarioName } from '../../src/simulator.ts';

const NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** Every control at another value than its default. */
function changedEverywhere(scenario: ScenarioName): Settings {
  const values = Object.entries(controlsOf(scenario)).map(([name, control]): [string, Value] => [
    name,
    control.kind === 'choice'
      ? (Object.keys(control.choices).findLast((choice) => choice !== control.default) ?? '')
      : control.default === control.max
        ? control.min
        : control.max,
  ]);
  return { scenario, values: Object.fromEntries(values) };
}

const withValue = (settings: Settings, name: string, value: Value): Settings => ({
  ...settings,
  values: { ...settings.values, [name]: value },
});

describe('a link to the playground', () => {
  test.each(NAMES)('holds every setting of %s', (scenario) => {
    for (const settings of [defaultsOf(scenario), changedEverywhere(scenario)]) {
      expect(readHash(`#${hashOf(settings)}`)).toEqual({ settings, complaints: [] });
    }
  });

  test('that is empty leads to the first scenario with its defaults', () => {
    expect(readHash('')).toEqual({ settings: defaultsOf('outage'), complaints: [] });
  });

  test.each([
    ['scenario=flaky&maxRetries=99', 'maxRetries: a number from 0 to 10, not “99”.'],
    ['scenario=flaky&maxRetries=', 'maxRetries: a number from 0 to 10, not “”.'],
    [
      'scenario=flaky&circuitBreaker=loud',
      'circuitBreaker: one of adaptive, classic, off, not “loud”.',
    ],
    ['scenario=flaky&toString=1', '“flaky” has no setting “toString”.'],
    [
      'scenario=flaky&circuitBreaker=toString',
      'circuitBreaker: one of adaptive, classic, off, not “toString”.',
    ],
  ])('with %s says what it cannot read, and takes the default', (hash, complaint) => {
    expect(readHash(hash)).toEqual({ settings: defaultsOf('flaky'), complaints: [complaint] });
  });

  test('with a scenario that does not exist leads to the first one, and says so', () => {
    const { settings, complaints } = readHash('scenario=constructor');
    expect(settings).toEqual(defaultsOf('outage'));
    expect(complaints).toEqual(['There is no scenario “constructor”.']);
  });
});

describe('another scenario', () => {
  test('keeps the policy that was changed, and has numbers of its own', () => {
    const before = withValue(withValue(defaultsOf('outage'), 'maxRetries', 5), 'processes', 40);
    const after = inScenario('herd', before);
    expect(after.values['maxRetries']).toBe(5);
    expect(after.values['processes']).toBe(SCENARIOS.herd.parameters.processes.default);
  });

  test('has its own attempt timeout, unless that was changed', () => {
    const timeout = (settings: Settings) => settings.values['attemptTimeoutMs'];
    expect(timeout(inScenario('rate-limit', defaultsOf('outage')))).toBe(5_000);
    const changed = withValue(defaultsOf('outage'), 'attemptTimeoutMs', 2_000);
    expect(timeout(inScenario('rate-limit', changed))).toBe(2_000);
  });
});
