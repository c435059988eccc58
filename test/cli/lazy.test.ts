import { expect, test } from '@jest/globals';
import { readSourceFiles } from '../architecture/source-imports.ts';

const byPath = new Map(readSourceFiles().map((file) => [file.path, file]));

/** Everything that is loaded with a file, without what is imported later. */
function loadedWith(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { path: target, kind } of byPath.get(path)?.imports ?? []) {
    if (kind === 'static' && target !== undefined) loadedWith(target, seen);
  }
  return seen;
}

test('the program loads none of the library before a command runs, so that --version is quick', () => {
  const loaded = [...loadedWith('src/cli.ts')];
  expect(loaded.length).toBeGreaterThan(10);
  expect(loaded.filter((path) => !path.startsWith('src/cli'))).toEqual([]);
});

test('no command loads the code of another one, but for the parts that are shared on purpose', () => {
  const folders = ['explain', 'doctor', 'simulate', 'demo'];
  const shared = /^src\/cli\/explain\/(curl-verbose|http-message|schedule|thrown-input)\.ts$/;
  const strangers = folders.flatMap((folder) =>
    [...loadedWith(`src/cli/${folder}/${folder}.ts`)].filter(
      (path) =>
        folders.some((other) => other !== folder && path.startsWith(`src/cli/${other}/`)) &&
        !shared.test(path),
    ),
  );
  expect(strangers).toEqual([]);
  const simulator = [...loadedWith('src/cli/doctor/doctor.ts')].filter((path) =>
    path.includes('/simulator/'),
  );
  expect(simulator).toEqual([]);
});
