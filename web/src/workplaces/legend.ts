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
  const isScale = stops.some((stop) => stop.unit !== undefined);
  const updates: (() => void)[] = [];
  const list = h('ul', { class: isScale ? 'legend legend-scale' : 'legend' });
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
  return { list, counts: () => updates.forEach((update) => update()) };
}

function labelOf({ language }: Desk, stop: LegendStop): string {
  if (stop.unit === undefined) return language.sayIfKnown(stop.label);
  const value = Number(stop.label);
  return language.say('legend.from', { value: Number.isFinite(value) ? language.quantity(value, stop.unit) : stop.label });
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
