import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { concurrencyLimit, controlOf, hedge, pipeline, tokenBucket } from '../../../src/index.ts';
import { measure } from '../../../src/adapters/opentelemetry/event-metrics.ts';
import { readTelemetryOptions } from '../../../src/adapters/opentelemetry/telemetry-options.ts';
import { TelemetryParts } from '../../../src/adapters/opentelemetry/telemetry-parts.ts';
import { openTelemetry, resilientFetch } from '../../../src/opentelemetry.ts';
import { redisTokenBucket } from '../../../src/redis.ts';
import { virtualClock } from '../../../src/testing.ts';
import { usageLimits } from '../../../src/usage.ts';
import { EVENTS } from '../events-of-each-type.ts';
import { FakeStore } from '../redis/fake-store.ts';

/** A series of a page of Prometheus: its name, and the names of its labels. */
interface Series {
  readonly name: string;
  readonly labels: readonly string[];
}

let exporter: PrometheusExporter;
let meterProvider: MeterProvider;
let page: string;
let series: readonly Series[];

beforeAll(async () => {
  const port = await freePort();
  exporter = new PrometheusExporter({ port, host: '127.0.0.1', preventServerStart: true });
  meterProvider = new MeterProvider({ readers: [exporter] });
  await exporter.startServer();
  await traffic(meterProvider);
  page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  series = seriesOf(page);
});
afterAll(() => meterProvider.shutdown());

/** All that holdfast measures, once. */
async function traffic(provider: MeterProvider): Promise<void> {
  const parts = new TelemetryParts(readTelemetryOptions({ meterProvider: provider }));
  for (const event of EVENTS) measure(event, parts.instruments.get(), parts.bounds);
  const inner = async () => {
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    return new Response();
  };
  const traced = resilientFetch(inner, {
    telemetry: { meterProvider: provider },
    concurrency: concurrencyLimit({ maxConcurrent: 10 }),
    hedge: hedge({ delayMs: 1000 }),
    rateLimit: { ratePerSecond: 10, burst: 1 },
  });
  const url = 'https://api.example.com/';
  await Promise.all([traced(url), traced(url)]);
  controlOf(traced).open('https://api.example.com');
  held.push(traced, await pacedPolicy(provider), await fleetPolicy(provider));
}

/** What is observed is not held, and must be there when the page is asked for. */
const held: object[] = [];

/** A policy that has learned a pace: some attempts go through, and some are throttled. */
async function pacedPolicy(provider: MeterProvider): Promise<object> {
  const clock = virtualClock();
  const policy = tokenBucket({ clock });
  openTelemetry({ meterProvider: provider }).observe(policy);
  const call = (work: () => Promise<void>) =>
    clock.run(policy.execute(work, { key: 'https://paced.example.com' }).catch(() => {}));
  for (let round = 0; round < 6; round += 1) {
    await call(() => Promise.resolve());
    void call(() => Promise.reject(Object.assign(new Error('no'), { status: 429 })));
    await clock.advance(100);
  }
  return policy;
}

/** A policy with limits in units, and one that is shared with other processes. */
async function fleetPolicy(provider: MeterProvider): Promise<object> {
  const clock = virtualClock();
  const client = new FakeStore(clock).send;
  const policy = pipeline(
    redisTokenBucket({ client, ratePerSecond: 100, clock }),
    usageLimits({ clock, limits: [{ per: 'minute', tokens: 1_000, cost: () => 100 }] }),
  );
  openTelemetry({ meterProvider: provider }).observe(policy);
  await clock.run(policy.execute(() => Promise.resolve(), { key: 'https://fleet.example.com' }));
  return policy;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

const seriesOf = (text: string): readonly Series[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !/^(#|target_info)/.test(line))
    .map((line) => {
      const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
      return { name, labels: [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label) };
    });

/** The expressions of the dashboard's panels and variables. */
function expressions(): readonly string[] {
  const path = new URL('../../../docs/grafana/holdfast.json', import.meta.url);
  const found: string[] = [];
  JSON.parse(readFileSync(path, 'utf8'), (name: string, value: unknown) => {
    if ((name === 'expr' || name === 'definition') && typeof value === 'string') found.push(value);
    return value;
  });
  return found;
}

/** What an expression asks for: how the series are called, and the labels that it names. */
function selectorsOf(expression: string): readonly { name: RegExp; labels: readonly string[] }[] {
  const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/,\s*/),
  );
  return [...expression.matchAll(/(\w*)\{([^}]*)\}/g)].map(([, plain = '', matchers = '']) => {
    const [, pattern = plain] = /__name__=~"([^"]*)"/.exec(matchers) ?? [];
    const matched = [...matchers.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label);
    return {
      name: new RegExp(`^${pattern}$`),
      labels: [...new Set([...matched, ...grouped])].filter((label) => label !== '__name__'),
    };
  });
}

describe('metrics as Prometheus scrapes them', () => {
  test('have the names that the documentation says', () => {
    const documented = readFileSync(new URL('../../../docs/telemetry.md', import.meta.url), 'utf8');
    const named = new Set(
      [...documented.matchAll(/^\| `((?:holdfast|http)\.[\w.]+)`/gm)].map(([, name = '']) => name),
    );
    const shown = new Set(
      [...page.matchAll(/^# TYPE (\w+) (\w+)/gm)].map(([, name = '', type]) =>
        type === 'counter' ? name.replace(/_total$/, '') : name,
      ),
    );
    shown.delete('target_info');
    expect([...shown].toSorted()).toEqual(
      [...named].map((name) => name.replaceAll('.', '_')).toSorted(),
    );
  });

  test('bear no label whose value could be anything', () => {
    expect(page).not.toMatch(/charges|:id|a-1/);
    const labels = new Set(series.flatMap((one) => one.labels));
    labels.delete('le');
    expect([...labels].toSorted()).toEqual([
      'error_type',
      'holdfast_category',
      'holdfast_circuit_from',
      'holdfast_circuit_state',
      'holdfast_circuit_to',
      'holdfast_fallback_from',
      'holdfast_outcome',
      'holdfast_policy',
      'holdfast_reason',
      'holdfast_usage_per',
      'holdfast_usage_unit',
      'http_request_method',
      'http_response_status_code',
      'otel_scope_name',
      'server_address',
      'server_port',
    ]);
  });
});

describe('the dashboard for Grafana', () => {
  test('asks for something in each panel', () => {
    expect(expressions().length).toBeGreaterThan(30);
    expect(expressions().filter((one) => selectorsOf(one).length === 0)).toEqual([]);
  });

  test('asks for names and labels that are there', () => {
    const missing = expressions().flatMap((expression) =>
      selectorsOf(expression)
        .filter(
          ({ name, labels }) =>
            !series.some(
              (one) => name.test(one.name) && labels.every((label) => one.labels.includes(label)),
            ),
        )
        .map(({ name, labels }) => `${name.source} with ${labels.join(', ')}`),
    );
    expect([...new Set(missing)]).toEqual([]);
  });

  test('shows every metric', () => {
    const all = expressions().flatMap(selectorsOf);
    const unseen = series
      .map(({ name }) => name.replace(/_(bucket|sum|count)$/, ''))
      .filter(
        (name) =>
          !['', '_bucket', '_sum', '_count'].some((end) =>
            all.some((selector) => selector.name.test(name + end)),
          ),
      );
    expect([...new Set(unseen)]).toEqual([]);
  });
});
