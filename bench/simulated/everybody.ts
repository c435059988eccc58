import { HOLDFAST, RULES, type Contender } from './contenders.ts';
import { PACKAGES } from './package-contenders.ts';

/** Everybody, for storms and overload. */
export const CONTENDERS: readonly Contender[] = [HOLDFAST, ...PACKAGES, ...RULES];
