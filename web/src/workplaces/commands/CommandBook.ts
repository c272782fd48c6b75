import type { CommandApi, OrderBody } from '../../twins/commandApi';
import type { CommandOrder, OrderPreview, TwinCommands } from '../../twins/commands';
import { Asked } from '../alarms/Asked';
import type { AlarmBook } from '../alarms/AlarmBook';
import type { Target } from './draft';

const OrdersShownMax = 50;
export const NotDoneShownMax = 200;
/** While orders are looked at: nobody pushes what becomes of them. */
const PollMs = 2_000;

/** What the page knows of orders, in whichever language it is shown; it outlives the panels. */
export class CommandBook {
  readonly orders: Asked<readonly CommandOrder[]>;
  readonly notDone: Asked<TwinCommands>;
  readonly #api: CommandApi;
  readonly #alarms: AlarmBook;
  readonly #changed: () => void;
  readonly #poll: ReturnType<typeof setInterval>;
  #isOpen = false;
  #selected: string | undefined;
  #notDoneCount = 0;
  #target: Target = { kind: 'twin', value: '' };
  #targets = 0;

  constructor(api: CommandApi, alarms: AlarmBook, changed: () => void) {
    this.#api = api;
    this.#alarms = alarms;
    this.#changed = changed;
    this.orders = new Asked((signal) => api.list(OrdersShownMax, signal), () => this.#listed());
    this.notDone = new Asked((signal) => api.notDone(this.#selected ?? '', NotDoneShownMax, signal), changed);
    this.#poll = setInterval(() => this.isOpen && this.orders.ask(), PollMs);
  }

  /** Alarms have the place below the map before orders. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#alarms.isOpen;
  }

  /** Under whose name is ordered: that of the alarms. */
  get operator(): AlarmBook['operator'] {
    return this.#alarms.operator;
  }

  get target(): Target {
    return this.#target;
  }

  /** Grows whenever another target is asked for. */
  get targets(): number {
    return this.#targets;
  }

  get selected(): CommandOrder | undefined {
    return this.orders.value?.find(({ id }) => id === this.#selected);
  }

  open(isOpen: boolean, target?: Target): void {
    this.#isOpen = isOpen;
    if (isOpen && this.#alarms.isOpen) this.#alarms.open(false);
    if (target) {
      this.#target = target;
      this.#targets++;
    }
    if (isOpen) this.orders.ask();
    this.#changed();
  }

  select(id: string | undefined): void {
    if (id === this.#selected) return;
    this.#selected = id;
    this.notDone.forget();
    this.#notDoneCount = 0;
    this.#listed();
  }

  /** Another time of the city is shown: orders are of now alone. */
  forget(): void {
    this.orders.forget();
    this.notDone.forget();
    if (this.isOpen) this.orders.askAnew();
    this.#changed();
  }

  preview(order: OrderBody): Promise<OrderPreview> {
    return this.#api.preview(order);
  }

  async place(order: OrderBody): Promise<void> {
    const placed = await this.#api.place(order);
    this.select(placed.id);
    this.orders.askAnew();
    this.#changed();
  }

  async cancel(order: CommandOrder): Promise<void> {
    await this.#api.cancel(order.id, this.operator.name);
    this.orders.askAnew();
    this.#changed();
  }

  retry(): void {
    this.orders.askAnew();
    this.#changed();
  }

  dispose(): void {
    clearInterval(this.#poll);
    this.orders.dispose();
    this.notDone.dispose();
  }

  // The list of those who did not obey is asked for once there are some more.
  #listed(): void {
    const count = this.selected?.notDone ?? 0;
    if (count > 0 && count !== this.#notDoneCount) this.notDone.ask();
    this.#notDoneCount = count;
    this.#changed();
  }
}
