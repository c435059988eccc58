import { describe, expect, test } from '@jest/globals';
import { buildSync, transformSync } from 'esbuild';
import { markPureConstants } from '../../scripts/build/pure-constants.ts';

/** What a bundler keeps of a module whose only used name is `used`. */
function keptOf(source: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents: "export { used } from 'source'", loader: 'js' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    logLevel: 'silent',
    alias: { source: `data:text/javascript,${encodeURIComponent(source)}` },
  });
  return outputFiles[0]!.text.trim();
}

const bundled = (source: string) => transformSync(source, { loader: 'ts' }).code;

describe('the marks of pure constants', () => {
  test.each([
    ['a call', 'const unused = Object.freeze({ text: "gone" });'],
    ['a call of its own function', 'const made = (a) => [a, "gone"]; const unused = made(1);'],
    ['calls in calls', 'const unused = new Set(["gone"].flatMap((word) => word.split(" ")));'],
    ['a spread', 'const some = { text: "gone" }; const unused = Object.freeze({ ...some });'],
    ['a property', 'const unused = globalThis.navigator?.userAgent === "gone";'],
    ['a text with values', 'const unused = `${globalThis.name} gone`;'],
    ['a type beside it', 'const unused: readonly string[] = "gone".split(" ") as string[];'],
    ['an export', 'export const unused = "gone".split(" "), second = "gone".split(" ");'],
    ['letters of many bytes before it', 'const _ = "→ „ö“ 😀"; const unused = "gone".split(" ");'],
  ])('let a bundler drop an unused constant made by %s', (_what, source) => {
    const whole = `${source}\nexport const used = 1;`;
    expect(keptOf(bundled(whole))).toContain('gone');
    expect(keptOf(bundled(markPureConstants(whole)))).not.toContain('gone');
  });

  test('change no value', () => {
    const source = [
      'const base = { a: 1, "ö": [2] };',
      'const merged = Object.freeze({ ...base, b: `${base.a}→` });',
      'const maker = (times) => [...Array(times).keys()];',
      'export const all = [merged, maker(2), new Map([[1, maker(1)]]), typeof maker];',
    ].join('\n');
    const evaluated = (code: string): unknown => {
      const module = { exports: {} as { all?: unknown } };
      const { code: script } = transformSync(code, { format: 'cjs' });
      // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- text of this test
      new Function('module', 'exports', script)(module, module.exports);
      return module.exports.all;
    };
    expect(evaluated(markPureConstants(source))).toEqual(evaluated(source));
  });

  test('leave statements, functions and plain values as they are', () => {
    const source = [
      '#!/usr/bin/env node',
      "import { a } from './a.ts';",
      'const plain = { text: "x", list: [1, -2], run: () => a(), also: function () { a(); } };',
      'export class Counter { readonly #count = new Map(); next() { return this.#count.get(1); } }',
      'a(plain);',
      'export function later() { const inner = a(); return inner; }',
    ].join('\n');
    expect(markPureConstants(source)).toBe(source);
  });

  test('go before the statement that follows a hashbang line', () => {
    expect(markPureConstants('#!/usr/bin/env node\nconst a = new Map();\n')).toBe(
      '#!/usr/bin/env node\nconst a = /* @__PURE__ */ new Map();\n',
    );
  });
});
