import type { State } from '../standing.ts';
import { element, shape } from './dom.ts';

/** How urgent a state is: it gives the colour, which is never the only sign. */
export const TONES: Readonly<Record<State, 'bad' | 'warn' | 'good' | 'calm'>> = {
  open: 'bad',
  paused: 'bad',
  failing: 'bad',
  recovering: 'warn',
  throttled: 'warn',
  'partly open': 'warn',
  waiting: 'warn',
  answers: 'good',
  idle: 'calm',
};

/** A shape for each state, in a square of 16. */
const SHAPES: Readonly<Record<State, string>> = {
  // A stop sign.
  open: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z',
  // Two bars.
  paused: 'M3 2h4v12H3zM9 2h4v12H9z',
  // A cross.
  failing:
    'M3.5 1 8 5.500 12.500 1 15 3.500 10.500 8 15 12.500 12.500 15 8 10.500 3.500 15 1 12.500 5.500 8 1 3.500z',
  // A half circle.
  recovering: 'M8 1a7 7 0 0 1 0 14zM8 1a7 7 0 0 0 0 14v-1.500a5.500 5.500 0 0 1 0-11z',
  // A triangle that points down.
  throttled: 'M1 2h14L8 15z',
  // A square with a part missing.
  'partly open': 'M1 1h14v14H9V7H1z',
  // An hourglass.
  waiting: 'M2 1h12L9 8l5 7H2l5-7z',
  // A check mark.
  answers: 'M1 8.500 3.200 6.300 6.200 9.300 12.800 2.700 15 4.900 6.200 13.700z',
  // A dash.
  idle: 'M2 6.500h12v3H2z',
};

/** The word and the shape of a state. */
export const stateMark = (state: State): Node =>
  element(
    'span',
    { class: `mark ${TONES[state]}` },
    shape(
      'svg',
      { viewBox: '0 0 16 16', 'aria-hidden': 'true' },
      shape('path', { d: SHAPES[state] }),
    ),
    state,
  );
