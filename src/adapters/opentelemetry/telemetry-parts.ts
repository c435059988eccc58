import { trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { BoundedValues } from './bounded-values.ts';
import { RunningCalls } from './running-calls.ts';
import type { Bounds } from './event-metrics.ts';
import { OTHER, serverOfKey, type ServerAttributes } from './http-attributes.ts';
import { CurrentInstruments, SCOPE_NAME } from './instruments.ts';
import { StateReadings } from './state-readings.ts';
import type { TelemetrySettings } from './telemetry-options.ts';

/** The parts that spans and metrics of one telemetry share. */
export class TelemetryParts {
  readonly settings: TelemetrySettings;
  readonly calls = new RunningCalls();
  readonly bounds: Bounds;
  /** The routes that metrics tell apart. */
  readonly templates: BoundedValues;
  readonly readings: StateReadings;
  readonly instruments: CurrentInstruments;
  #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;

  constructor(settings: TelemetrySettings) {
    const { maxServers, maxValues, meterProvider } = settings;
    const serverOf = boundedServers(maxServers);
    this.settings = settings;
    this.bounds = {
      serverOf,
      errorTypes: new BoundedValues(maxValues),
      reasons: new BoundedValues(maxValues),
    };
    this.templates = new BoundedValues(maxValues);
    this.readings = new StateReadings(serverOf);
    this.instruments = new CurrentInstruments(meterProvider, this.readings);
  }

  /** The global provider may be registered later, so it is asked for at each use. */
  get tracer(): Tracer {
    const provider = this.settings.tracerProvider ?? trace.getTracerProvider();
    if (this.#tracer === undefined || provider !== this.#provider) {
      this.#provider = provider;
      this.#tracer = provider.getTracer(SCOPE_NAME);
    }
    return this.#tracer;
  }

  /** Whether requests to this origin carry the headers of the trace. */
  propagatesTo(origin: string): boolean {
    const page = globalThis.location?.origin;
    return this.settings.propagate ?? (page === undefined || page === origin);
  }
}

/** Reads each key once, and no more than so many. */
function boundedServers(most: number): (key: string) => ServerAttributes {
  const known = new Map<string, ServerAttributes>();
  return (key) => {
    const server = known.get(key);
    if (server !== undefined) return server;
    if (known.size >= most) return { 'server.address': OTHER };
    const read = serverOfKey(key);
    known.set(key, read);
    return read;
  };
}
