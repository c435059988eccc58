import { copyText } from './clipboard.ts';
import { byId, escaped } from './elements.ts';
import { highlighted } from './highlighting.ts';
import type { Settings } from './settings.ts';
import { snippetsOf } from './snippets.ts';

/** The code for the scenario, with the options that are chosen. */
export class CodeSection {
  readonly #list = byId('snippets');
  readonly #code: string[] = [];

  constructor() {
    this.#list.addEventListener('click', ({ target }) => {
      const button = (target as Element).closest<HTMLButtonElement>('button[data-snippet]');
      const code = this.#code[Number(button?.dataset['snippet'])];
      if (button !== null && code !== undefined) void copyText(code, button);
    });
  }

  show(settings: Settings): void {
    const snippets = snippetsOf(settings);
    const isFirst = this.#code.length === 0;
    if (isFirst) {
      this.#list.innerHTML = snippets
        .map(
          ({ title }, index) =>
            `<div class="snippet"><div class="snippet-head"><h3>${escaped(title)}</h3><button type="button" data-snippet="${index}" aria-label="Copy code: ${escaped(title)}">Copy</button></div><pre tabindex="0" role="region" aria-label="${escaped(title)}"><code id="code-${index}"></code></pre></div>`,
        )
        .join('');
    }
    for (const [index, { code }] of snippets.entries()) {
      if (this.#code[index] === code) continue;
      this.#code[index] = code;
      byId(`code-${index}`).innerHTML = highlighted(code);
    }
  }
}
