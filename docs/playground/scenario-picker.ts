import { SCENARIOS, type ScenarioName } from 'holdfast/simulator';
import { byId, escaped, setText } from './elements.ts';

/** The choice of the scenario: radio buttons, so that arrow keys go from one to the next. */
export class ScenarioPicker {
  readonly #list = byId('scenarios');

  constructor(onPick: (scenario: ScenarioName) => void) {
    this.#list.innerHTML = Object.values(SCENARIOS)
      .map(
        ({ name, title }) =>
          `<label class="pill"><input type="radio" name="scenario" value="${name}"><span>${escaped(title)}</span></label>`,
      )
      .join('');
    this.#list.addEventListener('change', ({ target }) =>
      onPick((target as HTMLInputElement).value as ScenarioName),
    );
  }

  show(scenario: ScenarioName): void {
    const radio = this.#list.querySelector<HTMLInputElement>(`[value="${scenario}"]`);
    if (radio !== null) radio.checked = true;
    const { title, story } = SCENARIOS[scenario];
    setText(byId('scenario-title'), title);
    setText(byId('story'), story);
  }
}
