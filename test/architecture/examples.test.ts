import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';

/** A name that an entry point exports as a value, and the file that the entry names for it. */
interface ExportedName {
  readonly name: string;
  readonly file: string;
}

const read = (file: string): string => readFileSync(file, 'utf8');

function valuesOf(entry: string): readonly ExportedName[] {
  const lists = read(entry).matchAll(/export \{([^}]*)\} from '([^']+)'/g);
  return Array.from(lists).flatMap(([, names = '', from = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => ({
        name: name.split(' as ')[0] ?? name,
        file: normalize(join(dirname(entry), from)),
      })),
  );
}

/** The docstring of a function or a class; `undefined` for any other value, which explains itself. */
function docstringOf({ name, file }: ExportedName): string | undefined {
  const text = read(file);
  const declared = new RegExp(`^export (?:async )?(function\\*?|const|class) ${name}\\b`, 'm').exec(
    text,
  );
  if (declared === null) {
    const from = new RegExp(`export \\{[^}]*\\b${name}\\b[^}]*\\} from '([^']+)'`).exec(text)?.[1];
    if (from === undefined) return undefined;
    return docstringOf({ name, file: normalize(join(dirname(file), from)) });
  }
  const value = text.slice(declared.index).split('\n\n')[0] ?? '';
  if (declared[1] === 'const' && !/^[^=]*=\s*(?:async\s*)?[(<]/.test(value)) return undefined;
  const before = text.slice(0, declared.index);
  return before.trimEnd().endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : '';
}

const entries = readdirSync('src').filter((name) => name.endsWith('.ts') && name !== 'cli.ts');

test.each(entries)('every function and class of %s has an example in its docstring', (entry) => {
  const without = valuesOf(join('src', entry)).filter(
    (exported) => docstringOf(exported)?.includes('@example') === false,
  );
  expect(without).toEqual([]);
});
