import { readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';

/** A test that always runs, as its file spells it. */
export interface TitledTest {
  /** Its own title. What `.each` or a template fills in stands as it is written. */
  readonly title: string;
  /** The titles of the blocks around it, the outermost first. */
  readonly blocks: readonly string[];
}

type SyntaxNode = Readonly<Record<string, unknown>>;

/** The tests of a file, in order, without those that are skipped. */
export function testsIn(path: string): readonly TitledTest[] {
  const { body } = parseSync(readFileSync(path, 'utf8'), { syntax: 'typescript' });
  return testsBelow(body, []);
}

/** A title may be given alone, or after those of the blocks around it, as Jest prints it. */
export function isTitled({ blocks, title }: TitledTest, text: string): boolean {
  const titles = [...blocks, title];
  return titles.some((_title, from) => titles.slice(from).join(' ') === text);
}

function testsBelow(value: unknown, blocks: readonly string[]): readonly TitledTest[] {
  if (Array.isArray(value)) return value.flatMap((item) => testsBelow(item, blocks));
  if (typeof value !== 'object' || value === null) return [];
  const node = value as SyntaxNode;
  const titled = node['type'] === 'CallExpression' ? readCall(node) : undefined;
  if (titled === undefined) {
    return Object.values(node).flatMap((item) => testsBelow(item, blocks));
  }
  if (titled.isSkipped) return [];
  return titled.isBlock
    ? testsBelow(titled.body, [...blocks, titled.title])
    : [{ title: titled.title, blocks }];
}

/** What a call of `test`, `it` or `describe` says, their variants included. */
function readCall(node: SyntaxNode) {
  const [first, body] = node['arguments'] as readonly { readonly expression: SyntaxNode }[];
  const [name, ...variants] = calledNames(node['callee'] as SyntaxNode);
  if (name === undefined || !['test', 'it', 'describe'].includes(name)) return undefined;
  const title = textOf(first?.expression);
  if (title === undefined || body === undefined) return undefined;
  const isSkipped = variants.includes('skip') || variants.includes('todo');
  return { title, isBlock: name === 'describe', isSkipped, body: body.expression };
}

/** `test.concurrent.each(table)` is called by the names `test`, `concurrent` and `each`. */
function calledNames(callee: SyntaxNode): readonly string[] {
  switch (callee['type']) {
    case 'Identifier':
      return [String(callee['value'])];
    case 'MemberExpression': {
      const property = callee['property'] as SyntaxNode;
      return [...calledNames(callee['object'] as SyntaxNode), String(property['value'])];
    }
    case 'CallExpression':
      return calledNames(callee['callee'] as SyntaxNode);
    default:
      return [];
  }
}

function textOf(node: SyntaxNode | undefined): string | undefined {
  if (node?.['type'] === 'StringLiteral') return String(node['value']);
  if (node?.['type'] !== 'TemplateLiteral') return undefined;
  return (node['quasis'] as readonly SyntaxNode[]).map(({ raw }) => String(raw)).join('${…}');
}
