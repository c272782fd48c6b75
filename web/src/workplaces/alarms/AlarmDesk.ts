import { alarmPriorities, isSetAside, type AlarmList } from '../../twins/alarms';
import type { LightingFailures } from '../../twins/lighting';
import type { Desk, Panel } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { icon } from '../icons';
import { alarmTabs, EntriesMax, type AlarmTab } from './AlarmBook';
import { AlarmTable } from './AlarmTable';
import type { Asked } from './Asked';
import { JournalView } from './JournalView';
import { KpiView } from './KpiView';
import { LightingView } from './LightingView';
import { NameCharactersMax } from './Operator';

/** Sooner than this a progress bar would only flicker. */
const ProgressAfterMs = 1_000;

/** Where an operator sees, sorts out and answers alarms; below the map, so that both are in sight. */
export class AlarmDesk implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #tabs = new Map<AlarmTab, HTMLButtonElement>();
  readonly #tables: Readonly<Record<'active' | 'setAside', AlarmTable>>;
  readonly #journal: JournalView;
  readonly #kpi: KpiView;
  readonly #lighting: LightingView;
  readonly #by: HTMLInputElement;
  readonly #priority: HTMLSelectElement;
  readonly #district: HTMLSelectElement;
  readonly #old = h('span', { class: 'alarm-old', role: 'status', hidden: true });
  readonly #progress: HTMLElement;
  readonly #failure: HTMLElement;
  readonly #reason = h('span');
  readonly #empty = h('p', { class: 'alarm-empty', role: 'status', hidden: true });
  readonly #body = h('div', { class: 'alarm-list', role: 'tabpanel', id: 'alarm-panel', tabindex: 0 });
  readonly #note = h('p', { class: 'note alarm-note' });
  #shownTab: AlarmTab | undefined;
  #changes: number;
  #wasOpen: boolean;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language, alarms } = desk;
    this.#changes = alarms.changes;
    this.#wasOpen = alarms.isOpen;
    this.#tables = { active: new AlarmTable(desk), setAside: new AlarmTable(desk) };
    this.#journal = new JournalView(desk);
    this.#kpi = new KpiView(desk);
    this.#lighting = new LightingView(desk);
    this.#by = h('input', {
      type: 'text', maxlength: NameCharactersMax, autocomplete: 'off', value: alarms.operator.name,
      placeholder: language.say('alarms.operatorHint'), oninput: () => (alarms.operator.name = this.#by.value),
    });
    this.#priority = h('select', {
      'aria-label': language.say('alarms.filter.priority'),
      onchange: () => alarms.narrow({ priority: this.#priority.value }),
    }, h('option', { value: '' }, language.say('alarms.filter.anyPriority')), ...alarmPriorities.map((priority) =>
      h('option', { value: priority, selected: alarms.filter.priority === priority },
        language.say(`alarms.priority.${priority}`))));
    this.#district = h('select', {
      'aria-label': language.say('inspector.district'),
      onchange: () => alarms.narrow({ district: this.#district.value }),
    });
    const retry = h('button', { type: 'button', class: 'button', onclick: () => alarms.retry() },
      language.say('load.retry'));
    this.#failure = h('div', { class: 'alarm-failure', role: 'alert', hidden: true },
      icon('warning'), this.#reason, retry);
    this.#progress = h('div', { class: 'alarm-progress', role: 'status', hidden: true },
      h('span', {}, language.say('alarms.loading')), h('progress'));
    this.element = h('section', {
      class: 'panel alarm-desk', id: 'alarm-desk', 'aria-label': language.say('alarms.title'),
      onkeydown: (event: KeyboardEvent) => event.key === 'Escape' && alarms.open(false),
    }, this.#head(), this.#failure, this.#progress, this.#empty, this.#body, this.#note);
    this.refresh();
  }

  refresh(): void {
    const { alarms, viewState } = this.#desk;
    const isOpened = alarms.isOpen && !this.#wasOpen;
    this.#wasOpen = alarms.isOpen;
    this.element.hidden = !alarms.isOpen || viewState.view.wall;
    if (this.element.hidden) return;
    this.#showTab();
    this.#showDistricts();
    if (document.activeElement !== this.#by && this.#by.value !== alarms.operator.name) {
      this.#by.value = alarms.operator.name;
    }
    if (this.#changes !== alarms.changes) {
      this.#changes = alarms.changes;
      for (const table of Object.values(this.#tables)) table.changed();
    }
    this.#showContent();
    // Who opened it by the key goes on with the keys.
    if (isOpened) this.#tabs.get(alarms.tab)?.focus();
  }

  dispose(): void {
    for (const table of Object.values(this.#tables)) table.dispose();
  }

  #head(): HTMLElement {
    const { language, alarms } = this.#desk;
    const tabs = h('div', {
      class: 'alarm-tabs', role: 'tablist', 'aria-label': language.say('alarms.title'),
      onkeydown: (event: KeyboardEvent) => this.#pressed(event),
    });
    for (const name of alarmTabs) {
      const tab = h('button', {
        type: 'button', role: 'tab', id: `alarm-tab-${name}`, class: 'alarm-tab', 'aria-controls': 'alarm-panel',
        onclick: () => alarms.choose(name),
      }, language.say(`alarms.tab.${name}`));
      this.#tabs.set(name, tab);
      tabs.append(tab);
    }
    const close = language.say('alarms.close');
    return h('div', { class: 'panel-head alarm-head' }, tabs, this.#old,
      h('div', { class: 'alarm-tools' }, this.#priority, this.#district,
        h('label', { class: 'alarm-operator' }, h('span', {}, language.say('alarms.operator')), this.#by),
        h('button', {
          type: 'button', class: 'icon-button', title: close, 'aria-label': close, onclick: () => alarms.open(false),
        }, icon('close'))));
  }

  #pressed(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const { alarms } = this.#desk;
    const next = alarmTabs[(alarmTabs.indexOf(alarms.tab) + step + alarmTabs.length) % alarmTabs.length]!;
    alarms.choose(next);
    this.#tabs.get(next)?.focus();
  }

  #showTab(): void {
    const { tab } = this.#desk.alarms;
    if (tab === this.#shownTab) return;
    this.#shownTab = tab;
    for (const [name, button] of this.#tabs) {
      setAttribute(button, 'aria-selected', String(name === tab));
      setAttribute(button, 'tabindex', name === tab ? '0' : '-1');
    }
    setAttribute(this.#body, 'aria-labelledby', `alarm-tab-${tab}`);
    const isList = tab === 'active' || tab === 'setAside';
    this.#priority.hidden = !isList;
    this.#district.hidden = !isList && tab !== 'lighting';
    this.#body.replaceChildren(isList ? this.#tables[tab].element
      : { lighting: this.#lighting, journal: this.#journal, performance: this.#kpi }[tab].element);
  }

  #showDistricts(): void {
    const { city, language, alarms } = this.#desk;
    const districts = city?.districts ?? [];
    if (this.#district.childElementCount === districts.length + 1) return;
    this.#district.replaceChildren(h('option', { value: '' }, language.say('alarms.filter.anyDistrict')),
      ...districts.map(({ id, name }) =>
        h('option', { value: id, selected: alarms.filter.district === id }, language.pick(name))));
  }

  #showContent(): void {
    const { alarms } = this.#desk;
    switch (alarms.tab) {
      case 'active': return this.#showList('active', alarms.active);
      case 'setAside': return this.#showList('setAside', alarms.setAside);
      case 'lighting': return this.#showLighting(alarms.lighting);
      case 'journal': {
        const entries = alarms.journal.value;
        if (entries) this.#journal.update(entries);
        return this.#showAnswer(alarms.journal, entries?.length === 0 ? 'alarms.noneJournal' : undefined, '');
      }
      case 'performance':
        if (alarms.kpi.value) this.#kpi.update(alarms.kpi.value);
        return this.#showAnswer(alarms.kpi, undefined, '');
    }
  }

  #showList(tab: 'active' | 'setAside', asked: Asked<AlarmList>): void {
    const { language, alarms } = this.#desk;
    const list = asked.value;
    const entries = list?.entries.filter((entry) => isSetAside(entry) === (tab === 'setAside')) ?? [];
    this.#tables[tab].update(entries);
    const isFiltered = Boolean(alarms.filter.priority || alarms.filter.district);
    const none = isFiltered ? 'alarms.noneFiltered' : tab === 'active' ? 'alarms.none' : 'alarms.noneSetAside';
    const notes: string[] = [];
    if (list && list.unreadable > 0) notes.push(language.say('alarms.unreadable', { count: list.unreadable }));
    if (list && list.entries.length + list.unreadable >= EntriesMax) {
      notes.push(language.say('alarms.truncated', { count: entries.length }));
    }
    const isEmpty = list !== undefined && entries.length === 0 && list.unreadable === 0;
    this.#showAnswer(asked, isEmpty ? none : undefined, notes.join(' '));
  }

  #showLighting(asked: Asked<LightingFailures>): void {
    const { language, alarms } = this.#desk;
    const answer = asked.value;
    this.#lighting.update(answer, alarms.lightingBy);
    const isCut = answer !== undefined && answer.groups.length < answer.total;
    this.#showAnswer(asked, undefined, isCut
      ? language.say('alarms.lighting.cut', { count: answer.groups.length, total: answer.total }) : '');
    // What it is grouped by is chosen in here, also while nothing is known or nothing is wrong.
    this.#body.hidden = false;
  }

  #showAnswer(
    asked: Asked<unknown>, none: 'alarms.none' | 'alarms.noneSetAside' | 'alarms.noneFiltered' |
      'alarms.noneJournal' | undefined, note: string,
  ): void {
    const { language, feed } = this.#desk;
    const { value, failure, answeredAt, waitingSince } = asked;
    this.#failure.hidden = failure === undefined;
    setText(this.#reason, failure === undefined ? '' : language.say('alarms.failed', { reason: failure }));
    const isSlow = waitingSince !== undefined && Date.now() - waitingSince >= ProgressAfterMs;
    this.#progress.hidden = !isSlow || failure !== undefined;
    this.#empty.hidden = none === undefined;
    if (none) setText(this.#empty, language.say(none));
    this.#body.hidden = value === undefined || (none !== undefined && none !== 'alarms.noneJournal');
    setText(this.#note, note);
    this.#note.hidden = note === '';
    // Without the hub nobody says that the list has changed, so it must say from when it is.
    const isOld = answeredAt !== undefined && (feed.phase !== 'live' || failure !== undefined);
    this.#old.hidden = !isOld;
    setAttribute(this.element, 'data-old', isOld ? 'yes' : undefined);
    if (isOld) {
      setText(this.#old, language.say('alarms.asOf', { time: language.clock(answeredAt + feed.clockOffsetMs) }));
    }
  }
}
