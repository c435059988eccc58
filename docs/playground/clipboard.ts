import { setText } from './elements.ts';

const SHOWN_MS = 1_600;

/** Copies text, and says so on the button for a moment. */
export async function copyText(text: string, button: HTMLButtonElement): Promise<void> {
  const before = button.dataset['label'] ?? button.textContent;
  button.dataset['label'] = before;
  const copied = await copy(text);
  setText(button, copied ? 'Copied' : 'Not allowed');
  setTimeout(() => setText(button, before), SHOWN_MS);
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** For pages that are opened from a file, where browsers may keep the clipboard from them. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'unseen';
  document.body.append(area);
  area.select();
  // oxlint-disable-next-line typescript/no-deprecated -- there is no other way without the clipboard
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}
