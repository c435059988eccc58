import type { EventListener } from '../core/events.ts';
import type { Policy } from '../core/policy.ts';
import type { ControlPart } from './control-part.ts';

/** How a fetch is wrapped. */
interface Wrapping {
  /** Its policies; it may have others for some keys. */
  readonly policies: readonly Policy[];
  /** Whom it tells events besides its policies. */
  readonly listeners: readonly EventListener[];
  /** How it is looked at besides its policies. */
  readonly controls: readonly ControlPart[];
}

const wrappings = new WeakMap<object, Wrapping>();

/** Remembers how a fetch is wrapped. */
export function rememberWrapping<F extends object>(wrapped: F, wrapping: Wrapping): F {
  wrappings.set(wrapped, wrapping);
  return wrapped;
}

/** How a fetch is wrapped; `undefined` for anything else. */
export const wrappingOf = (wrapped: object): Wrapping | undefined => wrappings.get(wrapped);
