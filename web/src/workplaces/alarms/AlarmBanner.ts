import type { CityBanner } from '../../twins/alarms';
import { locales } from '../../i18n/texts';
import type { Desk, Panel } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { icon } from '../icons';
import { NameCharactersMax } from './Operator';

/** What the whole city must know, in all three languages; it goes only when somebody has acknowledged it. */
export class AlarmBanner implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #texts = h('div', { class: 'alarm-banner-texts', role: 'alert' });
  readonly #by: HTMLInputElement;
  readonly #acknowledge: HTMLButtonElement;
  readonly #error = h('span', { class: 'error', role: 'alert', hidden: true });
  #shown: CityBanner | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language } = desk;
    this.#by = h('input', {
      type: 'text', maxlength: NameCharactersMax, autocomplete: 'off',
      'aria-label': language.say('alarms.operator'), placeholder: language.say('alarms.operator'),
    });
    this.#acknowledge = h('button', { type: 'submit', class: 'button' }, language.say('alarms.verb.acknowledge'));
    // The wall is nobody's desk: it shows, and does not act.
    const form = desk.viewState.view.wall ? undefined : h('form', {
      class: 'alarm-banner-form',
      onsubmit: (event: Event) => {
        event.preventDefault();
        void this.acknowledge();
      },
    }, this.#by, this.#acknowledge, this.#error);
    this.element = h('section', {
      class: 'alarm-banner', 'aria-label': language.say('alarms.banner'), hidden: true,
    }, icon('warning'), this.#texts, form);
    this.refresh();
  }

  refresh(): void {
    const { alarms, language, time } = this.#desk;
    const { banner } = alarms;
    this.element.hidden = banner === undefined;
    this.#acknowledge.disabled = time.isPast;
    setAttribute(this.#acknowledge, 'title', time.isPast ? language.say('time.noActs') : undefined);
    this.#by.hidden = time.isPast || alarms.operator.name !== '';
    const isSame = banner?.at === this.#shown?.at && banner?.twin === this.#shown?.twin &&
      banner?.code === this.#shown?.code;
    if (isSame) return;
    this.#shown = banner;
    this.#error.hidden = true;
    this.#texts.replaceChildren(...(banner ? this.#say(banner) : []));
  }

  async acknowledge(): Promise<void> {
    const { alarms, language } = this.#desk;
    const banner = this.#shown;
    if (!banner) return;
    const name = alarms.operator.name || this.#by.value.trim();
    if (!name) {
      this.#refuse(language.say('alarms.form.missing.by'));
      this.#by.focus();
      return;
    }
    alarms.operator.name = name;
    this.#acknowledge.disabled = true;
    try {
      await alarms.acknowledgeBanner(banner);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#refuse(language.say('alarms.form.refused', { reason }));
    } finally {
      this.#acknowledge.disabled = false;
    }
  }

  #say({ text, at, twin }: CityBanner): HTMLElement[] {
    const { language } = this.#desk;
    const others = locales.filter((locale) => locale !== language.locale);
    const time = h('time', { datetime: new Date(at).toISOString() }, language.moment(at));
    setAttribute(time, 'title', `${language.say('alarms.moment', { time: language.moment(at) })}\n${twin}`);
    return [
      h('div', { class: 'alarm-banner-main' }, h('strong', { lang: language.locale }, text[language.locale]), time),
      h('div', { class: 'alarm-banner-others' }, ...others.map((locale) => h('span', { lang: locale }, text[locale]))),
    ];
  }

  #refuse(message: string): void {
    setText(this.#error, message);
    this.#error.hidden = false;
  }
}
