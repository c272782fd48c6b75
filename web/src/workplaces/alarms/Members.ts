import type { AlarmEntry, Incident } from '../../twins/alarms';
import type { Desk } from '../desk';
import { h, setText } from '../dom';
import { Asked } from './Asked';

/** The alarms of one opened incident, and a line that says how many of them are shown. */
export class Members {
  readonly note: HTMLElement;
  readonly #desk: Desk;
  readonly #text: HTMLElement;
  readonly #asked: Asked<Incident>;

  constructor(desk: Desk, id: string, columnCount: number, changed: () => void) {
    this.#desk = desk;
    this.#text = h('td', { colspan: columnCount, class: 'note' }, desk.language.say('alarms.loading'));
    this.note = h('tr', { class: 'alarm-member' }, this.#text);
    this.#asked = new Asked((signal) => desk.alarms.api.incident(id, signal), () => {
      this.#say();
      changed();
    });
    this.#asked.ask();
  }

  get alarms(): readonly AlarmEntry[] {
    return this.#asked.value?.alarms ?? [];
  }

  ask(): void {
    this.#asked.ask();
  }

  dispose(): void {
    this.#asked.dispose();
  }

  #say(): void {
    const { language } = this.#desk;
    const { value, failure } = this.#asked;
    setText(this.#text, failure !== undefined ? language.say('alarms.failed', { reason: failure })
      : value ? language.say('alarms.membersShown', { count: value.alarms.length, total: value.total }) : '');
  }
}
