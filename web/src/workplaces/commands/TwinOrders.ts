import type { Twin } from '../../twins/cityTypes';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { Target } from './draft';

/** From the selected twin to an order: for itself, or for the group that it stands for. */
export class TwinOrders {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #button: HTMLButtonElement;
  readonly #hasAny: boolean;

  constructor(desk: Desk, twin: Twin) {
    this.#desk = desk;
    const { language } = desk;
    const target = targetOf(twin);
    const model = desk.models?.models.find(({ id }) => id === twin.model);
    this.#hasAny = target.kind === 'district' || (model?.commandSchemas ?? []).length > 0;
    this.#button = h('button', {
      type: 'button', class: 'quiet-button', onclick: () => desk.commands.open(true, target),
    }, language.say('commands.order'));
    this.element = h('section', { class: 'twin-orders' }, h('h3', {}, language.say('commands.title')), this.#button);
    this.refresh();
  }

  refresh(): void {
    const { time, language } = this.#desk;
    this.element.hidden = !this.#hasAny;
    this.#button.disabled = time.isPast;
    this.#button.title = time.isPast ? language.say('commands.past') : '';
  }
}

function targetOf({ id, kind, model }: Twin): Target {
  if (kind === 'lightingCabinet') return { kind: 'cabinet', value: id };
  if (kind === 'district') return { kind: 'district', value: id };
  return { kind: 'twin', value: id, model };
}
