import type { Desk, Panel } from '../desk';
import { h, setAttribute } from '../dom';
import { icon } from '../icons';

/** Opens the time bar; `T` does as well. */
export class TimeButton implements Panel {
  readonly element: HTMLButtonElement;
  readonly #desk: Desk;
  readonly #opened: () => void;

  constructor(desk: Desk, opened: () => void) {
    this.#desk = desk;
    this.#opened = opened;
    const label = desk.language.say('time.open');
    this.element = h('button', {
      type: 'button', class: 'icon-button time-button', title: label, 'aria-controls': 'time-bar', 'aria-keyshortcuts': 'T',
      onclick: () => this.#toggle(),
    }, icon('history'), h('span', { class: 'time-button-word' }, desk.language.say('time.title')));
    document.addEventListener('keydown', this.#pressed);
    this.refresh();
  }

  refresh(): void {
    setAttribute(this.element, 'aria-expanded', String(this.#desk.time.isOpen));
  }

  dispose(): void {
    document.removeEventListener('keydown', this.#pressed);
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    const isTyped = event.target instanceof HTMLElement && event.target.closest('input, select, textarea') !== null;
    if (event.code !== 'KeyT' || isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#toggle();
  };

  #toggle(): void {
    const { time } = this.#desk;
    time.open(!time.isOpen);
    if (time.isOpen) this.#opened();
    else this.element.focus();
  }
}
