import { SCENARIOS, type ScenarioName } from 'holdfast/simulator';
import { controlsOf, type Control } from './controls.ts';

/** A value of a control: a number of a slider, a word of a choice. */
export type Value = number | string;

/** Everything that a link holds. */
export interface Settings {
  readonly scenario: ScenarioName;
  /** A value for each control of the scenario. */
  readonly values: Readonly<Record<string, Value>>;
}

/** Settings, and what could not be read of the link that they come from. */
export interface ReadLink {
  readonly settings: Settings;
  /** One sentence each. */
  readonly complaints: readonly string[];
}

const FIRST: ScenarioName = 'outage';

const isScenario = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);

/** The settings with which a scenario begins. */
export function defaultsOf(scenario: ScenarioName): Settings {
  const values = Object.entries(controlsOf(scenario)).map(([name, control]) => [
    name,
    control.default,
  ]);
  return { scenario, values: Object.fromEntries(values) as Record<string, Value> };
}

/** The same policy and seed in another scenario, with that scenario's own numbers. */
export function inScenario(scenario: ScenarioName, { scenario: from, values }: Settings): Settings {
  const own = defaultsOf(scenario);
  const before = defaultsOf(from);
  const changed = Object.entries(values).filter(
    ([name, value]) =>
      name in own.values &&
      !(name in SCENARIOS[scenario].parameters) &&
      value !== before.values[name],
  );
  return { scenario, values: { ...own.values, ...Object.fromEntries(changed) } };
}

/** A number of the settings; 0 for one that is not there. */
export const numberOf = ({ values }: Settings, name: string): number => Number(values[name] ?? 0);

/** The values of the scenario's own parameters. */
export function parametersOf(settings: Settings): Record<string, number> {
  const names = Object.keys(SCENARIOS[settings.scenario].parameters);
  return Object.fromEntries(names.map((name) => [name, numberOf(settings, name)]));
}

/** The part of a link after `#`: all settings. */
export function hashOf({ scenario, values }: Settings): string {
  const pairs = Object.entries(values).map(([name, value]) => [name, String(value)]);
  return new URLSearchParams([['scenario', scenario], ...pairs] as [string, string][]).toString();
}

/** Reads what {@link hashOf} wrote. What cannot be read has its default, and a complaint. */
export function readHash(hash: string): ReadLink {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const complaints: string[] = [];
  const named = given.get('scenario');
  given.delete('scenario');
  if (named !== null && !isScenario(named)) {
    complaints.push(`There is no scenario “${named}”.`);
  }
  const scenario = named !== null && isScenario(named) ? named : FIRST;
  const controls = controlsOf(scenario);
  const values = { ...defaultsOf(scenario).values };
  for (const [name, text] of given) {
    const control = Object.hasOwn(controls, name) ? controls[name] : undefined;
    if (control === undefined) {
      complaints.push(`“${scenario}” has no setting “${name}”.`);
      continue;
    }
    const value = valueOf(control, text);
    if (value === undefined) complaints.push(`${name}: ${rangeOf(control)}, not “${text}”.`);
    else values[name] = value;
  }
  return { settings: { scenario, values }, complaints };
}

function valueOf(control: Control, text: string): Value | undefined {
  if (control.kind === 'choice') return Object.hasOwn(control.choices, text) ? text : undefined;
  const value = text.trim() === '' ? NaN : Number(text);
  return value >= control.min && value <= control.max ? value : undefined;
}

const rangeOf = (control: Control): string =>
  control.kind === 'choice'
    ? `one of ${Object.keys(control.choices).join(', ')}`
    : `a number from ${control.min} to ${control.max}`;
