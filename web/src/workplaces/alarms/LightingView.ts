import { lightingGroupings, type LightingFailures, type LightingGroup, type LightingGrouping } from '../../twins/lighting';
import type { Desk } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { place } from './AlarmTable';
import { LightingRow } from './LightingRow';

const columns = ['where', 'faulty', 'what', 'since'] as const;

/** The lighting crew's work: streets or cabinets whose lights have faults, the worst share first. */
export class LightingView {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #switch = new Map<LightingGrouping, HTMLButtonElement>();
  readonly #summary = h('span', { class: 'lighting-summary' });
  readonly #table: HTMLElement;
  readonly #empty = h('p', { class: 'alarm-empty lighting-empty', role: 'status', hidden: true });
  readonly #body = h('tbody');
  readonly #rows = new Map<string, LightingRow>();
  #shown: LightingFailures | undefined;
  #districts = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language, alarms } = desk;
    const choice = h('div', { class: 'lighting-by', role: 'group', 'aria-label': language.say('alarms.lighting.by') });
    for (const by of lightingGroupings) {
      const button = h('button', {
        type: 'button', class: 'quiet-button', onclick: () => alarms.groupLighting(by),
      }, language.say(`alarms.lighting.${by}`));
      this.#switch.set(by, button);
      choice.append(button);
    }
    this.#table = h('table', { class: 'alarm-table lighting-table', hidden: true },
      h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, language.say(`alarms.column.${name}`))),
        h('th', { scope: 'col' }, language.say('inspector.district')))), this.#body);
    this.element = h('div', {}, h('div', { class: 'lighting-head' }, choice, this.#summary), this.#empty, this.#table);
  }

  update(answer: LightingFailures | undefined, by: LightingGrouping): void {
    for (const [name, button] of this.#switch) setAttribute(button, 'aria-pressed', String(name === by));
    const districts = this.#desk.city?.districts.length ?? 0;
    if (answer !== this.#shown || districts !== this.#districts) {
      this.#shown = answer;
      this.#districts = districts;
      this.#show(answer);
    }
    for (const row of this.#rows.values()) row.tick();
  }

  #show(answer: LightingFailures | undefined): void {
    const { language, alarms } = this.#desk;
    const groups = answer?.groups ?? [];
    this.#table.hidden = groups.length === 0;
    this.#empty.hidden = answer === undefined || groups.length > 0;
    setText(this.#empty, language.say(
      alarms.filter.district ? 'alarms.lighting.noneDistrict' : 'alarms.lighting.none'));
    setText(this.#summary, answer === undefined ? '' : [
      language.say('alarms.lighting.summary', { faulty: answer.faulty, lights: answer.lights }),
      ...answer.codes.map(({ text, lights }) => `${language.pick(text)}: ${language.number(lights)}`),
    ].join(' · '));
    const used = new Set<string>();
    place(this.#body, groups.map((group) => {
      const key = keyOf(group);
      used.add(key);
      const row = this.#rows.get(key) ?? new LightingRow(this.#desk);
      this.#rows.set(key, row);
      row.update(group, answer!);
      return row.element;
    }));
    for (const key of [...this.#rows.keys()]) if (!used.has(key)) this.#rows.delete(key);
  }
}

// A street may be called as one pleases, even like nothing.
const keyOf = ({ id }: LightingGroup): string => (id === undefined ? '' : `=${id}`);
