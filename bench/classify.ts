// `npm run bench:classify`: how often the classifier is right on documented errors, provider by
// provider, next to what other clients decide from the status; and what a classification costs.
import { pathToFileURL } from 'node:url';
import * as catalogs from '../src/catalogs.ts';
import type { Catalog } from '../src/classify/catalog/catalog.ts';
import { classify } from '../src/classify/classify.ts';
import { classifyResponse } from '../src/classify/response.ts';
import { judgeRow, readRows, shareOf } from '../test/classify/labelled-rows.ts';
import type { LabelledRow, RowResult } from '../test/classify/labelled-rows.ts';
import { judgeHostileRow, readHostileRows } from '../test/classify/hostile-rows.ts';
import type { Harm, HostileResult } from '../test/classify/hostile-rows.ts';
import { PEERS, peerIsRight } from './classify-peers.ts';
import { digits, tableOf } from './table.ts';

const DATA = pathToFileURL(`${process.cwd()}/test/data/`);

/** Which catalog speaks for which provider of the rows. */
const CATALOGS: Readonly<Record<string, Catalog>> = {
  anthropic: catalogs.anthropic,
  aws: catalogs.aws,
  azure: catalogs.azure,
  'azure-openai': catalogs.azure,
  cohere: catalogs.cohere,
  github: catalogs.github,
  'github-graphql': catalogs.githubGraphql,
  'github-models': catalogs.github,
  'github-oauth': catalogs.github,
  'google-bigquery': catalogs.google,
  'google-cloud-storage': catalogs.google,
  'google-drive': catalogs.google,
  'google-gemini': catalogs.google,
  'google-rpc': catalogs.google,
  'google-youtube': catalogs.google,
  groq: catalogs.groq,
  huggingface: catalogs.huggingface,
  mistral: catalogs.mistral,
  ondemand: catalogs.ondemand,
  openai: catalogs.openai,
  openrouter: catalogs.openrouter,
  stripe: catalogs.stripe,
};

const percent = (share: number) => (share * 100).toFixed(share === 1 ? 0 : 1);
const shareWhere = (rows: readonly LabelledRow[], right: (row: LabelledRow) => boolean) =>
  percent(rows.filter(right).length / rows.length);

function accuracyRow(title: string, rows: readonly LabelledRow[]): string[] {
  const results = rows.map((row) => judgeRow(row));
  const known = rows.map((row) => judgeRow(row, CATALOGS[row.provider]));
  const share = (part: 'category' | 'code' | 'message' | 'wait') => percent(shareOf(results, part));
  return [
    title,
    String(rows.length),
    share('category'),
    rows.some((row) => CATALOGS[row.provider]) ? percent(shareOf(known, 'category')) : '-',
    share('code'),
    share('message'),
    share('wait'),
    String(results.filter((result) => result.invented).length),
    ...PEERS.map((peer) => shareWhere(rows, (row) => peerIsRight(peer, row))),
  ];
}

const ACCURACY = ['category', 'with catalog', 'code', 'message', 'wait', 'invented'];
const HEADER = ['% right', 'rows', ...ACCURACY, ...PEERS.map((peer) => peer.name)];

function printAccuracy(title: string, file: string, perProvider: boolean): void {
  const rows = readRows(file, DATA);
  const providers = [...new Set(rows.map((row) => row.provider))].toSorted();
  const lines = perProvider
    ? providers.map((name) =>
        accuracyRow(
          name,
          rows.filter((row) => row.provider === name),
        ),
      )
    : [];
  lines.push(accuracyRow(`all ${providers.length} providers`, rows));
  console.log(`\n## ${title}\n\n${tableOf(HEADER, lines)}`);
  const wrong = rows.map((row) => judgeRow(row)).filter((result) => !result.category);
  for (const { row, classification } of wrong) {
    console.log(
      `- ${row.id}: ${classification.category} instead of ${row.expected} (${classification.rule})`,
    );
  }
}

/** What the rows forbid that happens all the same, by the reason for which each is hostile. */
function printHostile(): void {
  const results = readHostileRows(DATA).map((row) => judgeHostileRow(row));
  const having = (some: readonly HostileResult[], harm: Harm) =>
    String(some.filter(({ harms }) => harms.includes(harm)).length);
  const lineOf = (title: string, some: readonly HostileResult[]) => [
    title,
    String(some.length),
    having(some, 'pause-others'),
    having(some, 'repeat-post'),
    having(some, 'retry'),
    having(some, 'stop'),
    ...PEERS.map((peer) =>
      String(
        some.filter(({ row }) => {
          const headers = new Headers(row.headers);
          const again = peer.retries(row.status, (name) => headers.get(name));
          return row.mustNot.includes(again ? 'retry' : 'stop');
        }).length,
      ),
    ),
  ];
  const kindOf = ({ row }: HostileResult) => row.reason.split(/[:;]/)[0] as string;
  const kinds = [...new Set(results.map(kindOf))];
  const lines = kinds
    .map((kind) => results.filter((result) => kindOf(result) === kind))
    .filter((some) => some.length > 1)
    .map((some) => lineOf(kindOf(some[0] as HostileResult), some));
  const columns = ['paused others', 'repeated a POST', 'repeated a GET', 'given up'];
  console.log('\n## Hostile 4xx texts: how often what must not happen happens\n');
  console.log(
    tableOf(
      ['the text', 'rows', ...columns, ...PEERS.map(({ name }) => name)],
      [...lines, lineOf('all', results)],
    ),
  );
  for (const { row, classification, harms } of results.filter((one) => one.harms.length > 0)) {
    console.log(
      `- ${row.id}: ${classification.category}, ${harms.join()} (${classification.rule})`,
    );
  }
}

