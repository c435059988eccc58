import { context, type Attributes } from '@opentelemetry/api';
import { attributesOfAttempt } from './call-under-way.ts';

/**
 * What an instrumentation of fetch or undici does not know of a request: `http.request.resend_count`
 * where it is a repetition. To be called from a hook of the instrumentation that makes its span.
 *
 * @example
 * new UndiciInstrumentation({ startSpanHook: attemptAttributes });
 */
export const attemptAttributes = (): Attributes => attributesOfAttempt(context.active());
