import type { TextKey } from '../i18n/texts';
import type { LegendStop } from '../layers/mapPort';
import type { KindName } from '../twins/cityTypes';
import { Freshness, TwinKind } from '../twins/columns';
import { sceneOrder } from './CityLoader';
import type { Desk, Panel } from './desk';
import { h, setAttribute, setText } from './dom';
import { icon } from './icons';
import { legendList } from './legend';

const measureKeys: readonly TextKey[] = [
  'measure.electricity', 'measure.coldWater', 'measure.hotWater', 'measure.gas', 'measure.heat',
];

interface Row {
  readonly element: HTMLElement;
  readonly box: HTMLInputElement;
  readonly count: HTMLElement;
  readonly freshness: Readonly<Record<'live' | 'stale' | 'lost', HTMLElement>>;
  readonly legend: HTMLElement;
  readonly refreshLegend: { counts: () => void };
}

/** Which layers there are, how many twins each has and how fresh they are, and what their colours mean. */
export class LayerPanel implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #rows = new Map<KindName, Row>();
  readonly #list = h('ul', { class: 'layers' });

  constructor(desk: Desk) {
    this.#desk = desk;
    this.element = h('nav', { class: 'panel layer-panel', 'aria-label': desk.language.say('layers.title') },
      h('div', { class: 'panel-head' }, h('h2', {}, desk.language.say('layers.title')),
        h('button', { type: 'button', class: 'quiet-button', onclick: () => desk.map?.flyToOverview() },
          icon('target'), desk.language.say('layers.overview'))),
      this.#list);
    this.refresh();
  }

  /** The stops themselves changed: another theme, another measure. */
  showLegends(): void {
    for (const [kind, row] of this.#rows) this.#showLegend(kind, row);
  }

  refresh(): void {
    const { city, viewState, language, live } = this.#desk;
    for (const kind of sceneOrder) {
      const total = city?.counts[kind] ?? 0;
      let row = this.#rows.get(kind);
      if (!row && total > 0) {
        row = this.#add(kind);
        this.#showLegend(kind, row);
      }
      if (!row) continue;
      row.element.hidden = total === 0;
      row.box.checked = !viewState.view.hidden.has(kind);
      setAttribute(row.element, 'data-hidden', row.box.checked ? undefined : 'yes');
      setText(row.count, language.number(total));
      for (const name of ['live', 'stale', 'lost'] as const) {
        setText(row.freshness[name], language.number(live.store.countOfFreshness(TwinKind[kind], Freshness[name])));
      }
      row.refreshLegend.counts();
    }
  }

  #add(kind: KindName): Row {
    const { language, viewState } = this.#desk;
    const box = h('input', {
      type: 'checkbox', id: `layer-${kind}`,
      onchange: () => {
        const hidden = new Set(viewState.view.hidden);
        if (box.checked) hidden.delete(kind);
        else hidden.add(kind);
        viewState.set({ hidden });
      },
    });
    const count = h('span', { class: 'layer-count' });
    const freshness = { live: h('span'), stale: h('span'), lost: h('span') };
    const legend = h('div', { class: 'layer-legend' });
    const element = h('li', { class: 'layer' },
      h('label', { class: 'layer-head', for: `layer-${kind}`, title: language.say('layers.show') },
        box, icon(iconOf(kind)), h('span', { class: 'layer-name' }, language.say(`kind.${kind}`)), count),
      h('div', { class: 'layer-freshness' },
        ...(['live', 'stale', 'lost'] as const).map((name) => h('span', { class: `fresh fresh-${name}` },
          icon(name), h('span', {}, language.say(`freshness.${name}`)), freshness[name]))),
      kind === 'building' ? this.#measureChoice() : undefined,
      legend);
    this.#list.append(element);
    const row = { element, box, count, freshness, legend, refreshLegend: { counts: () => undefined } };
    this.#rows.set(kind, row);
    return row;
  }

  #measureChoice(): HTMLElement {
    const { language, viewState } = this.#desk;
    const select = h('select', {
      class: 'measure-choice', onchange: () => viewState.set({ measure: Number(select.value) }),
    }, ...measureKeys.map((key, i) =>
      h('option', { value: i, selected: i === viewState.view.measure }, language.say(key))));
    return h('label', { class: 'measure' }, h('span', {}, language.say('layers.measure')), select);
  }

  #showLegend(kind: KindName, row: Row): void {
    const stops: readonly LegendStop[] = this.#desk.map?.legend(TwinKind[kind]) ?? [];
    const { list, counts } = legendList(this.#desk, kind, stops);
    row.legend.replaceChildren(list);
    row.refreshLegend.counts = counts;
    counts();
  }
}

function iconOf(kind: KindName): Parameters<typeof icon>[0] {
  return kind;
}
