import type { Desk, Panel } from '../desk';
import { h, setAttribute } from '../dom';
import { icon } from '../icons';

/** Opens the orders; `C` does as well. */
export class CommandButton implements Panel {
  readonly element: HTMLButtonElement;
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
    const label = desk.language.say('commands.open');
    this.element = h('button', {
      type: 'button', class: 'icon-button command-button', title: label, 'aria-label': label,
      'aria-controls': 'command-desk', 'aria-keyshortcuts': 'C', onclick: () => this.#toggle(),
    }, icon('command'));
    this.element.hidden = desk.viewState.view.wall;
    document.addEventListener('keydown', this.#pressed);
    this.refresh();
  }

  refresh(): void {
    setAttribute(this.element, 'aria-expanded', String(this.#desk.commands.isOpen));
  }

  dispose(): void {
    document.removeEventListener('keydown', this.#pressed);
  }

  // The key by its place: on a Russian or Kazakh layout it writes another letter.
  readonly #pressed = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.code !== 'KeyC' || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || this.#desk.viewState.view.wall) return;
    event.preventDefault();
    this.#toggle();
  };

  #toggle(): void {
    const { commands, viewState } = this.#desk;
    const { twin } = viewState.view;
    // What is selected is what is meant, where nobody has begun an order for something else.
    const target = !commands.isOpen && twin && !commands.target.value ? { kind: 'twin' as const, value: twin } : undefined;
    commands.open(!commands.isOpen, target);
    if (!commands.isOpen) this.element.focus();
  }
}
