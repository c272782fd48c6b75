import { alarmPriorities, type AlarmKpi } from '../../twins/alarms';
import type { TextKey } from '../../i18n/texts';
import type { Desk } from '../desk';
import { h } from '../dom';
import { priorityGlyph } from './glyphs';

const Unknown = '–';

/** How well the alarms serve those who act on them: indicators against their targets, and what is most frequent. */
export class KpiView {
  readonly element = h('div', { class: 'alarm-kpi' });
  readonly #desk: Desk;
  #shown: AlarmKpi | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  update(kpi: AlarmKpi): void {
    if (kpi === this.#shown) return;
    this.#shown = kpi;
    this.element.replaceChildren(this.#indicators(kpi), h('div', {}, this.#split(kpi), this.#sources(kpi)));
  }

  #indicators({ items }: AlarmKpi): HTMLElement {
    const { language } = this.#desk;
    const amount = (number: number | undefined, unit: string): string =>
      number === undefined ? Unknown : language.quantity(number, unit || undefined);
    const rows = items.map(({ id, value, target, unit, isMet, source }) => {
      const key = `alarms.kpi.${id}`;
      const name = language.sayIfKnown(key);
      const verdict = isMet === undefined ? '' : isMet
        ? `✓ ${language.say('alarms.kpi.met')}` : `✗ ${language.say('alarms.kpi.notMet')}`;
      return [name === key ? id : name, amount(value, unit),
        h('span', { class: isMet === false ? 'alarm-not-met' : '' }, `${amount(target, unit)} ${verdict}`.trim()), source];
    });
    return this.#table(['indicator', 'value', 'target', 'source'], rows);
  }

  #split({ prioritySplit }: AlarmKpi): HTMLElement {
    const { language } = this.#desk;
    const total = alarmPriorities.reduce((sum, priority) => sum + prioritySplit[priority], 0);
    const share = (count: number): string => total > 0 ? language.percent(count / total) : Unknown;
    return h('section', {}, h('h3', {}, language.say('alarms.kpi.prioritySplit')), h('ul', { class: 'alarm-split' },
      ...alarmPriorities.map((priority) => h('li', {}, priorityGlyph(priority),
        h('span', {}, language.say(`alarms.priority.${priority}`)),
        h('span', { class: 'legend-count' }, share(prioritySplit[priority]))))));
  }

  #sources({ topSources }: AlarmKpi): HTMLElement {
    const { language } = this.#desk;
    return h('section', {}, h('h3', {}, language.say('alarms.kpi.topSources')),
      this.#table(['where', 'what', 'count', 'share'], topSources.map(({ twin, code, count, sharePercent }) => [
        h('button', { type: 'button', class: 'link', onclick: () => this.#desk.select(twin) }, twin),
        h('code', {}, code), language.number(count), `${language.number(sharePercent, 1)}\u00a0%`,
      ])));
  }

  #table(
    columns: readonly ('indicator' | 'value' | 'target' | 'source' | 'where' | 'what' | 'count' | 'share')[],
    rows: readonly (readonly (Node | string)[])[],
  ): HTMLElement {
    const head = (key: TextKey): HTMLElement => h('th', { scope: 'col' }, this.#desk.language.say(key));
    return h('table', { class: 'alarm-table' },
      h('thead', {}, h('tr', {}, ...columns.map((name) => head(`alarms.column.${name}`)))),
      h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell))))));
  }
}
