import { Attempt } from '../../core/attempt.ts';
import type { Context } from '../../core/context.ts';
import type { Lane } from './lane.ts';
import type { Line } from './line.ts';
import type { Token } from './pace.ts';

/** A token of the scope, and one of the route. */
export class RoutePass {
  readonly token: Token;
  readonly own: Lane;
  readonly ownToken: Token;

  constructor(token: Token, own: Lane, ownToken: Token) {
    this.token = token;
    this.own = own;
    this.ownToken = ownToken;
  }
}

/** Takes a token of the route's lane, and then one of its scope's. */
export function enterBoth(
  line: Line,
  own: Lane,
  lane: Lane,
  context: Context,
): RoutePass | Attempt | Promise<RoutePass | Attempt> {
  const withOwn = (ownToken: Token | Attempt) => {
    if (ownToken instanceof Attempt) return ownToken;
    const giveBack = () => own.bucket.giveBack(ownToken);
    const withBoth = (token: Token | Attempt) => {
      if (!(token instanceof Attempt)) return new RoutePass(token, own, ownToken);
      giveBack();
      return token;
    };
    const token = lane.tryTake(context) ?? line.wait(lane.bucket, context, giveBack);
    return token instanceof Promise ? token.then(withBoth) : withBoth(token);
  };
  const ownToken = own.tryTake(context) ?? line.wait(own.bucket, context);
  return ownToken instanceof Promise ? ownToken.then(withOwn) : withOwn(ownToken);
}
