import type { LegendStop } from '../layers/mapPort';
import type { KindName } from '../twins/cityTypes';
import { Freshness, TwinKind } from '../twins/columns';
import { conditionKeys } from './conditions';
import type { Desk, Panel } from './desk';
import { h, setText } from './dom';

/** What the colours and shapes of one kind mean; where a stop is a condition, also how many are in it now. */
export function legendList(
  desk: Desk, kind: KindName, stops: readonly LegendStop[],
): { list: HTMLElement; counts: () => void } {
  const { language } = desk;
  const updates: (() => void)[] = [];
  const list = h('ul', { class: 'legend' });
  for (const stop of stops) {
    const count = h('span', { class: 'legend-count' });
    const condition = conditionKeys[kind]?.findIndex((key) => key === stop.label) ?? -1;
    // An air level has one stop for official posts and one for indicative sensors: no one count fits both.
    if (condition >= 0 && kind !== 'airQualitySensor') {
      updates.push(() => setText(count, language.number(
        desk.live.store.count(TwinKind[kind], condition, Freshness.live))));
    }
    list.append(h('li', {}, swatch(stop), h('span', { class: 'legend-label' }, labelOf(desk, stop)), count));
  }
  if (updates.length === 0 && stops.length > 0) arrangeInPairs(list, stops);
  return { list, counts: () => updates.forEach((update) => update()) };
}

/** Without counts there is room for two columns: half of a scale, or the official and the indicative sensors. */
function arrangeInPairs(list: HTMLElement, stops: readonly LegendStop[]): void {
  const rows = Math.ceil(stops.filter((stop) => !isFreshness(stop)).length / 2);
  list.classList.add('legend-pairs');
  stops.forEach((stop, i) => {
    const item = list.children[i] as HTMLElement;
    const place = isFreshness(stop)
      ? [rows + 1, stop.label === 'freshness.stale' ? 1 : 2] : [1 + (i % rows), i < rows ? 1 : 2];
    item.style.gridArea = `${place[0]} / ${place[1]}`;
  });
}

const isFreshness = (stop: LegendStop): boolean => stop.label.startsWith('freshness.');

function labelOf({ language }: Desk, stop: LegendStop): string {
  if (stop.unit === undefined) return language.sayIfKnown(stop.label);
  const value = Number(stop.label);
  const bound = Number.isFinite(value) ? language.quantity(value, stop.unit) : stop.label;
  return language.say('legend.from', { value: bound });
}

function swatch(stop: LegendStop): HTMLElement {
  const element = h('span', { class: `swatch swatch-${stop.shape ?? 'square'}`, 'aria-hidden': 'true' });
  element.style.setProperty('--swatch', stop.color);
  return element;
}

/** The legends of all visible layers, for the wall. */
export class WallLegend implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  #counts: (() => void)[] = [];
  #shown = '';

  constructor(desk: Desk) {
    this.#desk = desk;
    this.element = h('aside', { class: 'panel wall-legend', 'aria-label': desk.language.say('legend.title') });
    this.refresh();
  }

  /** The stops themselves changed. */
  showLegends(): void {
    this.#shown = '';
    this.refresh();
  }

  refresh(): void {
    const { map, viewState, city, language, theme } = this.#desk;
    const kinds = (['building', 'streetlight', 'airQualitySensor'] as const)
      .filter((kind) => !viewState.view.hidden.has(kind) && (city?.counts[kind] ?? 0) > 0);
    const shown = `${kinds.join()} ${viewState.view.measure} ${theme} ${map !== undefined}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#counts = [];
      this.element.replaceChildren(...kinds.map((kind) => {
        const { list, counts } = legendList(this.#desk, kind, map?.legend(TwinKind[kind]) ?? []);
        this.#counts.push(counts);
        return h('section', {}, h('h3', {}, language.say(`kind.${kind}`)), list);
      }));
      this.element.hidden = !map || kinds.length === 0;
    }
    for (const counts of this.#counts) counts();
  }
}
