import { isSameSecret, TOKEN_HEADER } from './access.ts';
import { jsonAnswer, refusalAnswer, type BoardAnswer } from './board-answer.ts';
import type { BoardModel } from './board-model.ts';
import type { BoardRequest } from './board-request.ts';

/** The actions by hand: lift the pauses of a key, open its circuit, close it. */
const ACTIONS = ['resume', 'open', 'close'] as const;

type Action = (typeof ACTIONS)[number];

/**
 * Does what a request asks for, if it brings the token. That it comes from the same origin has been
 * looked at before. It has no body, so that no framework takes it away first.
 */
export async function act(
  model: BoardModel,
  token: string,
  request: BoardRequest,
  action: string,
  id: string,
): Promise<BoardAnswer> {
  const given = request.headers.get(TOKEN_HEADER);
  if (given === null) return refusalAnswer(401, `The header ${TOKEN_HEADER} is missing.`);
  if (!(await isSameSecret(given, token))) return refusalAnswer(403, 'This is not the token.');
  if (!isAction(action)) return refusalAnswer(400, `An action is one of ${ACTIONS.join(', ')}.`);
  const shown = model.find(id);
  if (shown === undefined) return refusalAnswer(404, 'There is no such key.');
  shown.control[action](shown.key);
  return jsonAnswer(200, { done: action, key: shown.key });
}

const isAction = (action: string): action is Action => ACTIONS.includes(action as Action);
