import { judge, type AnswerSettings, type Judgement } from './answer-to.ts';
import { isClientThere, type ResponseLike } from './response-end.ts';

/** What to do about an error, seeing how far the response has come. */
export type Reaction =
  | Judgement
  /** It was to be answered, but an answer has begun. */
  | { readonly kind: 'too-late' };

/** What to do about an error: as it is judged, unless nobody is there any more or an answer has begun. */
export function reactionTo(
  error: unknown,
  response: ResponseLike & { readonly headersSent: boolean },
  settings: AnswerSettings,
): Reaction {
  const judgement = judge(error, settings);
  if (judgement.kind === 'pass') return judgement;
  if (!isClientThere(response)) return { kind: 'silence' };
  // The program itself aborted; its client still waits.
  if (judgement.kind === 'silence') return { kind: 'pass' };
  return response.headersSent ? { kind: 'too-late' } : judgement;
}
