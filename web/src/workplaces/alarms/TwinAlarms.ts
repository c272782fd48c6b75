import type { AlarmVerb } from '../../twins/alarmApi';
import { isUnacknowledged, type AlarmEntry } from '../../twins/alarms';
import type { Desk } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { ActionForm } from './ActionForm';
import { Asked } from './Asked';
import { priorityGlyph } from './glyphs';
import { noActs } from './noActs';

/** The alarms of the selected twin, in its inspector. */
export class TwinAlarms {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #asked: Asked<readonly AlarmEntry[]>;
  readonly #list = h('ul', { class: 'twin-alarms' });
  readonly #note = h('p', { class: 'note', role: 'status' });
  readonly #form = h('div');
  #ages: (() => void)[] = [];
  #shown = '';
  #changes: number;

  constructor(desk: Desk, id: string) {
    this.#desk = desk;
    this.#changes = desk.alarms.changes;
    this.#asked = new Asked((signal) => desk.alarms.api.ofTwin(id, signal), () => this.refresh());
    this.element = h('section', { class: 'twin-alarm-section' },
      h('h3', {}, desk.language.say('alarms.title')), this.#list, this.#form, this.#note);
    this.#asked.ask();
    this.refresh();
  }

  refresh(): void {
    const { alarms, language, feed } = this.#desk;
    if (this.#changes !== alarms.changes) {
      this.#changes = alarms.changes;
      this.#asked.ask();
    }
    const { value, failure, answeredAt } = this.#asked;
    const isOld = feed.phase !== 'live' || (failure !== undefined && value !== undefined);
    setText(this.#note, value === undefined
      ? failure === undefined ? language.say('alarms.loading') : language.say('alarms.failed', { reason: failure })
      : isOld && answeredAt !== undefined
        ? language.say('alarms.asOf', { time: language.clock(answeredAt + feed.clockOffsetMs) })
        : value.length === 0 ? language.say('alarms.noneTwin') : '');
    const shown = JSON.stringify([value, this.#desk.time.isPast]);
    if (this.#desk.time.isPast) this.#form.replaceChildren();
    if (value && shown !== this.#shown) {
      this.#shown = shown;
      this.#ages = [];
      this.#list.replaceChildren(...value.map((entry) => this.#item(entry)));
    }
    for (const age of this.#ages) age();
  }

  dispose(): void {
    this.#asked.dispose();
  }

  #item(entry: AlarmEntry): HTMLElement {
    const { language } = this.#desk;
    const age = h('time', {
      class: 'age', datetime: new Date(entry.raisedAt).toISOString(),
      title: language.say('alarms.moment', { time: language.moment(entry.raisedAt) }),
    });
    this.#ages.push(() => setText(age, language.age(this.#desk.now() - entry.raisedAt)));
    const isWaiting = isUnacknowledged(entry);
    const item = h('li', {}, priorityGlyph(entry.priority),
      h('div', {}, h('div', { class: 'alarm-text' }, language.pick(entry.text)),
        h('div', { class: 'note' }, `${isWaiting ? '● ' : ''}${language.say(`alarms.state.${entry.state}`)} · `, age)),
      isWaiting && this.#desk.time.isPast ? noActs(language) : isWaiting ? h('button', {
        type: 'button', class: 'quiet-button', onclick: () => this.#open(entry, 'acknowledge'),
      }, language.say('alarms.verb.acknowledge')) : undefined);
    setAttribute(item, 'data-unacknowledged', isWaiting ? 'yes' : undefined);
    return item;
  }

  #open(entry: AlarmEntry, verb: AlarmVerb): void {
    const form = new ActionForm(this.#desk, entry, verb, () => this.#form.replaceChildren());
    this.#form.replaceChildren(form.element);
    form.focus();
  }
}
