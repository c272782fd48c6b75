import { isSetAside, isUnacknowledged, type AlarmEntry } from '../../twins/alarms';
import type { Desk, Panel } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { priorityGlyph } from './glyphs';

const EntriesShownMax = 8;

/** The alarms that come first, for those who look at the wall and act elsewhere. */
export class AlarmWall implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #list = h('ul');
  readonly #note = h('p', { class: 'note' });
  #shown = '';

  constructor(desk: Desk) {
    this.#desk = desk;
    this.element = h('aside', { class: 'panel alarm-wall', 'aria-label': desk.language.say('alarms.wall') },
      h('h3', {}, desk.language.say('alarms.wall')), this.#list, this.#note);
    this.refresh();
  }

  refresh(): void {
    const { alarms, viewState, language, feed } = this.#desk;
    const { value, failure, answeredAt } = alarms.active;
    this.element.hidden = !viewState.view.wall || (value === undefined && failure === undefined);
    if (this.element.hidden) return;
    const entries = value?.entries.filter((entry) => !isSetAside(entry)).slice(0, EntriesShownMax) ?? [];
    const now = this.#desk.now();
    const shown = entries.map(({ id, state, priority, raisedAt }) =>
      `${id} ${state} ${priority} ${language.age(now - raisedAt)}`).join();
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#list.replaceChildren(...entries.map((entry) => this.#item(entry, now)));
    }
    const isOld = feed.phase !== 'live' || failure !== undefined;
    setAttribute(this.element, 'data-old', isOld ? 'yes' : undefined);
    const asOf = isOld && answeredAt !== undefined
      ? language.say('alarms.asOf', { time: language.clock(answeredAt + feed.clockOffsetMs) }) : '';
    setText(this.#note, value === undefined ? language.say('alarms.failed', { reason: failure ?? '' })
      : asOf || (entries.length === 0 ? language.say('alarms.none') : ''));
  }

  #item(entry: AlarmEntry, now: number): HTMLElement {
    const { language, city } = this.#desk;
    const district = city?.districts.find(({ id }) => id === entry.district);
    const where = [language.pick(entry.twinName), district && language.pick(district.name)].filter(Boolean).join(', ');
    return h('li', { 'data-unacknowledged': isUnacknowledged(entry) ? 'yes' : undefined },
      priorityGlyph(entry.priority), h('span', { class: 'alarm-wall-text' }, language.pick(entry.text)),
      h('span', { class: 'age' }, language.age(now - entry.raisedAt)), h('span', { class: 'note' }, where));
  }
}
