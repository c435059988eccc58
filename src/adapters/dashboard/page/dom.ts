/** The attributes of an element; `undefined` leaves one out. */
export type Attributes = Readonly<Record<string, string | undefined>>;

type Child = Node | string | undefined;

/** Makes an element. Text becomes text and never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  setAttributes(made, attributes);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** Makes an element of SVG. */
export function shape(
  name: string,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  setAttributes(made, attributes);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) node.removeAttribute(name);
    else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
}

/** Writes a text, if it is another one: what has not changed is not read out again. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Keeps a number and its unit on one line. */
export const unbroken = (text: string): string =>
  text.replaceAll(/(\d) (?=(?:ms|s|min|h|%)(?![a-z]))/g, '$1\u00A0');

/** A part of the page that is made anew only when what it shows has changed. */
export class Part<Host extends Element = HTMLElement> {
  readonly element: Host;
  #shown: string | undefined;

  constructor(host: Host) {
    this.element = host;
  }

  show(content: unknown, build: () => readonly Node[]): void {
    const described = JSON.stringify(content);
    if (described === this.#shown) return;
    this.#shown = described;
    this.element.replaceChildren(...build());
  }
}

/** A row of a table. */
export type Cells = readonly (string | Node)[];

/**
 * A table with a caption. On a small screen its rows become cards, each cell under its heading. The
 * roles are written out, since another `display` would take them away.
 */
export function table(caption: string, headings: readonly string[], rows: readonly Cells[]): Node {
  return element(
    'table',
    { role: 'table', class: 'cards' },
    element('caption', {}, caption),
    element(
      'thead',
      { role: 'rowgroup' },
      element(
        'tr',
        { role: 'row' },
        ...headings.map((heading) =>
          element('th', { role: 'columnheader', scope: 'col' }, heading),
        ),
      ),
    ),
    element(
      'tbody',
      { role: 'rowgroup' },
      ...rows.map((cells) =>
        element(
          'tr',
          { role: 'row' },
          ...cells.map((cell, index) =>
            element('td', { role: 'cell', 'data-heading': headings[index] }, cell),
          ),
        ),
      ),
    ),
  );
}
