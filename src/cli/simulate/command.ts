import { defineCommand } from '../command.ts';
import { SCENARIO_NAMES, SIMULATE_OPTIONS } from './options.ts';

export const simulateCommand = defineCommand({
  name: 'simulate',
  summary: 'a plot of what your policy does in an outage, under a rate limit, in a herd …',
  operand: { placeholder: '[scenario]', noun: 'scenario', choices: SCENARIO_NAMES },
  about: [
    'It runs the library itself in virtual time, a minute in a second or two: some processes call one server, and from second ten on something goes wrong. Beside it, in the same world, stands another client.',
    `The scenarios are ${SCENARIO_NAMES.join(', ')} [outage].`,
  ],
  examples: [
    { does: 'an outage of ten seconds, beside plain retries', line: 'holdfast simulate outage' },
    {
      does: 'a herd of 100 processes, with a policy of yours, as a picture',
      line: 'holdfast simulate herd --set processes=100 --max-retries 5 --svg herd.svg',
    },
    {
      does: 'options of resilientFetch out of a file',
      line: `echo '{"policy":{"retry":{"baseDelayMs":1000}}}' > policy.json; holdfast simulate flaky --file policy.json`,
    },
  ],
  options: SIMULATE_OPTIONS,
  exits: { 0: 'simulated', 1: 'a file could not be read or written' },
  run: async (line, world) => (await import('./simulate.ts')).simulate(line, world),
});
