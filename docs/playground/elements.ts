/**
 * The element of the page with this id.
 *
 * @throws an error where it is not there, or of another kind: the page is broken then
 */
export function byId(id: string): HTMLElement;
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E;
export function byId(id: string, kind: new () => HTMLElement = HTMLElement): HTMLElement {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no such element: #${id}.`);
  return element;
}

/** Text as it stands in HTML. */
export const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** Sets text only where it changes, so that nothing is announced or selected anew. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A rem, in pixels: charts are drawn in pixels, so that their lines are crisp. */
export const remInPixels = (): number =>
  parseFloat(getComputedStyle(document.documentElement).fontSize);
