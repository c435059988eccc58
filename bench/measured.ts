import { spreadOf, spreadOfRatios, type Spread } from './spread.ts';

/** What one case cost in every round, in order. Every section has figures of its own. */
export interface Measured<Figure extends string = string> {
  readonly name: string;
  readonly costs: readonly Readonly<Record<Figure, number>>[];
}

/** The case of this name; `undefined` where `--case` left it out. */
export const caseOf = <Figure extends string>(
  results: readonly Measured<Figure>[],
  name: string,
): Measured<Figure> | undefined => results.find((candidate) => candidate.name === name);

/** One figure over the rounds. */
export const figureOf = <Figure extends string>(
  { costs }: Measured<Figure>,
  figure: Figure,
): Spread => spreadOf(costs.map((cost) => cost[figure]));

/** One figure divided by the same figure of another case, within each round. */
export const ratioOf = <Figure extends string>(
  ours: Measured<Figure>,
  theirs: Measured<Figure>,
  figure: Figure,
): Spread =>
  spreadOfRatios(
    ours.costs.map((cost) => cost[figure]),
    theirs.costs.map((cost) => cost[figure]),
  );

/** What one case costs more than another, within each round. */
export const differenceOf = <Figure extends string>(
  ours: Measured<Figure>,
  theirs: Measured<Figure>,
  figure: Figure,
): Spread =>
  spreadOf(ours.costs.map((cost, round) => cost[figure] - (theirs.costs[round]?.[figure] ?? NaN)));
