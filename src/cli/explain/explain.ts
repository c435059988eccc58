import type { ExitCode } from '../command.ts';
import type { World } from '../world.ts';
import { explainFailure } from './explain-failure.ts';
import { explanationText } from './explanation-text.ts';
import type { ExplainLine } from './options.ts';

/** Runs `holdfast explain`. */
export async function explain({ values, operands }: ExplainLine, world: World): Promise<ExitCode> {
  const path = operands[0] ?? (isPiped(world, values.status) ? '-' : undefined);
  const explanation = await explainFailure(values, {
    input: path === undefined ? undefined : await world.read(path),
    body: values.body === undefined ? undefined : await readBody(world, values.body),
    currentTime: world.currentTime(),
  });
  world.print(
    values.json
      ? `${JSON.stringify(explanation, presentAsNull, 2)}\n`
      : explanationText(explanation),
  );
  return 0;
}

// A program that reads the JSON finds every member, whatever came out.
const presentAsNull = (_name: string, value: unknown) => (value === undefined ? null : value);

// With a status given, standard input is read only if asked for: in a script it may never end.
function isPiped({ inputIsTerminal }: World, status: number | undefined): boolean {
  return !inputIsTerminal && status === undefined;
}

async function readBody(world: World, body: string): Promise<Uint8Array> {
  return body.startsWith('@') ? world.read(body.slice(1)) : new TextEncoder().encode(body);
}
