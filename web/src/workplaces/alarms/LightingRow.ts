import type { LightingFailures, LightingGroup } from '../../twins/lighting';
import type { Desk } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { priorityGlyph } from './glyphs';

const SmallestPercent = 0.1;

/** A street or a cabinet in the table; written into, so that the focus survives what the server says. */
export class LightingRow {
  readonly element: HTMLTableRowElement;
  readonly #desk: Desk;
  readonly #place: HTMLButtonElement;
  readonly #bar = h('span', { class: 'share-bar', 'aria-hidden': 'true' });
  readonly #faulty = h('span', { class: 'lighting-count' });
  readonly #percent = h('span', { class: 'lighting-percent' });
  readonly #what = h('td', { class: 'lighting-what' });
  readonly #age = h('time', { class: 'age' });
  readonly #district = h('td');
  #group: LightingGroup | undefined;
  #target: string | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#place = h('button', { type: 'button', class: 'link', onclick: () => this.#open() });
    this.element = h('tr', {
      class: 'alarm-row',
      onclick: (event: Event) => (event.target as HTMLElement).closest('button') || this.#open(),
    }, h('td', { class: 'lighting-where' }, this.#place),
    h('td', {}, h('div', { class: 'lighting-share' }, this.#bar, this.#percent, this.#faulty)), this.#what,
    h('td', { class: 'alarm-since' }, this.#age), this.#district);
  }

  update(group: LightingGroup, { by, codes }: LightingFailures): void {
    this.#group = group;
    const { language, city } = this.#desk;
    setText(this.#place, group.name ? language.pick(group.name)
      : language.say(by === 'street' ? 'alarms.lighting.noStreet' : 'alarms.lighting.noCabinet'));
    setText(this.#faulty, language.say('alarms.lighting.faulty', { faulty: group.faulty, lights: group.lights }));
    const percent = group.lights > 0 ? 100 * group.faulty / group.lights : 0;
    setText(this.#percent, percent > 0 && percent < SmallestPercent
      ? `< ${language.number(SmallestPercent, 1)}\u00a0%` : `${language.number(percent, percent < 10 ? 1 : 0)}\u00a0%`);
    this.#bar.style.setProperty('--share', `${percent}%`);
    this.#what.replaceChildren(
      ...group.cabinet.map(({ priority, text }) => h('span', { class: 'lighting-code lighting-own' },
        priorityGlyph(priority), language.pick(text))),
      ...codes.filter(({ code }) => group.counts[code]).map(({ code, text }) => h('span', { class: 'lighting-code' },
        `${language.pick(text)}: `, h('b', {}, language.number(group.counts[code]!)))));
    setText(this.#district, group.districts.map((id) => {
      const district = city?.districts.find((one) => one.id === id);
      return district ? language.pick(district.name) : id;
    }).join(', '));
    setAttribute(this.#age, 'datetime', new Date(group.raisedAt).toISOString());
    setAttribute(this.#age, 'title', language.say('alarms.moment', { time: language.moment(group.raisedAt) }));
    // A street is no twin: its oldest fault leads there.
    this.#target = (by === 'cabinet' ? group.id : undefined) ?? group.faults[0]?.id;
    setAttribute(this.#place, 'title', this.#target);
    this.tick();
  }

  /** How long ago goes on, whether or not anything is heard. */
  tick(): void {
    if (this.#group) setText(this.#age, this.#desk.language.age(this.#desk.now() - this.#group.raisedAt));
  }

  #open(): void {
    if (this.#target !== undefined) this.#desk.select(this.#target);
  }
}
