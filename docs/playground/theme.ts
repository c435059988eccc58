import { byId, setText } from './elements.ts';

type Theme = 'dark' | 'light';
const STORED = 'holdfast-playground-theme';

/** Dark or light: as the system says, until the button is pressed. */
export function setUpTheme(): void {
  const button = byId('theme', HTMLButtonElement);
  const system = matchMedia('(prefers-color-scheme: dark)');
  const show = (chosen: Theme | undefined): void => {
    if (chosen !== undefined) document.documentElement.dataset['theme'] = chosen;
    const isDark = (chosen ?? (system.matches ? 'dark' : 'light')) === 'dark';
    setText(button, isDark ? 'Light' : 'Dark');
    button.setAttribute('aria-label', `Use the ${isDark ? 'light' : 'dark'} theme`);
  };
  let chosen = stored();
  show(chosen);
  system.addEventListener('change', () => show(chosen));
  button.addEventListener('click', () => {
    const now = chosen ?? (system.matches ? 'dark' : 'light');
    chosen = now === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(STORED, chosen);
    } catch {
      // Storage may be turned off; the choice then holds for this visit.
    }
    show(chosen);
  });
}

function stored(): Theme | undefined {
  try {
    const value = localStorage.getItem(STORED);
    return value === 'dark' || value === 'light' ? value : undefined;
  } catch {
    return undefined;
  }
}
