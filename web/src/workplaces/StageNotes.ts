import type { Desk, Panel } from './desk';
import { h, setAttribute, setText } from './dom';
import { icon } from './icons';

/** Over the map: what is being loaded, how far it is, and what failed. */
export class StageNotes implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #progress: HTMLElement;
  readonly #what = h('span');
  readonly #bar = h('progress', { max: 1 });
  readonly #failure: HTMLElement;
  readonly #reason = h('p');
  readonly #backdrop = h('p', { class: 'stage-progress', role: 'status' });
  readonly #wait = h('span', { class: 'note' });

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language } = desk;
    const retry = h('button', { type: 'button', class: 'button', onclick: () => desk.retryLoad() },
      language.say('load.retry'));
    this.#progress = h('div', { class: 'stage-progress', role: 'status' }, this.#what, this.#bar);
    this.#failure = h('div', { class: 'stage-failure', role: 'alert' },
      icon('warning'), this.#reason, h('div', { class: 'actions' }, retry, this.#wait));
    this.element = h('div', { class: 'stage-notes' }, this.#failure, this.#progress, this.#backdrop);
    this.refresh();
  }

  refresh(): void {
    const { language, load, map, mapFailure, backdropFailure } = this.#desk;
    this.#backdrop.hidden = backdropFailure === undefined;
    if (backdropFailure !== undefined) {
      setText(this.#backdrop, language.say('map.backdropFailed', { reason: backdropFailure }));
    }
    this.#failure.hidden = load.step !== 'failed';
    if (load.step === 'failed') {
      setText(this.#reason, language.say('load.failed', { reason: load.reason }));
      const seconds = Math.max(0, Math.ceil((load.retryAt - Date.now()) / 1000));
      setText(this.#wait, language.say('load.retryIn', { seconds }));
    }
    const isMapComing = map === undefined && mapFailure === undefined;
    const isLoading = load.step !== 'failed' && (load.step !== 'ready' || isMapComing);
    this.#progress.hidden = !isLoading;
    if (isLoading) this.#showProgress();
  }

  #showProgress(): void {
    const { language, load } = this.#desk;
    if (load.step === 'scene') {
      const what = `${language.say(`kind.${load.kind}`)} ${language.percent(load.share)}`;
      setText(this.#what, language.say('load.scene', { what }));
      setAttribute(this.#bar, 'value', String(load.share));
      return;
    }
    setAttribute(this.#bar, 'value', undefined);
    setText(this.#what, load.step === 'city' ? language.say('load.city')
      : load.step === 'ground' ? language.say('load.scene', { what: language.say('load.ground') })
        : language.say('map.loading'));
  }
}
