type Listener = (event: FakeEvent) => void;

export interface FakeEvent {
  readonly target: FakeElement | undefined;
  readonly key?: string;
  readonly code?: string;
  preventDefault(): void;
  stopPropagation(): void;
}

/** As much of an element as the panels use: text, attributes, children and listeners; no layout. */
export class FakeElement {
  readonly tagName: string;
  readonly attributes = new Map<string, string>();
  readonly #listeners = new Map<string, Listener[]>();
  #nodes: (FakeElement | string)[] = [];
  parentElement: FakeElement | undefined;
  hidden = false;
  disabled = false;
  checked = false;
  value = '';
  readonly style: Record<string, unknown> = { setProperty: () => undefined };

  constructor(tag: string, private readonly page: FakeDocument) {
    this.tagName = tag.toUpperCase();
  }

  get children(): FakeElement[] {
    return this.#nodes.filter((node): node is FakeElement => typeof node !== 'string');
  }

  get childElementCount(): number {
    return this.children.length;
  }

  get textContent(): string {
    return this.#nodes.map((node) => (typeof node === 'string' ? node : node.textContent)).join('');
  }

  set textContent(text: string) {
    this.replaceChildren(text);
  }

  /** Drawings are put in as text; nobody looks inside. */
  set innerHTML(_: string) {
    this.#nodes = [];
  }

  readonly classList = {
    add: (name: string): void => this.setAttribute('class', `${this.attributes.get('class') ?? ''} ${name}`.trim()),
  };

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
    if (name === 'hidden') this.hidden = true;
    if (name === 'checked') this.checked = true;
    if (name === 'value') this.value = value;
  }

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  append(...nodes: (FakeElement | string)[]): void {
    for (const node of nodes) this.#put(node, this.#nodes.length);
  }

  replaceChildren(...nodes: (FakeElement | string)[]): void {
    for (const child of this.children) child.parentElement = undefined;
    this.#nodes = [];
    this.append(...nodes);
  }

  insertBefore(node: FakeElement, before: FakeElement | null): void {
    node.remove();
    this.#put(node, before ? this.#nodes.indexOf(before) : this.#nodes.length);
  }

  after(node: FakeElement): void {
    const siblings = this.parentElement!.children;
    this.parentElement!.insertBefore(node, siblings[siblings.indexOf(this) + 1] ?? null);
  }

  remove(): void {
    const parent = this.parentElement;
    if (parent) parent.#nodes = parent.#nodes.filter((node) => node !== this);
    this.parentElement = undefined;
  }

  contains(other: FakeElement | undefined): boolean {
    return this === other || this.children.some((child) => child.contains(other));
  }

  closest(selector: string): FakeElement | undefined {
    const tags = selector.toUpperCase().split(/,\s*/);
    return tags.includes(this.tagName) ? this : this.parentElement?.closest(selector);
  }

  addEventListener(name: string, listener: Listener): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
  }

  focus(): void {
    this.page.activeElement = this;
  }

  /** Bubbles as in a page. */
  say(name: string, event: Partial<FakeEvent> = {}): void {
    const whole: FakeEvent = {
      target: this, preventDefault: () => undefined, stopPropagation: () => undefined, ...event,
    };
    if (this.disabled) return;
    for (let at: FakeElement | undefined = this; at; at = at.parentElement) {
      for (const listener of at.#listeners.get(name) ?? []) listener(whole);
    }
  }

  /** Those that a reader would find: of this tag or class, and neither hidden nor inside something hidden. */
  find(what: string): FakeElement[] {
    return this.children.flatMap((child) => {
      if (child.hidden) return [];
      const isIt = what.startsWith('.')
        ? (child.attributes.get('class') ?? '').split(' ').includes(what.slice(1))
        : child.tagName === what.toUpperCase();
      return [...(isIt ? [child] : []), ...child.find(what)];
    });
  }

  button(text: string): FakeElement {
    const found = this.find('button').find((button) => button.textContent.includes(text));
    if (!found) throw new Error(`no button ${text} in: ${this.textContent}`);
    return found;
  }

  #put(node: FakeElement | string, at: number): void {
    if (typeof node !== 'string') {
      node.remove();
      node.parentElement = this;
    }
    this.#nodes.splice(at, 0, node);
  }
}

export class FakeDocument {
  activeElement: FakeElement | undefined;
  readonly #listeners = new Map<string, Set<Listener>>();

  createElement(tag: string): FakeElement {
    return new FakeElement(tag, this);
  }

  createElementNS(_: string, tag: string): FakeElement {
    return new FakeElement(tag, this);
  }

  addEventListener(name: string, listener: Listener): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }

  removeEventListener(name: string, listener: Listener): void {
    this.#listeners.get(name)?.delete(listener);
  }

  press(code: string, extra: Record<string, unknown> = {}): void {
    const event = {
      code, key: code, target: this.createElement('body'), preventDefault: () => undefined,
      stopPropagation: () => undefined, ...extra,
    };
    for (const listener of this.#listeners.get('keydown') ?? []) listener(event);
  }
}

/** The tests read the double; the panels believe it to be a page. */
export const seen = (element: unknown): FakeElement => element as FakeElement;
