import type { KeySnapshot } from '../snapshot.ts';
import { standingOf, type State } from '../standing.ts';
import { element } from './dom.ts';

const MOST_AT_ONCE = 3;

/** Tells a screen reader when a key stands otherwise than before, and of nothing else. */
export class Announcements {
  readonly element = element('div', { role: 'status', 'aria-live': 'polite', class: 'unseen' });
  readonly #states = new Map<string, State>();
  #isFirst = true;

  show(keys: readonly KeySnapshot[], now: number): void {
    const changes: string[] = [];
    for (const key of keys) {
      const { state, sentence } = standingOf(key, now);
      const before = this.#states.get(key.id);
      this.#states.set(key.id, state);
      const isQuiet = state === 'idle' || (state === 'answers' && before === 'idle');
      if (before !== state && !isQuiet) changes.push(`${key.name}: ${sentence}.`);
    }
    if (!this.#isFirst && changes.length > 0) this.#say(changes);
    this.#isFirst = false;
  }

  #say(changes: readonly string[]): void {
    const more = changes.length - MOST_AT_ONCE;
    const text = [...changes.slice(0, MOST_AT_ONCE), ...(more > 0 ? [`And ${more} more.`] : [])];
    this.element.replaceChildren(element('p', {}, text.join(' ')));
  }
}
