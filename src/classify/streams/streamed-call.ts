import type { Context } from '../../core/context.ts';
import type { EventListener } from '../../core/events.ts';
import type { Layer } from '../../core/layers.ts';
import type { OutcomeReader } from '../../core/outcome-reader.ts';

/** The call that has got a stream, as far as its reading needs it. */
export interface StreamedCall {
  readonly context: Context;
  /** What the call runs through: the gates among them are told how the stream went. */
  readonly layers: readonly Layer[];
  /** Reads outcomes as the call itself does, and errors in a 2xx too: a stream begins with one. */
  readonly reader: OutcomeReader;
  readonly onEvent: EventListener | undefined;
}
