import type { AlarmVerb } from '../../twins/alarmApi';
import type { AlarmEntry } from '../../twins/alarms';
import type { TextKey } from '../../i18n/texts';
import type { Desk } from '../desk';
import { h } from '../dom';
import { ActionForm } from './ActionForm';
import { AlarmRow, type RowEvents } from './AlarmRow';
import { Members } from './Members';

const columns = ['priority', 'state', 'what', 'where', 'since', 'members', 'assignee', 'actions'] as const;

/** Alarms and incidents as rows, the form of the one action being taken, and the alarms of opened incidents. */
export class AlarmTable {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #body = h('tbody');
  readonly #rows = new Map<string, AlarmRow>();
  readonly #opened = new Map<string, Members>();
  readonly #events: RowEvents;
  #entries: readonly AlarmEntry[] = [];
  #form: { readonly id: string; readonly row: HTMLElement } | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    const head = (key: TextKey): HTMLElement => h('th', { scope: 'col' }, desk.language.say(key));
    this.element = h('table', { class: 'alarm-table' },
      h('thead', {}, h('tr', {}, ...columns.map((name) => head(`alarms.column.${name}`)))), this.#body);
    this.#events = {
      open: (entry) => desk.select(entry.twin),
      act: (entry, verb) => this.#openForm(entry, verb),
      expand: (entry) => this.#expand(entry),
    };
  }

  update(entries: readonly AlarmEntry[]): void {
    this.#entries = entries;
    this.#arrange();
  }

  /** The alarms changed: what is opened is asked for anew. */
  changed(): void {
    for (const members of this.#opened.values()) members.ask();
  }

  dispose(): void {
    for (const members of this.#opened.values()) members.dispose();
  }

  #arrange(): void {
    const used = new Set<string>();
    const wanted: Element[] = [];
    const add = (entry: AlarmEntry, key: string, isFirstOut: boolean): void => {
      used.add(key);
      let row = this.#rows.get(key);
      if (!row) {
        row = new AlarmRow(this.#desk, entry, this.#events);
        this.#rows.set(key, row);
      }
      row.update(entry, this.#opened.has(entry.id), isFirstOut);
      wanted.push(row.element);
      if (this.#form?.id === entry.id && !wanted.includes(this.#form.row)) wanted.push(this.#form.row);
    };
    for (const entry of this.#entries) {
      add(entry, entry.id, false);
      const members = this.#opened.get(entry.id);
      if (!members) continue;
      for (const alarm of members.alarms) {
        add(alarm, `${entry.id}/${alarm.id}`, entry.firstOut !== undefined && [alarm.twin, alarm.id].includes(entry.firstOut));
        this.#rows.get(`${entry.id}/${alarm.id}`)!.element.classList.add('alarm-member');
      }
      wanted.push(members.note);
    }
    for (const key of [...this.#rows.keys()]) if (!used.has(key)) this.#rows.delete(key);
    place(this.#body, wanted);
  }

  #openForm(entry: AlarmEntry, verb: AlarmVerb): void {
    const form = new ActionForm(this.#desk, entry, verb, () => this.#closeForm());
    const row = h('tr', { class: 'alarm-form-row' }, h('td', { colspan: columns.length }, form.element));
    this.#form = { id: entry.id, row };
    this.#arrange();
    form.focus();
  }

  #closeForm(): void {
    this.#form = undefined;
    this.#arrange();
  }

  #expand(entry: AlarmEntry): void {
    const opened = this.#opened.get(entry.id);
    if (opened) {
      opened.dispose();
      this.#opened.delete(entry.id);
    } else {
      this.#opened.set(entry.id, new Members(this.#desk, entry.id, columns.length, () => this.#arrange()));
    }
    this.#arrange();
  }
}

/** Moves only what is not in its place already: a moved node loses the focus. */
export function place(body: HTMLElement, wanted: readonly Element[]): void {
  const keep = new Set(wanted);
  for (const child of [...body.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((element, i) => {
    if (body.children[i] !== element) body.insertBefore(element, body.children[i] ?? null);
  });
}
