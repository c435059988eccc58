import { parseSync } from '@swc/core';

const PURE = '/* @__PURE__ */ ';

/** Nodes whose making runs no code, whatever stands in them. */
const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionExpression']);

/** Nodes that may run code: a function, a getter, an iterator, a conversion to text. */
const MAY_RUN_CODE = new Set([
  'CallExpression',
  'NewExpression',
  'MemberExpression',
  'OptionalChainingExpression',
  'SpreadElement',
  'TaggedTemplateExpression',
  'TemplateLiteral',
  'ClassExpression',
]);

interface Expression {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
}

/**
 * Marks the constants of a module as pure: `const a = freeze({})` becomes
 * `const a = /* @__PURE__ *\/ freeze({})`, and a constant that takes more than one call
 * becomes `/* @__PURE__ *\/ (() => (…))()`.
 *
 * Importing holdfast does nothing, so a bundler may drop each constant that nobody uses. Our
 * bundled files need the mark for it: `"sideEffects": false` speaks of whole files.
 */
export function markPureConstants(source: string): string {
  const [hashbang = ''] = /^#!.*/.exec(source) ?? [];
  // The parser counts on from the file before it, so a first statement of ours shows the start.
  const { body } = parseSync(`0;${source.slice(hashbang.length)}`, {
    syntax: 'typescript',
    target: 'es2022',
  });
  const start = (body[0]?.span.start ?? 0) + '0;'.length;
  // The parser counts bytes.
  const bytes = Buffer.from(source.slice(hashbang.length));
  let marked = hashbang;
  let copied = 0;
  const copyTo = (offset: number): void => {
    marked += bytes.toString('utf8', copied, offset);
    copied = offset;
  };
  for (const statement of body) {
    const declared = statement.type === 'ExportDeclaration' ? statement.declaration : statement;
    if (declared.type !== 'VariableDeclaration') continue;
    for (const { init } of declared.declarations) {
      if (!init || !mayRunCode(init)) continue;
      const { span } = init as Expression;
      const bare = isBareCall(init);
      copyTo(span.start - start);
      marked += bare ? PURE : `${PURE}(() => (`;
      copyTo(span.end - start);
      if (!bare) marked += '))()';
    }
  }
  copyTo(bytes.length);
  return marked;
}

function mayRunCode(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => mayRunCode(item));
  if (typeof value !== 'object' || value === null) return false;
  const { type } = value as Partial<Expression>;
  if (type !== undefined && FUNCTIONS.has(type)) return false;
  if (type !== undefined && MAY_RUN_CODE.has(type)) return true;
  return Object.values(value).some((item) => mayRunCode(item));
}

/** Whether the call is the only code that runs: `Object.freeze({})`, `new Map()`, `check('text')`. */
function isBareCall(init: unknown): boolean {
  const { type, callee, arguments: given } = init as Record<string, unknown>;
  if (type !== 'CallExpression' && type !== 'NewExpression') return false;
  const { type: calleeType, object } = callee as { type: string; object?: Expression };
  const named =
    calleeType === 'Identifier' ||
    (calleeType === 'MemberExpression' && object?.type === 'Identifier');
  return named && !mayRunCode(given);
}
