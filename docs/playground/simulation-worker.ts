// Runs one contender after another in a thread of its own, so that the page stays quick.
import { runScenario } from 'holdfast/simulator';
import { clientsOf } from './contenders.ts';
import { parametersOf, numberOf } from './settings.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

let current: AbortController | undefined;

const tell = (message: FromWorker): void => globalThis.postMessage(message, {});

async function run({ run: number, contender, settings }: ToWorker): Promise<void> {
  current?.abort();
  const controller = new AbortController();
  current = controller;
  try {
    const { totals } = await runScenario({
      scenario: settings.scenario,
      parameters: parametersOf(settings),
      seed: numberOf(settings, 'seed'),
      makeClient: clientsOf(contender, settings),
      signal: controller.signal,
      onSecond: (second) => tell({ type: 'second', run: number, contender, second }),
    });
    tell({ type: 'ended', run: number, contender, totals });
  } catch (error) {
    if (controller.signal.aborted) return;
    tell({ type: 'failed', run: number, contender, message: (error as Error).message });
  }
}

globalThis.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => void run(data));
