import { eventStreams } from '../classify/streams/event-streams.ts';

/** The times of the streams of AI providers; see `docs/streams.md`. */
export const AI_STREAM_DEFAULTS = Object.freeze({
  /** As long as an attempt may take until its headers are there. */
  firstByteTimeoutMs: 300_000,
  /** Providers send something every few seconds, if only to show that they live. */
  streamIdleTimeoutMs: 60_000,
});

/**
 * The events that say that a model has begun, and nothing of what it says: Anthropic's messages, and
 * OpenAI's responses. An overload is often told only after them. Gateways speak these protocols too.
 */
const PREAMBLE = ['message_start', 'response.created', 'response.queued', 'response.in_progress'];

/** How the streams of AI providers are read. */
export const aiStreams = eventStreams({
  ...AI_STREAM_DEFAULTS,
  preamble: PREAMBLE,
  // Responses repeat the instructions and tools of the request in each event of their preamble.
  maxHoldBytes: 65_536,
});

/** How Gemini's are: without `alt=sse` it streams an array. */
export const geminiStreams = eventStreams({
  ...AI_STREAM_DEFAULTS,
  jsonArrays: /:streamGenerateContent\b/,
});
