import type { FeedPhase } from '../feed/feedState';
import { isLocale, localeNames, locales } from '../i18n/texts';
import type { Desk, Panel } from './desk';
import { h, setAttribute, setText } from './dom';
import { icon, type IconName } from './icons';

type Phase = FeedPhase | 'past';

const phaseIcons: Readonly<Record<Phase, IconName>> = {
  past: 'history',
  connecting: 'neverReported', live: 'live', reconnecting: 'stale', lost: 'lost',
};

/** Which city, how current, what time; and how the page looks. */
export class TopBar implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #name: HTMLElement;
  readonly #origin: HTMLElement;
  readonly #phase: HTMLElement;
  readonly #phaseWord = h('span', { class: 'phase-word' });
  readonly #phaseAge = h('span', { class: 'phase-age' });
  readonly #clock: HTMLElement;
  #shownPhase: Phase | undefined;

  constructor(desk: Desk, search: HTMLElement, alarms: HTMLElement, time: HTMLElement, commands: HTMLElement) {
    this.#desk = desk;
    const { language } = desk;
    this.#name = h('h1', { class: 'city-name' }, language.say('app.title'));
    this.#origin = h('span', {
      class: 'badge badge-simulated', title: language.say('city.simulatedHint'), hidden: true,
    }, language.say('city.simulated'));
    this.#phase = h('div', { class: 'phase', role: 'status', 'aria-live': 'polite' });
    // The age changes every second; only the word is worth reading out.
    this.#phaseAge.setAttribute('aria-hidden', 'true');
    this.#clock = h('time', { class: 'clock', 'aria-label': language.say('clock.city') });
    this.element = h('header', { class: 'topbar' },
      h('div', { class: 'topbar-title' }, this.#name, this.#origin),
      h('div', { class: 'topbar-search' }, search),
      h('div', { class: 'topbar-side' }, alarms, this.#phase, this.#clock, h('div', { class: 'topbar-switches' }, commands, time,
        this.#languageSwitch(), this.#themeSwitch(), this.#wallSwitch())));
    this.refresh();
  }

  refresh(): void {
    const { language, city, feed, time } = this.#desk;
    // Frames of the past come as they do now; they are no sign of life.
    const phase = time.isPast && feed.phase === 'live' ? 'past' : feed.phase;
    if (city) {
      const name = language.pick(city.name);
      setText(this.#name, name);
      document.title = `${name} · ${language.say('app.title')}`;
    }
    this.#origin.hidden = city?.origin !== 'simulated';
    if (this.#shownPhase !== phase) {
      this.#shownPhase = phase;
      setAttribute(this.#phase, 'data-phase', phase);
      this.#phase.replaceChildren(icon(phaseIcons[phase]), this.#phaseWord, this.#phaseAge);
    }
    setText(this.#phaseWord, phase === 'past' ? language.say('time.replay') : language.say(`feed.${phase}`));
    this.#phaseAge.hidden = phase === 'past';
    setText(this.#phaseAge, feed.lastFrameAt === undefined
      ? language.say('feed.noFrameYet')
      : language.say('feed.lastFrame', { age: language.age(Date.now() - feed.lastFrameAt) }));
    const now = this.#desk.now();
    setText(this.#clock, language.clock(now));
    setAttribute(this.#clock, 'title',
      `${language.moment(now)} · UTC+5\n${language.say('clock.utc', { time: language.utcClock(now) })}`);
  }

  #languageSwitch(): HTMLElement {
    const { language, viewState } = this.#desk;
    const select = h('select', {
      class: 'language-switch', 'aria-label': language.say('language.switch'),
      onchange: () => isLocale(select.value) && viewState.set({ locale: select.value }),
    }, ...locales.map((locale) =>
      h('option', { value: locale, lang: locale, selected: locale === language.locale }, localeNames[locale])));
    return select;
  }

  #themeSwitch(): HTMLElement {
    const { language, viewState, theme } = this.#desk;
    const other = theme === 'dark' ? 'light' : 'dark';
    const label = `${language.say('theme.switch')}: ${language.say(`theme.${theme}`)}`;
    return h('button', {
      type: 'button', class: 'icon-button theme-switch', title: label, 'aria-label': label,
      onclick: () => viewState.set({ theme: other }),
    }, icon('theme'));
  }

  #wallSwitch(): HTMLElement {
    const { language, viewState } = this.#desk;
    const { wall } = viewState.view;
    const label = language.say(wall ? 'wall.leave' : 'wall.enter');
    return h('button', {
      type: 'button', class: 'icon-button', title: label, 'aria-label': label, 'aria-pressed': String(wall),
      onclick: () => viewState.set({ wall: !wall }),
    }, icon('wall'));
  }
}
