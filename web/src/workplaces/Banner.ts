import type { Desk, Panel } from './desk';
import { h, setText } from './dom';
import { icon } from './icons';

/** Says in words, across the page, that what is shown is old. */
export class Banner implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #title = h('strong');
  readonly #detail = h('span');

  constructor(desk: Desk) {
    this.#desk = desk;
    this.element = h('div', { class: 'banner', role: 'alert', hidden: true },
      icon('warning'), h('span', { class: 'banner-text' }, this.#title, ' ', this.#detail));
    this.refresh();
  }

  refresh(): void {
    const { feed, language } = this.#desk;
    const isOld = feed.phase === 'reconnecting' || feed.phase === 'lost';
    if (isOld) {
      const hasValues = feed.lastFrameAt !== undefined;
      const time = language.clock(feed.since + feed.clockOffsetMs);
      setText(this.#title, language.say(hasValues ? 'feed.notLiveSince' : 'feed.neverLive', { time }));
      setText(this.#detail, language.say(hasValues ? 'feed.valuesAreOld' : 'feed.nothingYet'));
    }
    this.element.hidden = !isOld;
  }
}
