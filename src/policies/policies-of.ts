import type { Policy } from '../core/policy.ts';

const policies = new WeakMap<object, readonly Policy[]>();

/** Remembers the policies of a wrapped fetch; it may have others for some keys. */
export function rememberPolicies<F extends object>(wrapped: F, all: readonly Policy[]): F {
  policies.set(wrapped, all);
  return wrapped;
}

/** The policies of a wrapped fetch; `undefined` for anything else. */
export const policiesOf = (wrapped: object): readonly Policy[] | undefined => policies.get(wrapped);
