import { describe, expect, test } from '@jest/globals';
import { SCENARIOS } from 'holdfast/simulator';
import { SCENARIO_NAMES } from '../../../src/cli/simulate/options.ts';
import { run, runForJson } from '../run.ts';

/** As short as scenarios may be, with one process. */
const SHORT = ['seconds=40', 'callsPerSecond=4', 'processes=1'].flatMap((one) => ['--set', one]);

interface Simulated {
  readonly scenario: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly policy: Readonly<Record<string, unknown>>;
  readonly clients: readonly {
    readonly name: string;
    readonly totals: { readonly calls: number; readonly retries: number };
    readonly seconds: readonly { readonly circuits: unknown }[];
  }[];
}

const simulated = async (...args: Parameters<typeof runForJson>) =>
  (await runForJson(['simulate', ...args[0]], args[1])) as Simulated;

test('the scenarios are those of holdfast/simulator', () => {
  expect([...SCENARIO_NAMES]).toEqual(Object.keys(SCENARIOS));
});

describe('holdfast simulate', () => {
  test('runs holdfast and another client in the same world, the same each time', async () => {
    const one = await simulated(['flaky', ...SHORT]);
    expect(one).toMatchObject({ scenario: 'flaky', seed: 1, parameters: { seconds: 40 } });
    expect(one.clients.map(({ name }) => name)).toEqual(['holdfast', 'retries with backoff']);
    expect(one.clients[0]?.totals.calls).toBe(one.clients[1]?.totals.calls);
    expect(one.clients[0]?.seconds).toHaveLength(40);
    expect(await simulated(['flaky', ...SHORT])).toEqual(one);
    const other = await simulated(['flaky', ...SHORT, '--seed', '2']);
    expect(other.clients[0]?.seconds).not.toEqual(one.clients[0]?.seconds);
  });

  test('takes the policy from flags', async () => {
    const flags = ['--max-retries', '0', '--attempt-timeout', '700', '--circuit-breaker', 'off'];
    const { policy, clients } = await simulated([
      'flaky',
      ...SHORT,
      ...flags,
      '--rate-per-second',
      '50',
      '--against',
      'none',
    ]);
    expect(policy).toEqual({
      attemptTimeoutMs: 700,
      retry: { maxRetries: 0 },
      rateLimit: { ratePerSecond: 50 },
      circuitBreaker: false,
    });
    expect(clients).toHaveLength(1);
    expect(clients[0]?.totals.retries).toBe(0);
    expect(clients[0]?.seconds[0]?.circuits).toBeNull();
  });

  test('takes scenario and policy from a file, and flags go before it', async () => {
    const policy = {
      retry: { maxRetries: 1, baseDelayMs: 50 },
      circuitBreaker: { mode: 'classic' },
    };
    const files = {
      'policy.json': JSON.stringify({
        scenario: 'herd',
        parameters: { seconds: 40, callsPerSecond: 5, processes: 3 },
        seed: 4,
        against: 'no-retries',
        policy,
      }),
    };
    const fromFile = await simulated(['--file', 'policy.json'], { files });
    expect(fromFile).toMatchObject({
      scenario: 'herd',
      seed: 4,
      policy,
      parameters: { processes: 3 },
    });
    expect(fromFile.clients[1]?.name).toBe('no retries');
    const flags = [
      '--set',
      'processes=2',
      '--max-retries',
      '2',
      '--seed',
      '5',
      '--against',
      'none',
    ];
    expect(await simulated(['flaky', '--file', 'policy.json', ...flags], { files })).toMatchObject({
      scenario: 'flaky',
      seed: 5,
      parameters: { processes: 2, seconds: 40 },
      policy: { retry: { maxRetries: 2, baseDelayMs: 50 } },
    });
  });

  test.each([40, 80, 200])('plots into %d columns', async (columns) => {
    const { code, printed } = await run(['simulate', 'outage', ...SHORT], {
      terminal: { columns },
    });
    expect(code).toBe(0);
    const lines = printed.trimEnd().split('\n');
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    for (const label of ['calls', 'requests', 'circuits', 'trouble']) {
      expect(lines.some((line) => line.trimStart().startsWith(label))).toBe(true);
    }
    // The outage is seen: calls fail or are refused, and circuits open.
    expect(printed).toMatch(/▒|░/);
    expect(lines.find((line) => line.includes('circuits'))).toMatch(/·+O+/);
    // The last column stays free: some terminals break the line there.
    const circuits = lines.find((line) => line.includes('circuits'));
    expect(circuits?.length).toBe(columns - 1);
  });

  test('has colours where the terminal has them, and says the same without', async () => {
    const plain = await run(['simulate', 'flaky', ...SHORT]);
    expect(plain.printed).not.toContain('\u001b');
    const coloured = await run(['simulate', 'flaky', ...SHORT], { terminal: { hasColours: true } });
    // oxlint-disable-next-line no-control-regex -- colours are what is looked for
    expect(coloured.printed.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.printed);
  });

  test('draws a picture, well-formed and with words for those who do not see it', async () => {
    const args = ['simulate', 'bad-endpoint', ...SHORT, '--svg', 'out.svg', '--against', 'classic'];
    const { written } = await run(args);
    const svg = written['out.svg'] ?? '';
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 900 \d+"/);
    expect(svg).toContain('<title>Bad endpoint</title>');
    expect(svg).toMatch(/<desc>.*holdfast: [\d.]+ % answered/);
    expect(svg).toContain('retries and a classic breaker');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    // Every element that is opened is closed.
    const open: string[] = [];
    for (const [, slash, name, alone] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (alone !== '/') open.push(name ?? '');
    }
    expect(open).toEqual([]);
  });

  test.each<[readonly string[], string | undefined, string]>([
    [['outrage'], undefined, 'scenario: expected one of outage, rate-limit'],
    [['flaky', '--set', 'seconds'], undefined, '--set: expected "name=number"'],
    [['flaky', '--set', 'seconds=1'], undefined, '--set seconds must be a number from 40 to 180'],
    [['flaky', '--set', 'colour=1'], undefined, '--set colour must be left out'],
    [['flaky', '--seed', 'x'], undefined, '--seed: expected a whole number ≥ 0, got "x"'],
    [['flaky', '--rate-per-second', '0'], undefined, '--rate-per-second: expected a number > 0'],
    [['flaky', '--against', 'me'], undefined, '--against: expected one of retries, no-retries'],
    [['--file', 'policy.json'], '{', '--file: expected JSON, got'],
    [['--file', 'policy.json'], '[]', '--file: expected an object of JSON'],
    [
      ['--file', 'policy.json'],
      '{"retry":{}}',
      '--file: expected the members scenario, parameters',
    ],
    [['--file', 'policy.json'], '{"seed":"a"}', '--file: seed: expected a number, got "a"'],
    [['--file', 'policy.json'], '{"scenario":"x"}', '--file: scenario: expected one of outage'],
    [
      ['flaky', '--file', 'policy.json'],
      '{"policy":{"retry":{"maxRetries":-1}}}',
      'policy: retry.maxRetries must be',
    ],
  ])('%j with the file %j exits with 2 and says why', async (args, file, message) => {
    const files = file === undefined ? {} : { 'policy.json': file };
    const { code, printed, complained } = await run(['simulate', ...args], { files });
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(complained).toContain(message);
  });

  test('with a file that is not there exits with 1', async () => {
    expect(await run(['simulate', '--file', 'absent.json'])).toMatchObject({ code: 1 });
  });
});
