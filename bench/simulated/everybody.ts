import {
  AT_ONCE,
  BREAKER_5,
  BROOKER,
  FETCH,
  GRPC,
  HOLDFAST,
  RULES,
  type Contender,
} from './contenders.ts';
import { COCKATIEL, PACKAGES } from './package-contenders.ts';

const EVERYBODY: readonly Contender[] = [HOLDFAST, ...PACKAGES, ...RULES];
const FEW: readonly Contender[] = [HOLDFAST, COCKATIEL, FETCH, AT_ONCE, GRPC, BROOKER, BREAKER_5];

/** Who takes part in storms and overload; in a quick run one or two of each kind. */
export const contendersFor = ({ quick }: { readonly quick: boolean }): readonly Contender[] =>
  quick ? FEW : EVERYBODY;
