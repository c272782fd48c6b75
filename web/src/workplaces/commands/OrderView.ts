import { commandStates, type CommandOrder } from '../../twins/commands';
import type { Desk } from '../desk';
import { h, setText } from '../dom';
import { NotDoneShownMax } from './CommandBook';
import { payloadText } from './payloadText';

/** One order: how many are in which state, who did not obey, and the way to take it back. */
export class OrderView {
  readonly element = h('section', { class: 'order-view', hidden: true });
  readonly #desk: Desk;
  readonly #title = h('h3');
  readonly #facts = h('p', { class: 'note' });
  readonly #reason = h('p', { class: 'order-why' });
  readonly #counts = h('dl', { class: 'order-counts' });
  readonly #numbers = new Map<string, HTMLElement>();
  readonly #cancel: HTMLButtonElement;
  readonly #notDoneTitle = h('h4');
  readonly #notDone = h('ul', { class: 'order-not-done' });
  readonly #note = h('p', { class: 'note', role: 'status' });
  readonly #error = h('p', { class: 'error', role: 'alert', hidden: true });
  #id: string | undefined;
  #shown = '';

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language } = desk;
    for (const state of commandStates) {
      const value = h('dd');
      this.#numbers.set(state, value);
      this.#counts.append(h('div', { class: `order-count order-count-${state}` },
        h('dt', {}, language.say(`commands.state.${state}`)), value));
    }
    this.#cancel = h('button', {
      type: 'button', class: 'button order-cancel', title: language.say('commands.cancelHint'),
      onclick: () => void this.#takeBack(),
    }, language.say('commands.cancel'));
    this.element.append(h('div', { class: 'order-head' }, this.#title, this.#cancel), this.#facts, this.#reason,
      this.#error, this.#counts, this.#notDoneTitle, this.#notDone, this.#note);
  }

  refresh(): void {
    const { commands, language } = this.#desk;
    const order = commands.selected;
    this.element.hidden = order === undefined;
    if (!order) return;
    if (order.id !== this.#id) {
      this.#id = order.id;
      this.#shown = '';
      this.#error.hidden = true;
      this.#cancel.disabled = false;
      this.#notDone.replaceChildren();
    }
    setText(this.#title, payloadText(order, this.#desk));
    setText(this.#facts, this.#factsOf(order));
    setText(this.#reason, order.reason ?? '');
    this.#reason.hidden = !order.reason;
    this.#cancel.hidden = order.state !== 'running';
    for (const state of commandStates) {
      const value = this.#numbers.get(state)!;
      setText(value, language.number(order.counts[state]));
      value.parentElement!.hidden = order.counts[state] === 0;
    }
    this.#showNotDone(order);
  }

  #factsOf(order: CommandOrder): string {
    const { language } = this.#desk;
    return [
      language.say(`commands.order.${order.state}`), order.by,
      language.say('commands.progress', { done: order.done, total: order.total }),
      order.stages > 1 ? language.say('commands.stage', { stage: order.stage, stages: order.stages }) : '',
      language.say('commands.deadline', { time: language.clock(order.deadline) }),
      order.until === undefined ? '' : language.say('commands.untilTime', { time: language.clock(order.until) }),
    ].filter(Boolean).join(' · ');
  }

  #showNotDone(order: CommandOrder): void {
    const { commands, language } = this.#desk;
    const { value, failure } = commands.notDone;
    const isNone = order.notDone === 0;
    setText(this.#notDoneTitle, isNone ? '' : language.say('commands.notDone', { count: order.notDone }));
    const note = isNone ? order.state === 'running' ? '' : language.say('commands.allDone')
      : failure !== undefined ? language.say('commands.failed', { reason: failure })
        : value && value.count > NotDoneShownMax
          ? language.say('commands.notDoneCut', { count: value.twins.length, total: value.count }) : '';
    setText(this.#note, note);
    const twins = isNone ? [] : value?.twins ?? [];
    const shown = JSON.stringify(twins);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#notDone.replaceChildren(...twins.map(({ twin, state, at, detail }) => h('li', {},
      h('button', { type: 'button', class: 'link', onclick: () => this.#desk.select(twin) }, twin),
      h('span', { class: `order-count-${state}` }, language.say(`commands.state.${state}`)),
      h('span', { class: 'note' }, [detail, language.clock(at)].filter(Boolean).join(' · ')))));
  }

  async #takeBack(): Promise<void> {
    const { commands, language, time } = this.#desk;
    const order = commands.selected;
    if (!order) return;
    if (time.isPast) return this.#refuse(language.say('commands.past'));
    if (!commands.operator.name) return this.#refuse(language.say('commands.missing.by'));
    this.#cancel.disabled = true;
    this.#error.hidden = true;
    try {
      await commands.cancel(order);
    } catch (error) {
      this.#refuse(language.say('commands.refused', { reason: error instanceof Error ? error.message : String(error) }));
    } finally {
      this.#cancel.disabled = false;
    }
  }

  #refuse(message: string): void {
    setText(this.#error, message);
    this.#error.hidden = false;
  }
}
