import type { JournalEntry } from '../../twins/alarms';
import type { Desk } from '../desk';
import { h } from '../dom';

const columns = ['time', 'event', 'what', 'by', 'comment'] as const;

/** Who did what and when, newest first; kept as it was written, so it is made anew only when there is more. */
export class JournalView {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #body = h('tbody');
  readonly #selectedOnly: HTMLInputElement;
  #shown: readonly JournalEntry[] | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language, alarms } = desk;
    this.#selectedOnly = h('input', {
      type: 'checkbox', checked: alarms.journalTwin !== undefined,
      onchange: () => alarms.narrowJournal(this.#selectedOnly.checked ? desk.viewState.view.twin : undefined),
    });
    this.element = h('div', {},
      h('label', { class: 'field-check' }, this.#selectedOnly, language.say('alarms.filter.selectedTwin')),
      h('table', { class: 'alarm-table' }, h('thead', {}, h('tr', {}, ...columns.map((name) =>
        h('th', { scope: 'col' }, language.say(`alarms.column.${name}`))))), this.#body));
  }

  update(entries: readonly JournalEntry[]): void {
    this.#selectedOnly.disabled = this.#desk.viewState.view.twin === undefined && !this.#selectedOnly.checked;
    if (entries === this.#shown) return;
    this.#shown = entries;
    const newestFirst = [...entries].sort((one, other) => other.sequence - one.sequence);
    this.#body.replaceChildren(...newestFirst.map((entry) => this.#row(entry)));
  }

  #row({ at, event, code, twin, by, comment }: JournalEntry): HTMLElement {
    const { language } = this.#desk;
    const key = `alarms.event.${event}`;
    const said = language.sayIfKnown(key);
    return h('tr', {},
      h('td', { class: 'alarm-since' }, h('time', { datetime: new Date(at).toISOString() }, language.moment(at))),
      h('td', {}, said === key ? event : said),
      h('td', {}, h('code', {}, code), ' ', h('button', {
        type: 'button', class: 'link', onclick: () => this.#desk.select(twin),
      }, twin)),
      h('td', {}, by ?? ''), h('td', { class: 'alarm-comment' }, comment ?? ''));
  }
}
