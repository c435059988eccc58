import { describe, expect, test } from '@jest/globals';
import { withExtension } from '../../scripts/build/declarations.ts';

describe('the declarations of the build', () => {
  test('name relative files as the JavaScript beside them, in every place where a name can stand', () => {
    const declaration = [
      "import type { A } from './a.ts';",
      "import './side-effects.ts';",
      "export * from '../b.ts';",
      "type C = import('./c.ts').C;",
      "declare module './events.ts' { interface Events { d: 1 } }",
      'declare module "../core/events.ts" {}',
    ].join('\n');
    expect(withExtension(declaration, '.js')).toBe(declaration.replaceAll(/\.ts(?=['"])/g, '.js'));
    expect(withExtension(declaration, '.cjs')).toBe(
      declaration.replaceAll(/\.ts(?=['"])/g, '.cjs'),
    );
  });

  test('leave packages, Node and other text alone', () => {
    const declaration = [
      "import type { Result } from 'neverthrow';",
      "import type { Server } from 'node:http';",
      "declare module 'holdfast' {}",
      "export declare const file: './not-a-module.ts';",
    ].join('\n');
    expect(withExtension(declaration, '.cjs')).toBe(declaration);
  });
});