/** Microseconds a call, each round over all inputs: at the median, and undisturbed. */
function microsecondsOf<Input>(
  inputs: readonly Input[],
  work: (input: Input) => unknown,
): { readonly median: number; readonly least: number } {
  const samples: number[] = [];
  let kept: unknown;
  for (let round = 0; round < 300; round += 1) {
    const started = performance.now();
    for (const input of inputs) kept = work(input);
    if (round >= 100) samples.push(((performance.now() - started) * 1_000) / inputs.length);
  }
  if (kept === samples) throw new Error('unreachable: keeps the work alive');
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1] ?? Number.NaN, least: sorted[0] ?? Number.NaN };
}

function printCost(): void {
  const now = Date.UTC(2026, 0, 15, 12);
  const rows = readRows('api-errors.jsonl', DATA).filter((row) => row.status >= 400);
  const encoder = new TextEncoder();
  const texts = rows.map(({ status, headers, body }) => ({
    status,
    headers: new Headers(headers),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }));
  const bytes = texts.map((failure) => ({ ...failure, body: encoder.encode(failure.body) }));
  const [first] = texts;
  const success = { status: 200, headers: new Headers() };
  const bare = texts.map(({ status, headers }) => ({ status, headers }));
  const time = (title: string, inputs: readonly Parameters<typeof classify>[0][]) => {
    const { median, least } = microsecondsOf(inputs, (failure) => classify(failure, { now }));
    return [title, digits(median), digits(least)];
  };
  console.log('\n## Cost of classify\n');
  console.log(
    tableOf(
      ['a call', 'µs, median', 'undisturbed'],
      [
        time(
          'a success',
          Array.from({ length: 300 }, () => success),
        ),
        time('an error without a body', bare),
        time(`a documented error (mean of ${texts.length}), body as text`, texts),
        time(`a documented error (mean of ${texts.length}), body as bytes`, bytes),
        time(
          'one of them',
          Array.from({ length: 300 }, () => first ?? success),
        ),
      ],
    ),
  );
}

async function printSuccessCost(): Promise<void> {
  const response = new Response('{}');
  const inputs = Array.from({ length: 1_000 }, () => response);
  const cost = microsecondsOf(inputs, (one) => classifyResponse(one));
  console.log(
    `\nclassifyResponse of a success: ${digits(cost.median)} µs, no clone, no copy, body unread:`,
  );
  console.log(`bodyUsed ${response.bodyUsed}, then reads ${JSON.stringify(await response.text())}`);
}

/** How the time grows with the body: the last column stays level while it is linear. */
function printGrowth(): void {
  const shapes: Readonly<Record<string, (size: number) => string>> = {
    'JSON, a long message': (size) =>
      JSON.stringify({ message: 'please wait again in '.repeat(size / 21) }),
    'JSON, many keys': (size) =>
      `{${Array.from({ length: size / 12 }, (_, at) => `"key${at}":1`).join(',')}}`,
    'JSON, deep': (size) => `${'{"error":'.repeat(size / 10)}1${'}'.repeat(size / 10)}`,
    'JSON, cut off': (size) => `{"code":"x","trace":"${'\\n at file:1'.repeat(size / 12)}`,
    'XML, long names': (size) => `<r>${`<${'a'.repeat(64)}b`.repeat(size / 66)}`,
    'XML, many tags': (size) => `<r>${'<a b="c">d</a>'.repeat(size / 14)}</r>`,
    HTML: (size) => `<html><title>x</title>${'<p>text</p>'.repeat(size / 11)}</html>`,
    'server-sent events': (size) => 'data: {"id":1}\n\n'.repeat(size / 16),
    text: (size) => 'rate limit exceeded, '.repeat(size / 21),
  };
  const sizes = [1, 4, 16, 64, 256].map((kib) => kib * 1_024);
  const lines = Object.entries(shapes).map(([title, make]) => {
    const costs = sizes.map((size) => {
      const failure = { status: 429, body: make(size) };
      return digits(microsecondsOf([failure, failure, failure], (one) => classify(one)).least);
    });
    return [title].concat(costs);
  });
  console.log('\n## Growth with the body (µs a call, undisturbed; 64 KiB are read, and no more)\n');
  console.log(tableOf(['body', ...sizes.map((size) => `${size / 1_024} KiB`)], lines));
}

function summaryOf(results: readonly RowResult[]): string {
  return (['category', 'code', 'message', 'wait'] as const)
    .map((part) => `${part} ${percent(shareOf(results, part))} %`)
    .join(', ');
}

printAccuracy('The errors that the rules were made from', 'api-errors.jsonl', true);
printAccuracy('The errors of other providers', 'more-api-errors.jsonl', false);
printHostile();
printCost();
await printSuccessCost();
printGrowth();
console.log(
  `\nzero configuration: ${summaryOf(readRows('api-errors.jsonl', DATA).map((row) => judgeRow(row)))}`,
);
