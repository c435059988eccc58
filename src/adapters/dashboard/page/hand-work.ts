import type { KeySnapshot } from '../snapshot.ts';
import { element, setText } from './dom.ts';

interface Work {
  readonly action: 'resume' | 'open' | 'close';
  readonly words: string;
  /** Asked first, where it does harm. */
  readonly question?: (name: string) => string;
}

const WORKS: readonly Work[] = [
  { action: 'resume', words: 'Lift pauses and paces' },
  { action: 'close', words: 'Close the circuit' },
  {
    action: 'open',
    words: 'Force the circuit open',
    question: (name) =>
      `Open the circuit of ${name}? Every call is refused until somebody closes it.`,
  },
];

/** The buttons that work a key by hand. They are there only where the server allows it. */
export class HandWork {
  readonly element = element('form', { class: 'hand-work', hidden: '', 'aria-label': 'By hand' });
  readonly #token = element('input', { type: 'password', id: 'token', autocomplete: 'off' });
  readonly #result = element('p', { role: 'status', class: 'result' });
  #key: KeySnapshot | undefined;

  /** @param base - the address of the dashboard, with a slash at its end */
  constructor(base: string) {
    this.element.addEventListener('submit', (event) => event.preventDefault());
    const buttons = WORKS.map((work) => {
      const button = element('button', { type: 'button' }, work.words);
      button.addEventListener('click', () => void this.#do(base, work));
      return button;
    });
    this.element.append(
      element('h3', {}, 'By hand'),
      element('label', { for: 'token' }, 'Token'),
      this.#token,
      element('div', { class: 'buttons' }, ...buttons),
      this.#result,
    );
  }

  show(key: KeySnapshot, isEnabled: boolean): void {
    if (key.id !== this.#key?.id) setText(this.#result, '');
    this.#key = key;
    this.element.hidden = !isEnabled;
  }

  async #do(base: string, { action, words, question }: Work): Promise<void> {
    const key = this.#key;
    if (key === undefined) return;
    if (question !== undefined && !confirm(question(key.name))) return;
    const query = new URLSearchParams({ action, id: key.id });
    try {
      const response = await fetch(`${base}actions?${query.toString()}`, {
        method: 'POST',
        headers: { 'x-holdfast-token': this.#token.value },
      });
      setText(this.#result, response.ok ? `${words}: done.` : (await response.text()).trim());
    } catch {
      setText(this.#result, 'The server could not be reached.');
    }
  }
}
