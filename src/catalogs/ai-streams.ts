import { eventStreams } from '../classify/streams/event-streams.ts';

/** The times of the streams of AI providers; see `docs/streams.md`. */
export const AI_STREAM_DEFAULTS = Object.freeze({
  /** As long as an attempt may take until its headers are there. */
  firstByteTimeoutMs: 300_000,
  /** Providers send something every few seconds, if only to show that they live. */
  streamIdleTimeoutMs: 60_000,
});

/** How the streams of AI providers are read. */
export const aiStreams = eventStreams(AI_STREAM_DEFAULTS);

/** How Gemini's are: without `alt=sse` it streams an array. */
export const geminiStreams = eventStreams({
  ...AI_STREAM_DEFAULTS,
  jsonArrays: /:streamGenerateContent\b/,
});
