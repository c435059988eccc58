import { escaped } from './elements.ts';

const TOKENS =
  /(?<comment>\/\/[^\n]*)|(?<string>'[^'\n]*'|`[^`]*`)|(?<number>\b\d[\d_.]*\b)|(?<keyword>\b(?:import|from|const|await|try|catch|throw|new|if|for|of|instanceof|async|return)\b)/g;

/** TypeScript as HTML, with a class for each kind of token. */
export function highlighted(code: string): string {
  let end = 0;
  let html = '';
  for (const match of code.matchAll(TOKENS)) {
    const [text] = match;
    const kind = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined)?.[0];
    html += `${escaped(code.slice(end, match.index))}<span class="token-${kind}">${escaped(text)}</span>`;
    end = match.index + text.length;
  }
  return html + escaped(code.slice(end));
}
