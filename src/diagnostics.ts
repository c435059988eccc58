export { ALL_EVENTS, publishEvents } from './adapters/diagnostics-channel.ts';
