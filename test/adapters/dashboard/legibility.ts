/** A text on the page that is hard to read. */
export interface PaleText {
  readonly text: string;
  readonly contrast: number;
}

/**
 * Runs in the page: all texts whose contrast to what lies below them is less than WCAG 2.2 asks for
 * (§1.4.3: 4.5, or 3 for large ones).
 */
export function paleTexts(): readonly PaleText[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (canvas === null) throw new Error('the page cannot paint');
  const rgbaOf = (color: string): readonly number[] => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (rgb: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const groundOf = (start: Element): readonly number[] => {
    for (let at: Element | null = start; at !== null; at = at.parentElement) {
      const color = rgbaOf(getComputedStyle(at).backgroundColor);
      if ((color[3] ?? 0) > 250) return color;
    }
    return rgbaOf('Canvas');
  };
  const found: PaleText[] = [];
  for (const node of document.body.querySelectorAll('*')) {
    const text = [...node.childNodes]
      .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
      .map(({ textContent }) => textContent)
      .join('')
      .trim();
    const isSeen =
      node.getClientRects().length > 0 && node.closest('.unseen, svg, script') === null;
    if (text === '' || !isSeen) continue;
    const style = getComputedStyle(node);
    const [one, other] = [rgbaOf(style.color), groundOf(node)]
      .map((rgb) => luminance(rgb.slice(0, 3)))
      .toSorted((first, second) => second - first) as [number, number];
    const contrast = (one + 0.05) / (other + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5)) found.push({ text, contrast });
  }
  return found;
}

/** Runs in the page: whatever can be used and has no name, and whatever is too small to be hit. */
export function namelessOrSmall(): readonly string[] {
  return [...document.querySelectorAll('button, a, input')].flatMap((node) => {
    const { width, height } = node.getBoundingClientRect();
    if (width === 0) return [];
    const label = node.id === '' ? null : document.querySelector(`label[for="${node.id}"]`);
    const name = (node.textContent || node.getAttribute('aria-label') || label?.textContent) ?? '';
    const faults = [];
    if (name.trim() === '') faults.push(`without a name: ${node.outerHTML}`);
    // WCAG 2.2 §2.5.8 excepts what stands in a line of text; the whole row of a key can be hit.
    if (height < 16) faults.push(`too small: ${node.outerHTML}`);
    return faults;
  });
}
