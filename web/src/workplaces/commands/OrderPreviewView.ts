import type { OrderPreview } from '../../twins/commands';
import type { Desk } from '../desk';
import { h } from '../dom';

const NamedMax = 20;

/** Whom an order would reach and whom not, and below it the button that sends it. */
export class OrderPreviewView {
  readonly element = h('div', { class: 'order-preview', role: 'status', hidden: true });
  readonly #desk: Desk;
  #send: HTMLButtonElement | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  show(preview: OrderPreview, send: () => void): void {
    const { language } = this.#desk;
    const { count, notReachableCount, withoutDeviceCount, stages, superseded } = preview;
    const now = count - notReachableCount - withoutDeviceCount;
    const figure = (
      key: 'now' | 'later' | 'never' | 'stages' | 'superseded', value: number, mark?: string,
    ): HTMLElement => h('li', mark ? { class: mark } : {}, language.say(`commands.reaches.${key}`, { count: value }));
    this.#send = h('button', { type: 'button', class: 'button order-send', onclick: send },
      language.say('commands.send', { count }));
    this.element.replaceChildren(
      h('p', { class: 'order-reaches' }, language.say('commands.reaches', { count })),
      h('ul', { class: 'order-figures' }, figure('now', now, 'order-now'),
        figure('later', notReachableCount, notReachableCount > 0 ? 'order-later' : undefined),
        figure('never', withoutDeviceCount, withoutDeviceCount > 0 ? 'order-never' : undefined),
        stages > 1 ? figure('stages', stages) : undefined, superseded > 0 ? figure('superseded', superseded) : undefined),
      ...(preview.confirmedBy ? [] : [h('p', { class: 'note' }, language.say('commands.reaches.unconfirmed'))]),
      ...this.#unreached(preview), this.#send);
    this.element.hidden = false;
    // Who checked by the key goes on with the key.
    this.#send.focus({ preventScroll: true });
    this.element.scrollIntoView?.({ block: 'nearest' });
  }

  clear(): void {
    this.element.hidden = true;
    this.#send = undefined;
    this.element.replaceChildren();
  }

  /** Twice pressed is once sent. */
  disable(): void {
    if (this.#send) this.#send.disabled = true;
  }

  enable(): void {
    if (this.#send) this.#send.disabled = false;
  }

  #unreached({ withoutDevice, withoutDeviceCount, notReachable, notReachableCount }: OrderPreview): HTMLElement[] {
    const { language } = this.#desk;
    const named = [
      ...withoutDevice.map((twin) => ({ twin, why: '' })), ...notReachable,
    ].slice(0, NamedMax);
    if (named.length === 0) return [];
    const more = withoutDeviceCount + notReachableCount - named.length;
    return [h('ul', { class: 'order-unreached' }, ...named.map(({ twin, why }) =>
      h('li', {}, h('button', { type: 'button', class: 'link', onclick: () => this.#desk.select(twin) }, twin),
        why ? ` ${why}` : '')),
    more > 0 ? h('li', { class: 'note' }, language.say('commands.more', { count: more })) : undefined)];
  }
}
