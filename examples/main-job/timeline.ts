import type { Observation } from './situation.ts';

/** How long one column of a picture is, in milliseconds. */
export const CELL_MS = 100;

const LEVELS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** The requests that reached the server, one column for each tenth of a second. */
export function requestStrip(
  requestsSeen: Observation['requests'],
  from: number,
  to: number,
): string {
  const cells = Array.from({ length: Math.max(1, Math.ceil((to - from) / CELL_MS)) }, () => 0);
  for (const { at } of requestsSeen) {
    const cell = Math.floor((at - from) / CELL_MS);
    if (cell >= 0 && cell < cells.length) cells[cell]! += 1;
  }
  const most = Math.max(1, ...cells);
  return cells.map((amount) => LEVELS[Math.ceil((amount / most) * 8)]).join('');
}

/** The states of the circuit on the same scale: `·` closed, `O` open, `?` half-open. */
export function circuitStrip({ events }: Observation, from: number, to: number): string {
  const changes = events.flatMap(({ at, event }) =>
    event.type === 'circuit-changed' ? [{ at, to: event.to }] : [],
  );
  const marks = { closed: '·', open: 'O', 'half-open': '?' } as const;
  let line = '';
  for (let at = from; at < to; at += CELL_MS) {
    const within = changes.filter((change) => change.at >= at && change.at < at + CELL_MS);
    const before = changes.findLast((change) => change.at < at)?.to ?? 'closed';
    const probed = within.some((change) => change.to === 'half-open');
    line += probed ? '?' : marks[within.at(-1)?.to ?? before];
  }
  return line;
}
