import { defineCommand } from '../command.ts';
import { EXPLAIN_OPTIONS } from './options.ts';

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'how one failed response or thrown error is classified, and why',
  operand: { placeholder: '[file]', noun: 'input', isFile: true },
  about: [
    'It reads a file, or standard input ("-", or nothing where standard input is piped): what `curl -i` or `curl -v … 2>&1` prints, or an error as JSON or as Node prints it. Options go before what is read.',
    'It says what the failure is (retryable, throttle or fatal), which rule decided and who says so, and which retries would follow.',
  ],
  examples: [
    {
      does: 'a response of an API, with the request beside it',
      line: 'curl -v https://api.example.com/things 2>&1 | holdfast explain',
    },
    {
      does: 'a response by its parts',
      line: "holdfast explain --status 503 --header 'Retry-After: 2' --method POST",
    },
    {
      does: 'an error out of a log',
      line: `holdfast explain <<< '{"name":"TypeError","cause":{"code":"ECONNREFUSED"}}'`,
    },
  ],
  options: EXPLAIN_OPTIONS,
  exits: { 0: 'explained', 1: 'the input could not be read' },
  run: async (line, world) => (await import('./explain.ts')).explain(line, world),
});
