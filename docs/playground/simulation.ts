import { CONTENDER_IDS, type ContenderId } from './contenders.ts';
import { emptyRun, isOver, type ContenderRun, type RunState } from './run-state.ts';
import type { Settings } from './settings.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** The source of the worker, put in by the build. */
declare const WORKER_SOURCE: string;

/** Runs all contenders side by side, each in a worker of its own. */
export class Simulation {
  readonly #workers: Readonly<Record<ContenderId, Worker>>;
  readonly #onChange: (run: RunState) => void;
  #number = 0;
  #startedAt = 0;
  #run: RunState | undefined;

  constructor(onChange: (run: RunState) => void) {
    this.#onChange = onChange;
    const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
    const made = CONTENDER_IDS.map((id) => {
      const worker = new Worker(url);
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.#heard(data));
      worker.addEventListener('error', ({ message }) =>
        this.#heard({ type: 'failed', run: this.#number, contender: id, message }),
      );
      return [id, worker] as const;
    });
    this.#workers = Object.fromEntries(made) as Record<ContenderId, Worker>;
  }

  /** Starts a run; the one before ends. */
  start(settings: Settings): void {
    this.#number += 1;
    this.#startedAt = performance.now();
    this.#run = emptyRun(settings);
    for (const contender of CONTENDER_IDS) {
      const message: ToWorker = { run: this.#number, contender, settings };
      this.#workers[contender].postMessage(message, []);
    }
    this.#onChange(this.#run);
  }

  #heard(message: FromWorker): void {
    const { contender } = message;
    if (message.run !== this.#number || this.#run === undefined) return;
    const before = this.#run.contenders[contender];
    const contenders = { ...this.#run.contenders, [contender]: after(before, message) };
    const run: RunState = { ...this.#run, contenders };
    this.#run = isOver(run) ? { ...run, tookMs: performance.now() - this.#startedAt } : run;
    this.#onChange(this.#run);
  }
}

function after(before: ContenderRun, message: FromWorker): ContenderRun {
  switch (message.type) {
    case 'second':
      return { ...before, seconds: [...before.seconds, message.second] };
    case 'ended':
      return { ...before, totals: message.totals };
    case 'failed':
      return { ...before, failure: message.message };
  }
}
