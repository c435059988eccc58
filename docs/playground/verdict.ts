import type { ScenarioTotals } from 'holdfast/simulator';
import { CONTENDER_IDS, CONTENDERS, type ContenderId } from './contenders.ts';
import type { RunState } from './run-state.ts';
import { countText, percentText, secondsText } from './words.ts';

/** Differences below this are no differences. */
const NOTABLE = 0.01;

/** A contender and its numbers. */
interface Result {
  readonly id: ContenderId;
  readonly name: string;
  readonly totals: ScenarioTotals;
}

/** How a contender stands after the trouble, or in one that lasts. */
export function outcomeText({ recoveryMs, answeredShareAtEnd }: ScenarioTotals): string {
  if (recoveryMs === undefined) {
    return `${percentText(answeredShareAtEnd)} in the last ten seconds`;
  }
  if (recoveryMs === Infinity) {
    return answeredShareAtEnd < 0.5 ? 'still down at the end' : 'not back to normal at the end';
  }
  if (recoveryMs === 0) return 'recovers as the trouble ends';
  return `recovers ${secondsText(recoveryMs)} after the trouble`;
}

/** One contender in a sentence. */
export const contenderText = (name: string, totals: ScenarioTotals): string =>
  `${name}: ${percentText(totals.answeredShare)} of ${totals.hopeless > 0 ? 'the other calls' : 'calls'} succeed, ${countText(totals.requestsPerCall)} requests a call, ${outcomeText(totals)}.`;

/** How the outcome looks: a mark that goes with its words. */
export const outcomeMark = ({ recoveryMs }: ScenarioTotals): 'good' | 'bad' | 'lasting' => {
  if (recoveryMs === undefined) return 'lasting';
  return recoveryMs === Infinity ? 'bad' : 'good';
};

/** holdfast and naive retry in two sentences. */
export const verdictOf = ({ contenders }: RunState): string =>
  (['holdfast', 'naive'] as const)
    .flatMap((id) => {
      const { totals } = contenders[id];
      return totals === undefined ? [] : contenderText(CONTENDERS[id].name, totals);
    })
    .join(' ');

/** Who does best, in a sentence or two: computed, and not always in favour of holdfast. */
export function headlineOf({ contenders }: RunState): string {
  const results = CONTENDER_IDS.flatMap((id): readonly Result[] => {
    const { totals } = contenders[id];
    return totals === undefined ? [] : [{ id, name: CONTENDERS[id].name, totals }];
  });
  const own = results.find(({ id }) => id === 'holdfast');
  if (own === undefined) return 'holdfast does not start with these settings.';
  if (results.length < 2) return contenderText(own.name, own.totals);
  const [best = own] = results.toSorted((a, b) => share(b) - share(a));
  const [next = own] = results
    .filter(({ id }) => id !== 'holdfast')
    .toSorted((a, b) => share(b) - share(a));
  const alike = results.filter((result) => share(best) - share(result) < NOTABLE);
  if (!alike.includes(own)) {
    return `${best.name} answers most calls here: ${percentText(share(best))}, and holdfast ${percentText(share(own))}.`;
  }
  if (alike.length > 1) {
    const [fewest = own] = alike.toSorted((a, b) => requests(a) - requests(b));
    const names = alike.map(({ name }, index) => (index === 0 ? name : lower(name)));
    const together =
      alike.length === results.length
        ? 'All four answer'
        : `${names.slice(0, -1).join(', ')} and ${names.at(-1)} answer`;
    const behind = results
      .filter((result) => !alike.includes(result))
      .map((result) => `; ${lower(result.name)} ${percentText(share(result))}`);
    return `${together} about as many calls, ${percentText(share(best))}${behind.join('')}. ${fewest.name} sends the fewest requests, ${countText(requests(fewest))} a call.`;
  }
  const times = share(own) / share(next);
  const more =
    times >= 1.5
      ? `${countText(Number(times.toFixed(1)))} times as many calls as ${lower(next.name)}, the next best`
      : `${percentText(share(own))} of calls; ${lower(next.name)}, the next best, ${percentText(share(next))}`;
  return `holdfast answers ${more}.`;
}

const share = ({ totals }: Result): number => totals.answeredShare;
const requests = ({ totals }: Result): number => totals.requestsPerCall;
const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
