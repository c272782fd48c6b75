import type { Desk, Panel } from '../desk';
import { h, setText } from '../dom';
import { icon } from '../icons';
import { OrderForm } from './OrderForm';
import { OrderList } from './OrderList';
import { OrderView } from './OrderView';

const ProgressAfterMs = 1_000;

/** Where an operator orders and sees what becomes of it; below the map, in the place of the alarms. */
export class CommandDesk implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #form: OrderForm;
  readonly #list: OrderList;
  readonly #view: OrderView;
  readonly #body: HTMLElement;
  readonly #past: HTMLElement;
  readonly #note = h('p', { class: 'alarm-empty', role: 'status', hidden: true });
  readonly #failure: HTMLElement;
  readonly #reason = h('span');
  #wasOpen: boolean;
  #targets: number;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language, commands } = desk;
    this.#form = new OrderForm(desk);
    this.#list = new OrderList(desk);
    this.#view = new OrderView(desk);
    this.#wasOpen = commands.isOpen;
    this.#targets = commands.targets;
    const close = language.say('commands.close');
    this.#failure = h('div', { class: 'alarm-failure', role: 'alert', hidden: true }, icon('warning'), this.#reason,
      h('button', { type: 'button', class: 'button', onclick: () => commands.retry() }, language.say('load.retry')));
    this.#past = h('p', { class: 'alarm-empty', role: 'status', hidden: true }, language.say('commands.past'));
    this.#body = h('div', { class: 'command-body' }, this.#form.element,
      h('section', { class: 'command-orders', 'aria-label': language.say('commands.orders') },
        h('h3', {}, language.say('commands.orders')), this.#failure, this.#note, this.#list.element),
      this.#view.element);
    this.element = h('section', {
      class: 'panel command-desk', id: 'command-desk', 'aria-label': language.say('commands.title'),
      onkeydown: (event: KeyboardEvent) => event.key === 'Escape' && commands.open(false),
    }, h('div', { class: 'panel-head' }, h('h2', {}, language.say('commands.title')), h('button', {
      type: 'button', class: 'icon-button', title: close, 'aria-label': close, onclick: () => commands.open(false),
    }, icon('close'))), this.#past, this.#body);
    this.refresh();
  }

  refresh(): void {
    const { commands, viewState, time } = this.#desk;
    const isAsked = commands.isOpen && (!this.#wasOpen || this.#targets !== commands.targets);
    this.#wasOpen = commands.isOpen;
    this.#targets = commands.targets;
    this.element.hidden = !commands.isOpen || viewState.view.wall;
    if (this.element.hidden) return;
    this.#past.hidden = !time.isPast;
    this.#body.hidden = time.isPast;
    if (time.isPast) return;
    this.#form.refresh();
    this.#showOrders();
    this.#view.refresh();
    // Who opened it by the key goes on with the keys.
    if (isAsked) this.#form.focus();
  }

  #showOrders(): void {
    const { commands, language } = this.#desk;
    const { value, failure, waitingSince } = commands.orders;
    this.#failure.hidden = failure === undefined;
    setText(this.#reason, failure === undefined ? '' : language.say('commands.failed', { reason: failure }));
    this.#list.update(value ?? []);
    const isSlow = value === undefined && waitingSince !== undefined && Date.now() - waitingSince >= ProgressAfterMs;
    const note = value?.length === 0 ? language.say('commands.none') : isSlow ? language.say('commands.loading') : '';
    setText(this.#note, note);
    this.#note.hidden = note === '';
  }
}
