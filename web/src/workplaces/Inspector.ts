import { ApiError } from '../twins/cityApi';
import type { Twin } from '../twins/cityTypes';
import { TwinAlarms } from './alarms/TwinAlarms';
import { TwinOrders } from './commands/TwinOrders';
import { TwinHistory } from './charts/TwinHistory';
import type { Desk, Panel } from './desk';
import { h, setText } from './dom';
import { icon } from './icons';
import { Relations } from './Relations';
import { TwinView } from './TwinView';

/** The selected twin: fetched once, then followed by what the hub pushes. */
export class Inspector implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #body = h('div', { class: 'inspector-body' });
  readonly #fly: HTMLButtonElement;
  readonly #found: (twin: Twin) => void;
  #id: string | undefined;
  #twin: Twin | undefined;
  #view: TwinView | undefined;
  #relations: Relations | undefined;
  #alarms: TwinAlarms | undefined;
  #history: TwinHistory | undefined;
  #orders: TwinOrders | undefined;
  #abort = new AbortController();

  constructor(desk: Desk, found: (twin: Twin) => void) {
    this.#desk = desk;
    this.#found = found;
    const { language, viewState } = desk;
    const close = language.say('inspector.close');
    this.#fly = h('button', {
      type: 'button', class: 'quiet-button', hidden: true,
      onclick: () => this.#twin && desk.map?.flyTo(this.#twin.handle),
    }, icon('target'), language.say('inspector.fly'));
    this.element = h('aside', {
      class: 'panel inspector', 'aria-label': language.say('inspector.title'),
      onkeydown: (event: KeyboardEvent) => event.key === 'Escape' && viewState.set({ twin: undefined }),
    }, h('div', { class: 'panel-head' }, this.#fly, h('button', {
      type: 'button', class: 'icon-button', title: close, 'aria-label': close,
      onclick: () => viewState.set({ twin: undefined }),
    }, icon('close'))), this.#body);
    this.element.hidden = true;
    this.show(viewState.view.twin);
  }

  get twin(): Twin | undefined {
    return this.#twin;
  }

  show(id: string | undefined): void {
    if (id === this.#id) return;
    this.#id = id;
    this.#twin = undefined;
    this.#drop();
    this.#abort.abort();
    this.element.hidden = id === undefined;
    this.#fly.hidden = true;
    if (id !== undefined) void this.#load(id);
  }

  /** What the hub pushed; a push for a twin that is no longer selected is late and meant for nobody. */
  pushed(twin: Twin): void {
    if (twin.id !== this.#id) return;
    this.#abort.abort();
    this.#show(twin);
  }

  refresh(): void {
    this.#view?.tick();
    this.#alarms?.refresh();
    this.#history?.refresh();
    this.#orders?.refresh();
    this.#fly.hidden = !this.#twin || !this.#desk.map;
  }

  showAlarms(): void {
    this.#alarms?.refresh();
  }

  /** The city is shown at another time: what is selected is asked for anew. */
  reload(): void {
    const id = this.#id;
    this.show(undefined);
    this.show(id);
  }

  /** Models arrived: they say what the values mean. */
  remake(): void {
    const twin = this.#twin;
    if (!twin) return;
    this.#drop();
    this.#show(twin);
  }

  dispose(): void {
    this.#abort.abort();
    this.#drop();
  }

  async #load(id: string): Promise<void> {
    const { language, api } = this.#desk;
    const abort = (this.#abort = new AbortController());
    this.#body.replaceChildren(h('p', { class: 'waiting', role: 'status' }, language.say('inspector.loading', { id })));
    try {
      const twin = await api.twin(id, abort.signal);
      if (!abort.signal.aborted) this.#show(twin);
    } catch (error) {
      if (!abort.signal.aborted) this.#showError(id, error);
    }
  }

  #showError(id: string, error: unknown): void {
    const { language } = this.#desk;
    const isMissing = error instanceof ApiError && error.status === 404;
    const reason = error instanceof Error ? error.message : String(error);
    const message = h('p', { class: 'error', role: 'alert' });
    setText(message, isMissing
      ? language.say('inspector.notFound', { id }) : language.say('inspector.failed', { id, reason }));
    const retry = h('button', { type: 'button', class: 'button', onclick: () => void this.#load(id) },
      language.say('load.retry'));
    this.#body.replaceChildren(message, ...(isMissing ? [] : [retry]));
  }

  #show(twin: Twin): void {
    // After a restart of the server the same twin has another handle.
    const isNew = this.#twin?.handle !== twin.handle;
    this.#twin = twin;
    if (this.#view) {
      this.#view.update(twin);
    } else {
      this.#view = new TwinView(this.#desk, twin);
      this.#relations = new Relations(this.#desk, twin, (id) => this.#desk.viewState.set({ twin: id }));
      this.#alarms = new TwinAlarms(this.#desk, twin.id);
      this.#history = new TwinHistory(this.#desk, twin);
      this.#view.insert(this.#history.element);
      this.#orders = new TwinOrders(this.#desk, twin);
      this.#view.insert(this.#orders.element);
      this.#view.insert(this.#alarms.element);
      this.#body.replaceChildren(this.#view.element, this.#relations.element, this.#view.raw);
    }
    if (isNew) this.#found(twin);
    this.refresh();
  }

  #drop(): void {
    this.#relations?.dispose();
    this.#relations = undefined;
    this.#alarms?.dispose();
    this.#alarms = undefined;
    this.#history?.dispose();
    this.#history = undefined;
    this.#orders = undefined;
    this.#view = undefined;
    this.#body.replaceChildren();
  }
}
