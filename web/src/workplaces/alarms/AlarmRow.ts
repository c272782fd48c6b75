import type { AlarmVerb } from '../../twins/alarmApi';
import { isUnacknowledged, type AlarmEntry } from '../../twins/alarms';
import type { Desk } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { priorityGlyph } from './glyphs';
import { noActs } from './noActs';
import { verbsFor } from './orders';

export interface RowEvents {
  open(entry: AlarmEntry): void;
  act(entry: AlarmEntry, verb: AlarmVerb): void;
  expand(entry: AlarmEntry): void;
}

/** One alarm or incident in the table; written into, so that focus and selection survive what the server says. */
export class AlarmRow {
  readonly element: HTMLTableRowElement;
  readonly #desk: Desk;
  readonly #events: RowEvents;
  readonly #priority = h('td', { class: 'alarm-priority' });
  readonly #state = h('td', { class: 'alarm-state' });
  readonly #text = h('div', { class: 'alarm-text' });
  readonly #notes = h('div', { class: 'note' });
  readonly #place: HTMLButtonElement;
  readonly #district = h('div', { class: 'note' });
  readonly #age = h('time', { class: 'age' });
  readonly #until = h('div', { class: 'note' });
  readonly #members = h('td', { class: 'alarm-members' });
  readonly #assignee = h('td', { class: 'alarm-assignee' });
  readonly #actions = h('div', { class: 'alarm-actions' });
  #entry: AlarmEntry;
  #shown = '';

  constructor(desk: Desk, entry: AlarmEntry, events: RowEvents) {
    this.#desk = desk;
    this.#events = events;
    this.#entry = entry;
    this.#place = h('button', { type: 'button', class: 'link', onclick: () => events.open(this.#entry) });
    this.element = h('tr', {
      class: 'alarm-row',
      onclick: (event: Event) => {
        const target = event.target as HTMLElement;
        if (!target.closest('button, select, input')) events.open(this.#entry);
      },
    }, this.#priority, this.#state, h('td', { class: 'alarm-what' }, this.#text, this.#notes),
    h('td', { class: 'alarm-where' }, this.#place, this.#district),
    h('td', { class: 'alarm-since' }, this.#age, this.#until), this.#members, this.#assignee,
    h('td', {}, this.#actions));
  }

  get entry(): AlarmEntry {
    return this.#entry;
  }

  update(entry: AlarmEntry, isExpanded: boolean, isFirstOut = false): void {
    this.#entry = entry;
    this.tick();
    const shown = JSON.stringify(
      [entry, isExpanded, isFirstOut, this.#desk.city?.districts.length, this.#desk.time.isPast]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { language, city } = this.#desk;
    const word = language.say(`alarms.priority.${entry.priority}`);
    this.#priority.replaceChildren(priorityGlyph(entry.priority), h('span', { class: 'alarm-priority-word' }, word));
    setAttribute(this.element, 'data-unacknowledged', isUnacknowledged(entry) ? 'yes' : undefined);
    setAttribute(this.element, 'data-priority', entry.priority);
    setText(this.#state, `${isUnacknowledged(entry) ? '● ' : ''}${language.say(`alarms.state.${entry.state}`)}`);
    setText(this.#text, entry.kind === 'incident'
      ? `${language.say('alarms.incident')}: ${language.pick(entry.text)}` : language.pick(entry.text));
    setAttribute(this.#text, 'title', entry.action ? language.pick(entry.action) : undefined);
    setText(this.#notes, this.#notesOf(entry, isFirstOut).join(' · '));
    setText(this.#place, language.pick(entry.twinName));
    setAttribute(this.#place, 'title', entry.twin);
    const district = city?.districts.find(({ id }) => id === entry.district);
    setText(this.#district, district ? language.pick(district.name) : entry.district ?? '');
    setText(this.#until, entry.shelvedUntil === undefined ? ''
      : language.say('alarms.shelvedUntil', { time: language.clock(entry.shelvedUntil) }));
    setText(this.#assignee, entry.assignee ?? '');
    this.#showMembers(isExpanded);
    this.#showActions();
  }

  /** How long ago goes on, whether or not anything is heard. */
  tick(): void {
    const { language } = this.#desk;
    setText(this.#age, language.age(this.#desk.now() - this.#entry.raisedAt));
    setAttribute(this.#age, 'datetime', new Date(this.#entry.raisedAt).toISOString());
    setAttribute(this.#age, 'title',
      language.say('alarms.moment', { time: language.moment(this.#entry.raisedAt) }));
  }

  #notesOf(entry: AlarmEntry, isFirstOut: boolean): string[] {
    const { language } = this.#desk;
    const notes = [entry.code];
    if (isFirstOut) notes.unshift(language.say('alarms.firstOut'));
    if (entry.escalation > 0) notes.push(language.say('alarms.escalated', { level: entry.escalation }));
    if (entry.isChattering) notes.push(language.say('alarms.chattering'));
    if (entry.activations > 1) notes.push(language.say('alarms.activations', { count: entry.activations }));
    if (entry.isStale) notes.push(language.say('alarms.stale'));
    if (entry.acknowledgedBy) notes.push(language.say('alarms.acknowledgedBy', { name: entry.acknowledgedBy }));
    if (entry.shelvedBy) notes.push(entry.shelvedBy);
    if (entry.reason) notes.push(entry.reason);
    if (entry.comment) notes.push(`“${entry.comment}”`);
    return notes;
  }

  #showMembers(isExpanded: boolean): void {
    const { kind, members, active } = this.#entry;
    if (kind !== 'incident' || members === undefined) return this.#members.replaceChildren();
    const { language } = this.#desk;
    const count = language.say('alarms.members', { active: active ?? 0, members });
    const toggle = h('button', {
      type: 'button', class: 'quiet-button', 'aria-expanded': String(isExpanded),
      title: language.say('alarms.showMembers'), 'aria-label': `${language.say('alarms.showMembers')}: ${count}`,
      onclick: () => this.#events.expand(this.#entry),
    }, `${isExpanded ? '▾' : '▸'} ${count}`);
    const hadFocus = this.#members.contains(document.activeElement);
    this.#members.replaceChildren(toggle);
    if (hadFocus) toggle.focus();
  }

  #showActions(): void {
    const { language, time } = this.#desk;
    if (time.isPast) return this.#actions.replaceChildren(noActs(language));
    const [...others] = verbsFor(this.#entry);
    const act = (verb: AlarmVerb): void => this.#events.act(this.#entry, verb);
    const button = (verb: AlarmVerb): HTMLElement => h('button', {
      type: 'button', class: verb === 'acknowledge' ? 'button' : 'quiet-button', onclick: () => act(verb),
    }, language.say(`alarms.verb.${verb}`));
    const first = others.shift();
    const more = others.length > 0 ? h('select', {
      'aria-label': language.say('alarms.column.actions'), class: 'alarm-more',
      onchange: () => {
        const verb = others.find((one) => one === more?.value);
        if (more) more.value = '';
        if (verb) act(verb);
      },
    }, h('option', { value: '' }, language.say('alarms.more')),
    ...others.map((verb) => h('option', { value: verb }, language.say(`alarms.verb.${verb}`)))) : undefined;
    this.#actions.replaceChildren(...(first ? [button(first)] : []), ...(more ? [more] : []));
  }
}
