import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { controlsOf } from '../../docs/playground/controls.ts';
import { defaultsOf, type Settings, type Value } from '../../docs/playground/settings.ts';
import { snippetsOf } from '../../docs/playground/snippets.ts';
import { SCENARIOS, type ScenarioName } from '../../src/simulator.ts';

const ROOT = process.cwd();
mkdirSync(join(ROOT, '.cache'), { recursive: true });
// Inside the repository, so that packages and `tsconfig.json` are found as from the source.
const folder = mkdtempSync(join(ROOT, '.cache', 'playground-snippets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The defaults of a scenario, and every control at its last value. */
function settingsOf(scenario: ScenarioName): readonly Settings[] {
  const last = Object.entries(controlsOf(scenario)).map(([name, control]): [string, Value] => [
    name,
    control.kind === 'choice' ? (Object.keys(control.choices).at(-1) ?? '') : control.max,
  ]);
  return [defaultsOf(scenario), { scenario, values: Object.fromEntries(last) }];
}

test('the code of every scenario type-checks, with any settings', () => {
  const names = Object.keys(SCENARIOS) as ScenarioName[];
  const files = names.flatMap((scenario) =>
    settingsOf(scenario).flatMap((settings, variant) =>
      snippetsOf(settings).map(({ code }, index) => {
        const file = `${scenario}-${variant}-${index}.ts`;
        writeFileSync(join(folder, file), code);
        return file;
      }),
    ),
  );
  expect(files).toHaveLength(4 * names.length);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', files, include: [] }),
  );
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '-p', folder],
    { cwd: folder, encoding: 'utf8', timeout: 90_000 },
  );
  expect(`${stdout}${stderr}`).toBe('');
}, 100_000);
