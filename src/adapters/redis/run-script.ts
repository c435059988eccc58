import type { SendCommand } from './redis-client.ts';
import { scriptName } from './script-name.ts';
import { storeErrorKindOf } from './store-errors.ts';

/**
 * Runs a script in the store by its name, or by its text where the server does not know it.
 *
 * @param forgotten - called with the server's error before the text is sent
 */
export async function runScript(
  send: SendCommand,
  script: string,
  key: string,
  words: readonly string[],
  forgotten: (error: unknown) => void,
): Promise<unknown> {
  try {
    return await send(['EVALSHA', await scriptName(script), '1', key, ...words]);
  } catch (error) {
    if (storeErrorKindOf(error) !== 'script-missing') throw error;
    forgotten(error);
    return await send(['EVAL', script, '1', key, ...words]);
  }
}
