import type { Language } from '../../i18n/Language';
import { h } from '../dom';

/** In place of what an operator could do now: the past is looked at, not changed. */
export const noActs = (language: Language): HTMLElement =>
  h('button', { type: 'button', class: 'quiet-button no-acts', disabled: true, title: language.say('time.noActs') },
    language.say('alarms.verb.acknowledge'));
