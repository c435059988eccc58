import { plotText } from '../../bench/simulated/plot.ts';
import { clientsOf, CONTENDER_IDS, CONTENDERS } from '../../docs/playground/contenders.ts';
import { defaultsOf, numberOf, parametersOf } from '../../docs/playground/settings.ts';
import { runScenario, SCENARIOS, type ScenarioName } from 'holdfast/simulator';

/** The scenarios whose goodput the documentation shows. */
const PLOTTED: readonly ScenarioName[] = ['outage', 'lasting-overload'];

/** What one value of a plot is the mean of. */
const STEP_SECONDS = 2;

/** The plots of the documentation, as SVG by file name: the playground's own runs, with its defaults. */
export async function scenarioPlots(): Promise<Readonly<Record<string, string>>> {
  const plots: Record<string, string> = {};
  for (const name of PLOTTED) plots[`scenario-${name}.svg`] = await plotOf(name);
  return plots;
}

async function plotOf(name: ScenarioName): Promise<string> {
  const settings = defaultsOf(name);
  const runs = [];
  for (const id of CONTENDER_IDS) {
    const { seconds, trouble } = await runScenario({
      scenario: name,
      parameters: parametersOf(settings),
      seed: numberOf(settings, 'seed'),
      makeClient: clientsOf(id, settings),
    });
    const isMain = id === 'holdfast';
    runs.push({ name: CONTENDERS[id].name, values: means(seconds), isMain, trouble });
  }
  const [{ trouble } = { trouble: undefined }] = runs;
  const length = numberOf(settings, 'seconds');
  return plotText({
    title: `${SCENARIOS[name].title}: answers a second`,
    across: 'seconds',
    up: 'answers/s',
    from: 0,
    step: STEP_SECONDS,
    series: runs,
    ...(trouble !== undefined && {
      marked: {
        from: trouble.fromMs / 1_000,
        until: Math.min(trouble.untilMs / 1_000, length - STEP_SECONDS),
        name: trouble.name,
      },
    }),
  });
}

function means(seconds: readonly { readonly ok: number }[]): readonly number[] {
  const steps = Math.floor(seconds.length / STEP_SECONDS);
  return Array.from({ length: steps }, (_, step) => {
    const own = seconds.slice(STEP_SECONDS * step, STEP_SECONDS * (step + 1));
    return own.reduce((sum, { ok }) => sum + ok, 0) / STEP_SECONDS;
  });
}
