import { SCENARIOS, type ScenarioName, type ScenarioParameter } from 'holdfast/simulator';

/** One slider of the page. */
export interface SliderControl extends ScenarioParameter {
  readonly kind: 'slider';
  /** Stands in the place of the number where that is 0. */
  readonly zero?: string;
  /** One sentence on what it does. */
  readonly hint?: string;
}

/** One choice of the page. */
export interface ChoiceControl {
  readonly kind: 'choice';
  readonly label: string;
  readonly default: string;
  /** The words of the options, by their value. */
  readonly choices: Readonly<Record<string, string>>;
  readonly hint?: string;
}

export type Control = SliderControl | ChoiceControl;

/** The settings of every client that has them. */
export const SHARED_CONTROLS = {
  maxRetries: {
    kind: 'slider',
    label: 'max retries',
    unit: '',
    default: 3,
    min: 0,
    max: 10,
    step: 1,
    hint: 'After the first try. Of every client but “no retry”.',
  },
  attemptTimeoutMs: {
    kind: 'slider',
    label: 'attempt timeout',
    unit: 'ms',
    default: 1_000,
    min: 100,
    max: 10_000,
    step: 100,
    hint: 'Of every client. A server does not learn that a caller has given up.',
  },
} as const satisfies Record<string, Control>;

/** The settings of holdfast alone. */
export const HOLDFAST_CONTROLS = {
  tokensPerAnswer: {
    kind: 'slider',
    label: 'retry budget',
    unit: 'tokens an answer',
    default: 0.3,
    min: 0,
    max: 1,
    step: 0.05,
    hint: 'A repetition costs a token. With 0 only the reserve of five is left.',
  },
  budget: {
    kind: 'choice',
    label: 'budget',
    default: 'on',
    choices: { on: 'on', off: 'off' },
    hint: 'Off, repetitions are not counted, and can multiply traffic.',
  },
  ratePerSecond: {
    kind: 'slider',
    label: 'rate limit of each process',
    unit: '/s',
    default: 0,
    min: 0,
    max: 100,
    step: 1,
    zero: 'learned',
    hint: 'Learned means that nothing is held back until the server throttles.',
  },
  circuitBreaker: {
    kind: 'choice',
    label: 'circuit breaker',
    default: 'adaptive',
    choices: { adaptive: 'adaptive', classic: 'classic', off: 'off' },
    hint: 'Classic is the three-state machine that people know.',
  },
  totalTimeoutSeconds: {
    kind: 'slider',
    label: 'total timeout',
    unit: 's',
    default: 0,
    min: 0,
    max: 60,
    step: 1,
    zero: '15 min',
    hint: 'Bounds a call with all its waits.',
  },
} as const satisfies Record<string, Control>;

/** Everything that comes in a link, after the scenario. */
const POLICY_CONTROLS: Readonly<Record<string, Control>> = {
  ...SHARED_CONTROLS,
  ...HOLDFAST_CONTROLS,
};

/** The seed, from which everything random follows. */
const SEED: SliderControl = {
  kind: 'slider',
  label: 'seed',
  unit: '',
  default: 1,
  min: 1,
  max: 999,
  step: 1,
  hint: 'Another seed, another throw of the dice.',
};

/** All controls of a scenario, by name, in the order of a link. */
export function controlsOf(scenario: ScenarioName): Readonly<Record<string, Control>> {
  const { parameters, attemptTimeoutMs } = SCENARIOS[scenario];
  const own = Object.entries(parameters as Readonly<Record<string, ScenarioParameter>>).map(
    ([name, parameter]): [string, Control] => [name, { kind: 'slider', ...parameter }],
  );
  return {
    ...Object.fromEntries(own),
    ...POLICY_CONTROLS,
    attemptTimeoutMs: { ...SHARED_CONTROLS.attemptTimeoutMs, default: attemptTimeoutMs },
    seed: SEED,
  };
}
