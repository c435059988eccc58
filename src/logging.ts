export type { EventLevel } from './adapters/event-level.ts';
export { levelOf } from './adapters/event-level.ts';
export { sentenceOf } from './adapters/event-sentence.ts';
export {
  logEvents,
  type LoggerLike,
  type LogEventsOptions,
  type LogStyle,
} from './adapters/logging/log-events.ts';
