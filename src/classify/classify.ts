import type { Classification } from '../core/classification.ts';
import type { Catalog, CodeOf } from './catalog/catalog.ts';
import { classifyFailure } from './response-failure.ts';
import type { ClassifyOptions, ResponseFailure } from './response-failure.ts';
import { read } from './untrusted.ts';
import { classifyThrown } from './thrown/thrown.ts';

/** An outcome to judge: a response's parts, or what was thrown instead of a response. */
export type Failure = ResponseFailure | { readonly error: unknown };

/** {@link ClassifyOptions} that remember which catalog was given. */
export interface ClassifyOptionsWith<Given> extends Omit<ClassifyOptions, 'catalog'> {
  readonly catalog?: Given | undefined;
}

/**
 * Says what a failure asks of its caller: try again, slow down, or fix the request.
 *
 * Pure and synchronous; never throws, whatever it is given. A status below 400 is a success
 * (redirects and 304 are the caller's business), unless a body is given with it that is
 * unmistakably an error: some APIs answer 200 to everything.
 *
 * With a catalog given, `errorCode` is typed by the codes that it knows.
 *
 * @example
 * classify({ status: 429, headers: { 'retry-after': '2' } });
 * // { category: 'throttle', retryAfterMs: 2000, unprocessed: true, decidedBy: 'status', … }
 */
export function classify<const Given extends Catalog | readonly Catalog[] | undefined = undefined>(
  failure: Failure,
  options: ClassifyOptionsWith<Given> = {},
): Classification<CodeOf<Given>> {
  const classification = isThrown(failure)
    ? classifyThrown(read(failure, 'error'), options)
    : classifyFailure(failure as ResponseFailure, options);
  // A wider type for editors only: CodeOf admits any text.
  return classification as Classification<CodeOf<Given>>;
}

function isThrown(failure: Failure): boolean {
  try {
    return 'error' in failure && !('status' in failure);
  } catch {
    // No object, or one that will not be asked: the parts of a response come out empty.
    return false;
  }
}
