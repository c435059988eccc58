import { defineCommand } from '../command.ts';
import { DOCTOR_OPTIONS } from './options.ts';

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'what holdfast would have done about the failures of a log, and which settings fit',
  operand: { placeholder: '[file]', noun: 'log', isFile: true },
  about: [
    'It reads a HAR of a browser or proxy, the output of `curl -v`, or JSON lines, from a file or standard input ("-", or nothing where standard input is piped). A line has the fields status, headers, body, url, method, error, time and durationMs; the lines of pino and winston, and the errors of axios and SDKs, are known too. Lines that cannot be read are counted.',
    'For each kind of failure it says the category, whether and when it is retried, who else is slowed down, and whether a circuit opens. It advises a setting only where the log shows the need, and shows the evidence. Logs may be large: they are read as they come.',
    'Nothing of credentials, cookies, query strings and bodies is printed.',
  ],
  examples: [
    { does: 'the network tab of a browser, saved as HAR', line: 'holdfast doctor session.har' },
    {
      does: 'the lines of a service',
      line: 'kubectl logs deploy/api | holdfast doctor',
    },
    { does: 'for a program', line: 'holdfast doctor failures.jsonl --json' },
  ],
  options: DOCTOR_OPTIONS,
  exits: {
    0: 'no setting need be changed',
    1: 'it advises a setting, or the log could not be read',
  },
  run: async (line, world) => (await import('./doctor.ts')).doctor(line, world),
});
