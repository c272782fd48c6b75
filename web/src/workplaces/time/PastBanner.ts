import type { Desk, Panel } from '../desk';
import { h, setText } from '../dom';
import { icon } from '../icons';

/** A difference that a reader need not be told. */
const SlowShare = 0.9;

/** Says across the page, in words and a colour of its own, that what is shown is not now. */
export class PastBanner implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #time = h('time', { class: 'past-time' });
  readonly #speed = h('span', { class: 'past-speed' });
  readonly #hint = h('span', { class: 'past-hint' });

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language, time } = desk;
    this.element = h('div', { class: 'past-banner', hidden: true },
      icon('history'), h('strong', { role: 'status' }, language.say('time.replay')), this.#time, this.#speed, this.#hint,
      h('button', { type: 'button', class: 'button past-leave', onclick: () => time.toLive() }, icon('live'),
        language.say('time.toLive')));
    this.refresh();
  }

  refresh(): void {
    const { language, time } = this.#desk;
    this.element.hidden = !time.isPast;
    if (!time.isPast) return;
    setText(this.#time, language.moment(this.#desk.now()));
    setText(this.#speed, this.#speedText());
    const returns = time.returnsInMs;
    setText(this.#hint, returns === undefined ? language.say('time.hint')
      : language.say('time.returns', { minutes: Math.ceil(returns / 60_000) }));
  }

  #speedText(): string {
    const { language, time: { replay } } = this.#desk;
    if (!replay) return '';
    if (replay.speed === 0) return language.say('time.paused');
    const asked = language.say('time.speed', { speed: replay.speed });
    const isSlow = replay.state === 'playing' && replay.reachedSpeed > 0 && replay.reachedSpeed < SlowShare * replay.speed;
    return isSlow ? language.say('time.reached', { asked, reached: Math.round(replay.reachedSpeed) }) : asked;
  }
}
