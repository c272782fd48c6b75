import type { AlarmVerb } from '../../twins/alarmApi';
import type { AlarmEntry } from '../../twins/alarms';
import type { Desk } from '../desk';
import { h, setText } from '../dom';
import { NameCharactersMax } from './Operator';
import { needsReason, orderOf, shelveMinutes } from './orders';

const TextCharactersMax = 500;
const MinutesPerHour = 60;

/** Asks for what one action needs, sends it, and says in words why it was not done. */
export class ActionForm {
  readonly element: HTMLFormElement;
  readonly verb: AlarmVerb;
  readonly #desk: Desk;
  readonly #entry: Pick<AlarmEntry, 'kind' | 'id'>;
  readonly #done: () => void;
  readonly #by: HTMLInputElement;
  readonly #reason: HTMLInputElement;
  readonly #comment: HTMLInputElement;
  readonly #minutes: HTMLSelectElement;
  readonly #oneShot = h('input', { type: 'checkbox' });
  readonly #to: HTMLInputElement;
  readonly #submit: HTMLButtonElement;
  readonly #error = h('p', { class: 'error', role: 'alert', hidden: true });

  constructor(desk: Desk, entry: Pick<AlarmEntry, 'kind' | 'id'>, verb: AlarmVerb, done: () => void) {
    this.#desk = desk;
    this.#entry = entry;
    this.verb = verb;
    this.#done = done;
    const { language, alarms } = desk;
    this.#by = this.#text(NameCharactersMax);
    this.#by.value = alarms.operator.name;
    this.#reason = this.#text(TextCharactersMax);
    this.#comment = this.#text(TextCharactersMax);
    this.#to = this.#text(NameCharactersMax);
    this.#minutes = h('select', {}, ...shelveMinutes.map((minutes) => h('option', { value: minutes },
      minutes < MinutesPerHour ? language.say('alarms.form.minutes', { n: minutes })
        : language.say('alarms.form.hours', { n: minutes / MinutesPerHour }))));
    this.#submit = h('button', { type: 'submit', class: 'button' }, language.say(`alarms.verb.${verb}`));
    const labelled = (label: string, field: HTMLElement): HTMLElement =>
      h('label', { class: 'field' }, h('span', {}, label), field);
    const isShelving = verb === 'shelve';
    this.element = h('form', {
      class: 'alarm-form',
      onsubmit: (event: Event) => {
        event.preventDefault();
        void this.submit();
      },
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        done();
      },
    },
    alarms.operator.name ? undefined : labelled(language.say('alarms.operator'), this.#by),
    needsReason(verb) ? labelled(language.say('alarms.form.reason'), this.#reason) : undefined,
    isShelving ? labelled(language.say('alarms.form.duration'), this.#minutes) : undefined,
    isShelving ? h('label', { class: 'field-check' }, this.#oneShot, language.say('alarms.form.oneShot')) : undefined,
    verb === 'assign' ? labelled(language.say('alarms.form.to'), this.#to) : undefined,
    labelled(language.say('alarms.form.comment'), this.#comment),
    this.#submit,
    h('button', { type: 'button', class: 'quiet-button', onclick: () => done() }, language.say('alarms.form.cancel')),
    this.#error);
  }

  /** To where typing begins. */
  focus(): void {
    const first = !this.#desk.alarms.operator.name ? this.#by
      : needsReason(this.verb) ? this.#reason : this.verb === 'assign' ? this.#to : this.#comment;
    first.focus();
  }

  async submit(): Promise<void> {
    const { alarms, language, time } = this.#desk;
    if (time.isPast) return this.#refuse(language.say('time.noActs'));
    // The name may meanwhile have been entered at the head of the desk.
    const order = orderOf(this.verb, {
      by: this.#by.value || alarms.operator.name, comment: this.#comment.value, reason: this.#reason.value,
      minutes: Number(this.#minutes.value) || shelveMinutes[0], oneShot: this.#oneShot.checked, to: this.#to.value,
    });
    if (typeof order === 'string') return this.#refuse(language.say(`alarms.form.missing.${order}`));
    alarms.operator.name = order.by;
    this.#submit.disabled = true;
    try {
      await alarms.act(this.#entry, this.verb, order);
      this.#done();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#refuse(language.say('alarms.form.refused', { reason }));
    } finally {
      this.#submit.disabled = false;
    }
  }

  #refuse(message: string): void {
    setText(this.#error, message);
    this.#error.hidden = false;
  }

  #text(charactersMax: number): HTMLInputElement {
    return h('input', { type: 'text', maxlength: charactersMax, autocomplete: 'off' });
  }
}
