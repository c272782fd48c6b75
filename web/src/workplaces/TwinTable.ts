import { Freshness, TwinKind, freshnessOf } from '../twins/columns';
import type { KindName } from '../twins/cityTypes';
import { sceneId } from '../twins/sceneFile';
import { sceneOrder } from './CityLoader';
import { conditionKey } from './conditions';
import type { Desk, Panel } from './desk';
import { h, setText } from './dom';
import { icon } from './icons';

const RowsMax = 100;
const freshnessNames = ['neverReported', 'live', 'stale', 'lost'] as const;

interface Row {
  readonly element: HTMLElement;
  readonly open: HTMLButtonElement;
  readonly condition: HTMLElement;
  readonly freshness: HTMLElement;
  readonly age: HTMLElement;
  id: string;
  shown: number;
}

/** The twins as a table, a page at a time: what stands in for the map where it cannot be drawn, and why it does. */
export class TwinTable implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #kind: HTMLSelectElement;
  readonly #reason = h('p');
  readonly #range = h('span', { class: 'note' });
  readonly #body = h('tbody');
  readonly #rows: Row[] = [];
  #kinds = '';
  #from = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language } = desk;
    this.#kind = h('select', { 'aria-label': language.say('inspector.kind'), onchange: () => this.#turn(-this.#from) });
    const turn = (by: number, sign: string): HTMLElement => h('button', {
      type: 'button', class: 'icon-button', onclick: () => this.#turn(by),
      'aria-label': language.say(by < 0 ? 'table.previous' : 'table.next'),
    }, sign);
    const head = (key: Parameters<typeof language.say>[0]): HTMLElement => h('th', { scope: 'col' }, language.say(key));
    const notice = h('div', { class: 'stage-no-map', role: 'status' },
      h('h2', {}, language.say('map.none')), this.#reason,
      h('button', { type: 'button', class: 'button', onclick: () => desk.retryMap() }, language.say('load.retry')));
    this.element = h('div', { class: 'twin-table', hidden: true }, notice,
      h('div', { class: 'twin-table-head' }, this.#kind, turn(-RowsMax, '‹'), this.#range, turn(RowsMax, '›')),
      h('table', {}, h('thead', {}, h('tr', {}, head('inspector.id'), head('inspector.condition'),
        head('summary.freshness'), head('table.measured'))), this.#body));
  }

  refresh(): void {
    const { mapFailure, city, language, scenes } = this.#desk;
    this.element.hidden = mapFailure === undefined;
    if (mapFailure === undefined) return;
    setText(this.#reason, language.say('map.noneHint', { reason: mapFailure }));
    if (!city) return;
    const kinds = sceneOrder.filter((kind) => scenes.get(TwinKind[kind]));
    if (kinds.join() !== this.#kinds) {
      const chosen = this.#kind.value;
      this.#kinds = kinds.join();
      this.#kind.replaceChildren(...kinds.map((kind) =>
        h('option', { value: kind, selected: kind === chosen }, language.say(`kind.${kind}`))));
    }
    this.#fill();
  }

  #turn(by: number): void {
    const count = this.#desk.scenes.get(TwinKind[this.#kind.value as KindName])?.count ?? 0;
    if (this.#from + by < count) this.#from = Math.max(0, this.#from + by);
    this.#fill();
  }

  #fill(): void {
    const { scenes, language } = this.#desk;
    const scene = scenes.get(TwinKind[this.#kind.value as KindName]);
    const count = scene?.count ?? 0;
    if (this.#from >= count) this.#from = 0;
    const shown = Math.min(RowsMax, count - this.#from);
    setText(this.#range, language.say('table.range',
      { from: shown > 0 ? this.#from + 1 : 0, to: this.#from + shown, total: count }));
    while (this.#rows.length < shown) this.#rows.push(this.#addRow());
    this.#rows.forEach((row, i) => {
      row.element.hidden = i >= shown;
      if (scene && i < shown) this.#write(row, sceneId(scene, this.#from + i), scene.handle[this.#from + i]!);
    });
  }

  #addRow(): Row {
    const open = h('button', {
      type: 'button', class: 'link', onclick: () => this.#desk.viewState.set({ twin: row.id }),
    });
    const [condition, freshness, age] = [h('td'), h('td'), h('td')];
    const element = h('tr', {}, h('th', { scope: 'row' }, open), condition, freshness, age);
    const row: Row = { element, open, condition, freshness, age, id: '', shown: -1 };
    this.#body.append(element);
    return row;
  }

  #write(row: Row, id: string, handle: number): void {
    const { language, live } = this.#desk;
    const kind = this.#kind.value as KindName;
    const state = live.store.get(handle);
    row.id = id;
    setText(row.open, id);
    const key = state && conditionKey(kind, state.condition);
    setText(row.condition, kind === 'building'
      ? language.quantity(live.store.measure(handle, 0), 'watt')
      : key ? language.say(key) : language.say('value.unknown'));
    const fresh = state ? freshnessOf(state.flags) : Freshness.neverReported;
    if (fresh !== row.shown) {
      row.shown = fresh;
      const name = freshnessNames[fresh];
      row.freshness.replaceChildren(h('span', { class: `fresh fresh-${name}` }, icon(name),
        language.say(`freshness.${name}`)));
    }
    setText(row.age, state && state.measuredAt > 0
      ? language.age(this.#desk.now() - state.measuredAt) : language.say('inspector.never'));
  }
}
