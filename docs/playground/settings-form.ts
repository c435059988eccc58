import { SCENARIOS } from 'holdfast/simulator';
import { controlsOf, HOLDFAST_CONTROLS, SHARED_CONTROLS, type Control } from './controls.ts';
import { byId, escaped, setText } from './elements.ts';
import type { Settings, Value } from './settings.ts';
import { countText } from './words.ts';

/** The controls, in groups that say whom they are for. */
const groupsOf = ({ scenario }: Settings): readonly (readonly [string, readonly string[]])[] => [
  ['The scenario', [...Object.keys(SCENARIOS[scenario].parameters), 'seed']],
  ['All clients', Object.keys(SHARED_CONTROLS)],
  ['holdfast', Object.keys(HOLDFAST_CONTROLS)],
];

/** The form with a slider or a choice for each setting. */
export class SettingsForm {
  readonly #controls = byId('controls');
  #settings: Settings | undefined;

  constructor(onChange: (settings: Settings) => void) {
    byId('settings').addEventListener('submit', (event) => event.preventDefault());
    this.#controls.addEventListener('input', ({ target }) => {
      const { name, value } = target as HTMLInputElement;
      if (this.#settings === undefined) return;
      const isNumber = typeof this.#settings.values[name] === 'number';
      const given: Value = isNumber ? Number(value) : value;
      this.#settings = {
        ...this.#settings,
        values: { ...this.#settings.values, [name]: given },
      };
      this.#showValue(name);
      onChange(this.#settings);
    });
  }

  show(settings: Settings): void {
    const isSame = this.#settings?.scenario === settings.scenario;
    this.#settings = settings;
    const controls = controlsOf(settings.scenario);
    if (!isSame) {
      this.#controls.innerHTML = groupsOf(settings)
        .map(([title, names]) => {
          const fields = names.map((name) => fieldText(name, controls[name] as Control));
          return `<fieldset><legend>${escaped(title)}</legend>${fields.join('')}</fieldset>`;
        })
        .join('');
    }
    for (const [name, value] of Object.entries(settings.values)) {
      for (const input of this.#inputs(name)) {
        if (input.type === 'radio') input.checked = input.value === value;
        else input.value = String(value);
      }
      this.#showValue(name);
    }
  }

  #inputs(name: string): readonly HTMLInputElement[] {
    return [...this.#controls.querySelectorAll<HTMLInputElement>(`[name="${name}"]`)];
  }

  #showValue(name: string): void {
    if (this.#settings === undefined) return;
    const control = controlsOf(this.#settings.scenario)[name];
    const [input] = this.#inputs(name);
    if (control?.kind !== 'slider' || input === undefined) return;
    const text = valueText(control, Number(this.#settings.values[name]));
    input.setAttribute('aria-valuetext', text);
    const { min, max } = control;
    const share = (Number(this.#settings.values[name]) - min) / (max - min);
    input.style.setProperty('--share', String(share));
    setText(byId(`${name}-value`), text);
    input
      .closest('.field')
      ?.classList.toggle('is-changed', this.#settings.values[name] !== control.default);
  }
}

function valueText({ unit, zero }: Control & { kind: 'slider' }, value: number): string {
  if (value === 0 && zero !== undefined) return zero;
  return `${countText(value)}${unit === '' ? '' : unit.startsWith('/') ? unit : ` ${unit}`}`;
}

function fieldText(name: string, control: Control): string {
  const hint = control.hint;
  const hintText =
    hint === undefined ? '' : `<p class="hint" id="${name}-hint">${escaped(hint)}</p>`;
  const described = hint === undefined ? '' : ` aria-describedby="${name}-hint"`;
  if (control.kind === 'choice') {
    const options = Object.entries(control.choices).map(
      ([value, words]) =>
        `<label><input type="radio" name="${name}" value="${value}"${described}><span>${escaped(words)}</span></label>`,
    );
    return `<div class="field" role="radiogroup" aria-label="${escaped(control.label)}"><p class="field-label">${escaped(control.label)}</p><div class="segments">${options.join('')}</div>${hintText}</div>`;
  }
  const { label, min, max, step } = control;
  return `<div class="field"><label for="${name}" class="field-label">${escaped(label)}</label><output for="${name}" id="${name}-value"></output><input type="range" id="${name}" name="${name}" min="${min}" max="${max}" step="${step}"${described}>${hintText}</div>`;
}
