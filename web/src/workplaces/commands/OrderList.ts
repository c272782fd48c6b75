import { commandStates, type CommandOrder } from '../../twins/commands';
import type { Desk } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { payloadText } from './payloadText';

interface Row {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly state: HTMLElement;
  readonly bar: HTMLElement;
  readonly progress: HTMLElement;
  readonly by: HTMLElement;
  shown: string;
}

/** Orders, newest first; each with its bar of states. A row lives as long as its order is shown, so focus stays. */
export class OrderList {
  readonly element = h('ul', { class: 'order-list' });
  readonly #desk: Desk;
  readonly #rows = new Map<string, Row>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  update(orders: readonly CommandOrder[]): void {
    const shown = new Set(orders.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (shown.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    let before: ChildNode | null = null;
    for (const order of [...orders].reverse()) {
      const row = this.#rows.get(order.id) ?? this.#make(order);
      if (row.element.nextSibling !== before || !row.element.parentElement) {
        this.element.insertBefore(row.element, before);
      }
      before = row.element;
      this.#show(row, order);
    }
  }

  #make(order: CommandOrder): Row {
    const { commands } = this.#desk;
    const state = h('span', { class: 'order-state' });
    const bar = h('span', { class: 'order-bar', 'aria-hidden': 'true' });
    const progress = h('span', { class: 'order-progress' });
    const by = h('span', { class: 'note' });
    const button = h('button', { type: 'button', class: 'order-row', onclick: () => commands.select(order.id) },
      h('span', { class: 'order-what' }, payloadText(order, this.#desk)), state, bar, progress, by);
    const row = { element: h('li', {}, button), button, state, bar, progress, by, shown: '' };
    this.#rows.set(order.id, row);
    return row;
  }

  #show(row: Row, order: CommandOrder): void {
    const { language, commands } = this.#desk;
    setAttribute(row.button, 'aria-pressed', String(commands.selected?.id === order.id));
    setText(row.by, language.say('commands.by', {
      name: order.by, age: language.age(this.#desk.now() - order.placedAt),
    }));
    const shown = JSON.stringify([order.state, order.counts]);
    if (shown === row.shown) return;
    row.shown = shown;
    setText(row.state, language.say(`commands.order.${order.state}`));
    setAttribute(row.state, 'data-state', order.state);
    setText(row.progress, language.say('commands.progress', { done: order.done, total: order.total }));
    row.bar.replaceChildren(...commandStates.filter((state) => order.counts[state] > 0).map((state) =>
      h('span', { class: `order-share order-share-${state}`, style: `flex-grow:${order.counts[state]}` })));
  }
}
