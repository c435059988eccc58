import { SCENARIOS, type ScenarioName } from 'holdfast/simulator';
import { holdfastOptions } from './holdfast-options.ts';
import { numberOf, parametersOf, type Settings } from './settings.ts';

/** A piece of code on the page. */
export interface PageSnippet {
  readonly title: string;
  readonly code: string;
}

/** How the scenario looks in a program: the names that it imports, and what follows the fetch. */
const PROGRAMS: Readonly<Record<ScenarioName, { imports: readonly string[]; rest: string }>> = {
  outage: {
    imports: ['CircuitOpenError', 'resilientFetch'],
    rest: `
try {
  const response = await fetch('https://api.example.com/things');
  console.log(response.status);
} catch (error) {
  if (!(error instanceof CircuitOpenError)) throw error;
  // Nothing was sent. The server is spared until it answers again.
  console.log(\`down, try again in \${error.retryAfterMs} ms\`);
}`,
  },
  'rate-limit': {
    imports: ['controlOf', 'resilientFetch'],
    rest: `
// A batch just works: calls wait in line, first come, first served.
const ids = Array.from({ length: 1_000 }, (_, index) => index);
const responses = await Promise.all(
  ids.map((id) => fetch(\`https://api.example.com/things/\${id}\`)),
);
console.log(responses.filter(({ ok }) => ok).length);

// The pace that was learned from the server's 429s.
console.log(controlOf(fetch).state('https://api.example.com').paces);`,
  },
  'slow-down': {
    imports: ['reportOf', 'resilientFetch'],
    rest: `
const response = await fetch('https://api.example.com/things', {
  // This caller can wait for so long, all attempts and waits included.
  holdfast: { totalTimeoutMs: 5_000 },
});
console.log(response.status, reportOf(response)?.attempts.length);`,
  },
  flaky: {
    imports: ['reportOf', 'resilientFetch'],
    rest: `
const response = await fetch('https://api.example.com/things');
for (const { number, durationMs, classification } of reportOf(response)?.attempts ?? []) {
  console.log(number, classification?.category, durationMs);
}`,
  },
  herd: {
    imports: ['resilientFetch'],
    rest: `
// What a process needs at its start. Repetitions are spread by jitter, and paid for by the budget.
const needed = ['users', 'orders', 'items', 'prices'];
const responses = await Promise.all(
  needed.map((name) => fetch(\`https://api.example.com/\${name}\`)),
);
console.log(responses.every(({ ok }) => ok));`,
  },
  'lasting-overload': {
    imports: ['resilientFetch'],
    rest: `
// Not everything can be answered. Say what matters: this may wait, and is the first to be refused.
const report = await fetch('https://api.example.com/reports', { priority: 'low' });
const checkout = await fetch('https://api.example.com/checkout', { priority: 'high' });
console.log(report.status, checkout.status);`,
  },
  'bad-endpoint': {
    imports: ['controlOf', 'resilientFetch'],
    rest: `
const response = await fetch('https://api.example.com/users');
console.log(response.status);

// The circuit of the host stays closed. The endpoint that fails has one of its own.
const { circuit, routes } = controlOf(fetch).state('https://api.example.com');
console.log(circuit?.state, routes);`,
  },
};

/** The code for a scenario: for a program, and for the same run in Node. */
export function snippetsOf(settings: Settings): readonly PageSnippet[] {
  return [
    { title: 'In your program', code: programText(settings) },
    { title: 'This run, in Node', code: runText(settings) },
  ];
}

function programText(settings: Settings): string {
  const { imports, rest } = PROGRAMS[settings.scenario];
  const options = literal(holdfastOptions(settings), 0);
  return `import { ${imports.join(', ')} } from 'holdfast';

// One for the whole program: its calls share circuit, limit and retry budget.
const fetch = resilientFetch(globalThis.fetch, ${options});
${rest}
`;
}

function runText(settings: Settings): string {
  const { scenario } = settings;
  const parameters = Object.entries(parametersOf(settings)).filter(
    ([name, value]) =>
      value !==
      (SCENARIOS[scenario].parameters as Record<string, { default: number }>)[name]?.default,
  );
  const changed =
    parameters.length === 0 ? '' : `\n  parameters: ${literal(Object.fromEntries(parameters), 1)},`;
  return `import { resilientFetch } from 'holdfast';
import { runScenario } from 'holdfast/simulator';

const { totals } = await runScenario({
  scenario: '${scenario}',${changed}
  seed: ${numberOf(settings, 'seed')},
  makeClient: ({ fetch, clock, random }) =>
    resilientFetch(fetch, ${literal(holdfastOptions(settings), 2, ['clock', 'random'])}),
});
console.log(totals.answeredShare, totals.requestsPerCall, totals.recoveryMs);
`;
}

/** An object as code. */
function literal(value: object, depth: number, more: readonly string[] = []): string {
  const indent = '  '.repeat(depth + 1);
  const lines = [
    ...Object.entries(value).map(
      ([name, inner]: [string, unknown]) => `${name}: ${literalOf(inner)}`,
    ),
    ...more,
  ];
  return `{\n${lines.map((line) => `${indent}${line},\n`).join('')}${'  '.repeat(depth)}}`;
}

function literalOf(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = Object.entries(value).map(([name, one]) => `${name}: ${literalOf(one)}`);
  return `{ ${inner.join(', ')} }`;
}

/** `1_000`, as TypeScript has it. */
const numberText = (value: number): string =>
  Number.isInteger(value) ? String(value).replaceAll(/\B(?=(\d{3})+$)/g, '_') : String(value);
