import type { Classification } from '../../core/classification.ts';
import type { ResilienceEvent } from '../../core/events.ts';

/** A flat record: what every logger and every store of logs can search. */
export type EventFields = Readonly<Record<string, string | number | boolean>>;

/**
 * Fields that are no plain value, and `message`, which is a text of somebody else's: loggers would
 * put it beside ours.
 */
const LEFT_OUT = new Set(['type', 'classification', 'causedBy', 'message']);

/** The fields of an event, flat; without what is not known. */
export function fieldsOf(event: ResilienceEvent): EventFields {
  const fields: Record<string, string | number | boolean> = { event: event.type };
  const { classification, causedBy } = event as {
    readonly classification?: Classification;
    readonly causedBy?: Classification;
  };
  for (const [name, value] of Object.entries(event)) {
    if (LEFT_OUT.has(name)) continue;
    if (['string', 'number', 'boolean'].includes(typeof value)) {
      fields[name] = value as string | number | boolean;
    }
  }
  const reading = classification ?? causedBy;
  if (reading !== undefined) Object.assign(fields, defined(reading));
  return fields;
}

/** How an outcome is classified, without the server's prose. */
const defined = ({ category, errorCode, status, rule }: Classification): object => ({
  category,
  ...(errorCode !== undefined && { errorCode }),
  ...(status !== undefined && { status }),
  rule,
});

/** Fields that the sentence does not say already. */
const IN_TEXT = ['callId', 'category'] as const;

/** One line for a person: the sentence, and what leads to the other lines of its call. */
export function textOf(sentence: string, event: ResilienceEvent): string {
  const fields = fieldsOf(event);
  const pairs = IN_TEXT.flatMap((name) => (name in fields ? [`${name}=${fields[name]}`] : []));
  return [sentence, ...pairs].join(' ');
}
